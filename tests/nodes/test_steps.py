"""The numbers in the comments of the nodes' code are those of the trace and of the documents."""

from __future__ import annotations

import inspect
import re
from operator import attrgetter

import pytest

from sim.nodes import backend, client, forward_proxy, reverse_proxy
from sim.nodes.steps import ROLES, BackendStep, ClientStep, ForwardStep, ReverseStep
from sim.scenario.schema import Backend, Client, ForwardProxy, ReverseProxy
from sim.trace.schema import STEP_TEXTS

CODE = {
    ClientStep: client.ClientNode,
    ForwardStep: forward_proxy.ForwardProxyNode,
    ReverseStep: reverse_proxy.ReverseProxyNode,
    BackendStep: backend.BackendNode,
}

HEADING = re.compile(r"^ *# (\d+)\. (.+)$", re.MULTILINE)
CITATION = re.compile(r" \([^()]*(\([^()]*\)[^()]*)*\)$")


def sections(role):
    """What stands under each numbered comment of a role's code: (number, its text without citation, code)."""
    parts = HEADING.split(inspect.getsource(CODE[role]))[1:]
    return [
        (int(number), CITATION.sub("", text), code)
        for number, text, code in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    ]


@pytest.mark.parametrize("role", CODE, ids=ROLES.get)
def test_comments_stand_in_the_order_of_the_steps(role):
    numbers = [number for number, _, _ in sections(role)]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == [step.value for step in role]


@pytest.mark.parametrize("role", CODE, ids=ROLES.get)
def test_comments_say_what_the_documents_say(role):
    said = {(number, f"{text}.") for number, text, _ in sections(role)}
    assert {(step.value, STEP_TEXTS[ROLES[role], step].sentence) for step in role} <= said


@pytest.mark.parametrize("role", CODE, ids=ROLES.get)
def test_the_code_under_a_comment_announces_that_step_first(role):
    for number, text, code in sections(role):
        steps = announced(role, code)
        if role is ForwardStep and number == ForwardStep.CONFIGURE:
            assert not steps, "it is done when the scenario is built, not when a request comes"
        else:
            assert steps, f"nothing is announced under {text!r}"
            assert steps[0] is role(number)


def announced(role, code):
    """The steps that some lines of a role's code announce, looked up where that code looks them up."""
    names = re.findall(r"world\.step\(([\w.]+)|=((?:Forward|Reverse)Step\.\w+),", code)
    return [attrgetter(one or other)(inspect.getmodule(CODE[role])) for one, other in names]


@pytest.mark.parametrize(("role", "count"), [(ClientStep, 2), (ForwardStep, 7), (ReverseStep, 6), (BackendStep, 2)])
def test_steps_are_numbered_densely_from_one_as_in_the_textbook(role, count):
    assert [step.value for step in role] == list(range(1, count + 1))


def test_every_step_has_its_sentence_and_every_role_its_steps():
    assert set(STEP_TEXTS) == {(ROLES[role], step.value) for role in CODE for step in role}
    roles = {kind.model_fields["role"].annotation.__args__[0] for kind in (Client, ForwardProxy, ReverseProxy, Backend)}
    assert set(ROLES.values()) == roles


def test_citations_are_cut_off_at_the_end_only():
    assert CITATION.sub("", "It asks (twice) the cache (RFC 9111 section 4)") == "It asks (twice) the cache"

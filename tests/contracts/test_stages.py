"""The laws of guards, rules of resilience, transforms, routers and admission: every registered one must hold them."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.messages import Response
from sim.outcomes import refused
from sim.policies import admission, balancing, guards, resilience, routing, transforms
from sim.policies.guards import Delay, Refusal
from sim.policies.resilience import Retry
from sim.policies.stage import Attempt
from sim.policies.transforms import Changed
from tests.support.policies import visit

# Settings for those stages that cannot do without; a student's stage whose settings all have defaults needs no line.
NEEDED = {"by_path": {"paths": {"/api/": "api", "/": "static"}}, "below_size": {"largest": "1 kB"}}
REGISTRIES = (admission, balancing, guards, resilience, routing, transforms)

VISITS = st.builds(
    visit,
    st.builds("http://{}.example/{}".format, st.text(string.ascii_lowercase, min_size=1, max_size=5),
              st.text(string.ascii_letters + "/?", max_size=12)),
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT"]),
    fields=st.sampled_from([(), (("accept-encoding", "gzip"),), (("cookie", "a=1"),)]),
    peer_ip=st.ip_addresses().map(str),
    now_s=st.floats(0, 1e6),
    response_bytes=st.integers(0, 10**6),
)  # fmt: skip
RESPONSES = st.tuples(
    st.sampled_from([200, 206, 304, 404, 503]),
    st.sampled_from([(), (("etag", '"1"'), ("cache-control", "max-age=60"))]),
    st.integers(1, 10**6),
).map(lambda parts: Response(*parts))
STATUSES = st.lists(st.sampled_from([0, 200, 404, 502, 503, 504]), min_size=1, max_size=8)


def every(kind):
    return pytest.mark.parametrize("name", kind.registry.names)


def make(kind, name):
    return kind.registry.make(name, **NEEDED.get(name, {}))


@pytest.mark.parametrize("kind", REGISTRIES, ids=lambda kind: kind.registry.kind)
def test_every_stage_has_a_sentence_and_described_settings(kind):
    for name, cls in kind.registry.classes.items():
        assert cls.sentence().endswith("."), f"{name}: the first line of its docstring is shown as a sentence"
        fields = cls.settings(name).model_fields.items()
        assert not [field for field, said in fields if field != "kind" and not said.description]


@every(guards)
@given(visits=st.lists(VISITS, min_size=1, max_size=20))
def test_a_guard_refuses_with_a_known_outcome_delays_or_lets_pass(name, visits):
    guard = make(guards, name)
    for one in sorted(visits, key=lambda visit: visit.now_s):
        verdict = guard.judge(one)
        if isinstance(verdict, Refusal):
            assert 400 <= verdict.status < 600
            assert refused(verdict.error, verdict.status) is not None
        else:
            assert verdict is None or (isinstance(verdict, Delay) and 0 <= verdict.seconds < 1e9)


@every(guards)
@given(visits=st.lists(VISITS, min_size=1, max_size=20))
def test_same_visits_same_verdicts(name, visits):
    ordered = sorted(visits, key=lambda visit: visit.now_s)
    one, other = make(guards, name), make(guards, name)
    assert [one.judge(visit) for visit in ordered] == [other.judge(visit) for visit in ordered]


@every(resilience)
@given(asked=VISITS, statuses=STATUSES)
def test_a_rule_of_resilience_ends(name, asked, statuses):
    """It never asks for a hundred attempts, nor for another one after an answer that is no failure."""
    rule, attempts = make(resilience, name), []
    for number in range(100):
        status = statuses[number % len(statuses)]
        attempts.append(Attempt(number, "ab"[number % 2], status, "", float(number), number + 0.5))
        rule.note(attempts[-1])
        again = rule.again(asked, attempts)
        if again is None:
            break
        assert isinstance(again, Retry)
        assert again.after_s >= 0
        assert status not in {200, 404}
    else:
        pytest.fail("it would try for ever")
    assert isinstance(rule.admits("a", 100.0), bool)


@every(transforms)
@given(asked=VISITS, response=RESPONSES)
def test_a_transform_keeps_the_status_and_never_makes_a_content_out_of_nothing(name, asked, response):
    changed = make(transforms, name).apply(asked, response)
    if changed is not None:
        assert isinstance(changed, Changed)
        assert changed.work_s >= 0
        assert changed.response.status == response.status
        assert changed.response.size_bytes > 0
        # What is no step of its own, or has no content, changes in its fields alone.
        if not changed.detail or response.status == 304:
            assert (changed.response.size_bytes, changed.work_s) == (response.size_bytes, 0)


@every(transforms)
def test_a_transform_says_where_it_stands(name):
    assert make(transforms, name).at in {"before_storing", "after_storing"}


@every(routing)
@given(asked=VISITS)
def test_a_router_names_one_of_its_pools_or_none(name, asked):
    router = make(routing, name)
    assert router.pool(asked) in {None, *router.pools()}


@every(admission)
@given(sizes=st.lists(st.integers(1, 10**6), min_size=1, max_size=50))
def test_admission_is_a_plain_answer_that_depends_on_nothing_hidden(name, sizes):
    one, other = make(admission, name), make(admission, name)
    answers = [one.admits(number, size) for number, size in enumerate(sizes)]
    assert answers == [other.admits(number, size) for number, size in enumerate(sizes)]
    assert set(answers) <= {True, False}

"""Mermaid, held to the grammar of its sequence diagrams, as far as these use it."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import TraceError
from sim.exports import mermaid
from sim.outcomes import BLOCKED
from sim.trace.examples import build, to_app, to_proxy
from sim.trace.schema import STEP_TEXTS
from tests.exports import runs
from tests.support.every_outcome import STAGE_OF, STAGES, every_outcome

PARTY, TEXT = r"p\d+", r"(?:[^;#<>%]|#\w+;)+"
GRAMMAR = [
    re.compile(f"(?:%%|title) {TEXT}"),
    re.compile(f"participant {PARTY} as {TEXT}(?:<br/>{TEXT})*"),
    re.compile(rf"(?P<from>{PARTY})(?P<arrow>->>|-->>|-x|--x)(?P<sign>[+-]?)(?P<to>{PARTY}): {TEXT}"),
    re.compile(rf"Note over {PARTY}: {TEXT}"),
]
WITH_REQUESTS = [name for name in runs.NAMES if name != "nothing"]


def parsed(diagram):
    head, *lines = diagram.rstrip("\n").split("\n")
    assert head == "sequenceDiagram"
    found = [next((m for rule in GRAMMAR if (m := rule.fullmatch(line.strip()))), line) for line in lines]
    assert [line for line in found if isinstance(line, str)] == []
    return found


@pytest.mark.parametrize("name", WITH_REQUESTS)
def test_every_line_is_of_the_grammar_and_activations_pair_up(name):
    trace = runs.run(name)
    for request_id in trace.requests["request_id"][:20].tolist():
        open_of = Counter()
        for line in parsed(mermaid.mermaid(trace, request_id)):
            known = line.groupdict()
            if known.get("sign"):
                open_of[known["to" if known["sign"] == "+" else "from"]] += 1 if known["sign"] == "+" else -1
                assert min(open_of.values()) >= 0
        assert set(open_of.values()) <= {0}


@pytest.mark.parametrize("name", WITH_REQUESTS)
def test_every_hop_appears_once(name):
    trace = runs.run(name)
    for request_id in trace.requests["request_id"][:20].tolist():
        arrows = Counter(
            line["arrow"] for line in parsed(mermaid.mermaid(trace, request_id)) if "arrow" in line.groupdict()
        )
        hops = trace.hops[trace.hops["request_id"] == request_id]
        assert arrows["->>"] + arrows["-x"] == len(hops)
        assert arrows["-->>"] == hops["answered_s"].notna().sum()


def test_steps_stand_in_the_order_of_the_textbook_with_its_words():
    trace = runs.shipped("layered")
    number = mermaid.farthest(trace)
    diagram = mermaid.mermaid(trace, number)
    notes = re.findall(r"Note over p2: (\d)\. ", diagram)
    assert notes == ["2", "3", "4", "5", "6", "7"]
    assert f"2. {STEP_TEXTS['forward_proxy', 2].words} (at" in diagram
    assert len(re.findall("Note over", diagram)) == (trace.steps["request_id"] == number).sum()
    # A note about forwarding stands before the arrow that it tells of, one about the answer after it.
    asks = diagram.index("p2->>+p3")
    assert diagram.index("over p2: 4.") < asks < diagram.index("over p3: 1.") < diagram.index("over p2: 5.")


def test_what_never_came_ends_in_a_cross():
    first = mermaid.mermaid(runs.gone_wrong(), 0)
    assert "p2-xp3: GET /0" in first
    assert "Note over p2: given up after 500 ms: connection_timeout" in first
    assert "p2--x-p1: given up after 2 s: connection_timeout" in mermaid.mermaid(runs.gone_wrong(), 1)


def test_what_went_on_aside_stands_after_the_answer():
    lines = mermaid.mermaid(runs.made_aside(), 0).splitlines()
    meanwhile = next(number for number, line in enumerate(lines) if "meanwhile" in line)
    assert "p2-->>-p1" in lines[meanwhile - 1]
    assert "p2->>+p3" in lines[meanwhile + 1]


def test_the_request_that_travelled_farthest_is_shown_if_none_is_named():
    assert "title Request 2: " in mermaid.mermaid(runs.gone_wrong())
    with pytest.raises(TraceError, match="no request in this trace"):
        mermaid.mermaid(build([]))


@given(st.text())
def test_any_text_stays_text(text):
    safe = mermaid._text(text)
    assert re.fullmatch(r"(?:[^;#<>%\n]|#\w+;)*", safe)
    assert safe.lower() != "end"


def test_a_step_of_a_stage_is_told_in_its_sentence():
    diagram = mermaid.mermaid(every_outcome(BLOCKED), 0)
    assert f"2. {STAGES[STAGE_OF[BLOCKED]].removesuffix('.')} (at 100 ms)" in diagram
    assert "title Request 0: blocked after 200 ms" in diagram


def test_probes_make_no_request_travel_far():
    probes = [to_app(-1, 0.1 * number, parent=-1) for number in range(5)]
    far = [to_proxy(1, 2.0), to_app(1, 2.1, parent=6)]
    assert mermaid.farthest(build([*probes, to_proxy(0, 1.0, cache_status="hit"), *far])) == 1

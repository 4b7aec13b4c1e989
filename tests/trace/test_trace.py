"""A trace as a whole."""

from __future__ import annotations

import copy

import pytest

from sim.errors import TraceError
from sim.trace import Table, Trace
from sim.trace.examples import build, three_requests
from tests.support.traces import change


def test_the_tables_are_there_as_frames():
    trace = three_requests()
    assert [len(frame) for frame in (trace.requests, trace.hops, trace.steps, trace.sightings)] == [3, 5, 3, 20]
    assert trace.hops is trace.hops


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(TraceError, match=r"no table 'hop' in a trace \(did you mean 'hops'\?\)"):
        _ = three_requests().tables["hop"]


def test_a_table_of_other_columns_is_refused():
    tables = three_requests().tables
    with pytest.raises(TraceError, match=r"columns of 'steps' are not those of the schema: missing \['detail'"):
        Trace(tables["requests"], tables["hops"], Table({}), {})


def test_requests_after_the_warm_up():
    trace = three_requests(warm_up_s=0.5)
    assert trace.after_warm_up()["request_id"].tolist() == [1, 2]
    assert trace.counted.tolist() == [False, True, True]
    assert trace.counted_hops.tolist() == [False, False, True, True, True]


def test_one_request_is_given_with_all_its_rows():
    rows = three_requests().request(2)
    assert rows.requests["request_id"].tolist() == [2]
    assert rows.hops["hop_id"].tolist() == [3, 4]
    assert len(three_requests().request(0).steps) == 3
    assert len(rows.sightings) == 8


def test_sightings_of_one_request_are_the_same_whether_all_are_computed_or_not():
    fresh, done = three_requests(), three_requests()
    assert len(done.tables["sightings"]) == 20
    assert fresh.sightings_of(2) == done.sightings_of(2)
    assert "sightings" not in fresh.tables


@pytest.mark.parametrize(("trace", "hint"), [(three_requests(), "they run from 0 to 2"), (build([]), "it has none")])
def test_a_request_that_is_not_there(trace, hint):
    with pytest.raises(TraceError, match=f"no request 3 in this trace \\({hint}\\)"):
        trace.request(3)


def test_traces_are_equal_if_they_say_the_same():
    assert three_requests() == three_requests()
    assert three_requests() != three_requests(seed=8)
    assert three_requests() != change(three_requests(), "hops", 0, sent_s=-1.0)


def test_a_trace_can_be_copied_and_sent_elsewhere():
    assert copy.deepcopy(three_requests()) == three_requests()


def test_a_trace_tells_what_it_is():
    assert repr(three_requests(cut_short=True)) == (
        "<Trace of 'Three requests', seed 7: 3 requests (2 miss, 1 hit), cut short>"
    )
    assert three_requests(cut_short=True).is_cut_short
    assert three_requests(scenario={"name": "short"}).title == "short"


def test_the_notebook_shows_a_summary_and_says_that_it_is_one_run():
    shown = three_requests(scenario={"name": "x", "title": "<b>bold</b>", "hash": "abc"})._repr_html_()
    assert "one run: no interval" in shown
    assert "&lt;b&gt;bold" in shown
    assert "<th>hit</th><td>1</td>" in shown


def test_only_keeps_one_request_with_its_numbers():
    alone = three_requests().only(2)
    assert alone.hops["hop_id"].tolist() == [3, 4]
    assert alone.meta == three_requests().meta


@pytest.mark.parametrize(("trace", "hint"), [(three_requests(), "they run from 0 to 2"), (build([]), "it has none")])
def test_only_of_an_unknown_request_says_which_there_are(trace, hint):
    with pytest.raises(TraceError, match="no request 3") as error:
        trace.only(3)
    assert error.value.hint == hint

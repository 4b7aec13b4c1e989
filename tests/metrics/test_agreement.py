"""Agreement: equal stories are counted, different ones are told, and the verdict fits in a line."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.errors import TraceError
from sim.metrics import comparable
from sim.metrics.agreement import MOST_DIFFERENCES, agreement
from sim.trace.examples import three_requests
from sim.trace.table import Table, Words
from sim.trace.trace import Trace


def changed(table, column, row, value):
    """The three requests, one cell of one table changed."""
    trace = three_requests()
    tables = trace.tables.recorded()
    columns = {name: tables[table][name] for name in tables[table]}
    if isinstance(columns[column], Words):
        texts = columns[column].texts()
        texts[row] = value
        columns[column] = Words.of(texts)
    else:
        columns[column] = columns[column].copy()
        columns[column][row] = value
    tables[table] = Table(columns)
    return Trace(*tables.values(), trace.meta)


def test_a_run_agrees_with_itself():
    found = agreement(three_requests(), [three_requests()] * 3)
    assert found.agrees
    assert found.is_exact
    assert found.times_agree
    assert found.reasons == found.differences == ()
    assert found.verdict == (
        "three-requests: 3 requests, 3 runs (lab): paths, outcomes, picks, answers and sightings 100 % equal; "
        "p50 1400.0 ms, measured 1400.0 ms, p95 1580.0 ms, measured 1580.0 ms: agrees"
    )


@pytest.mark.parametrize(
    ("aspect", "table", "column", "row", "value"),
    [
        ("path", "steps", "detail", 2, "elsewhere"),
        ("outcome", "hops", "cache_status", 0, "stale"),
        ("pick", "hops", "receiver", 1, "students"),
        ("answer", "requests", "response_bytes", 0, 1),
        ("sightings", "hops", "source_ip", 1, "192.0.2.99"),
        ("sightings", "hops", "forwarded_for", 1, "10.0.0.1"),
        ("sightings", "hops", "via", 1, "1.1 other"),
        ("sightings", "hops", "host", 1, "other.example"),
    ],
)
def test_one_difference_is_found_under_its_aspect(aspect, table, column, row, value):
    found = agreement(three_requests(), [three_requests(), changed(table, column, row, value)])
    assert not found.is_exact
    assert not found.agrees
    assert found.exact[aspect].sum() == 2
    assert f"{aspect}: 1 of 3 requests differ, the first is request 0" in found.reasons
    assert f"{aspect} 67% equal" in found.verdict
    assert found.verdict.endswith("DIFFERS")
    assert aspect in {each.aspect for each in found.differences}
    assert {each.request_id for each in found.differences} == {0}


def test_a_difference_tells_both_stories_where_they_part():
    found = agreement(three_requests(), [changed("hops", "cache_status", 0, "stale")])
    lines = next(each for each in found.differences if each.aspect == "outcome").lines()
    assert lines[0] == "request 0 (miss), outcome, line 1:"
    assert lines[1].split() == ["simulated:", "students", "proxy", "uri-miss"]
    assert lines[2].split() == ["measured:", "students", "proxy", "stale"]


def test_a_story_that_goes_on_longer_is_told_too():
    trace = three_requests()
    short = Trace(trace.tables["requests"], trace.tables["hops"], trace.tables["steps"].take(np.arange(1)), trace.meta)
    found = agreement(trace, [short]).differences[0]
    assert found.lines()[2] == "  measured:  nothing"


def test_only_the_first_few_differences_are_told():
    trace = three_requests()
    silent = Trace(
        trace.tables["requests"], trace.tables["hops"].take(np.empty(0, dtype=int)), trace.tables["steps"], trace.meta
    )
    assert len(agreement(trace, [silent]).differences) == MOST_DIFFERENCES


def test_requests_are_counted_by_content_class_and_outcome():
    found = agreement(three_requests(), [three_requests()], classes={0: "pages", 1: "pages", 2: "api"})
    assert dict(zip(found.exact["request_class"], found.exact["requests"], strict=True)) == {
        "api, miss": 1,
        "pages, hit": 1,
        "pages, miss": 1,
    }
    assert list(found.exact.columns) == ["request_class", "requests", *comparable.ASPECTS]


def test_a_later_end_changes_the_verdict_on_times_only():
    late = changed(
        "requests", "completion_s", slice(None), three_requests().tables["requests"].numbers("completion_s") + 1.0
    )
    found = agreement(three_requests(), [late])
    assert found.is_exact
    assert not found.times_agree
    assert found.verdict.endswith("DIFFERS")
    assert found.reasons[0].startswith("p50 end to end is 1000.0 ms")


def test_messages_that_came_otherwise_make_it_inexact():
    odd = three_requests()
    odd.meta["surprises"] = ["request 0, exchange 0: sent A, received B"]
    found = agreement(three_requests(), [odd])
    assert not found.is_exact
    assert found.reasons == ("request 0, exchange 0: sent A, received B",)


def test_steps_of_a_product_are_unknown_and_said_to_be_so():
    trace = three_requests()
    known = ~trace.tables["steps"].words("node").equal("proxy")
    product = Trace(trace.tables["requests"], trace.tables["hops"], trace.tables["steps"].take(known), trace.meta)
    assert not agreement(trace, [product]).is_exact
    found = agreement(trace, [product], blind=comparable.Ignored(["proxy"]), reality="squid", notes=["by hand"])
    assert found.is_exact
    assert found.notes == ("the steps of proxy are unknown: it is squid", "by hand")
    assert "(squid)" in found.verdict


@pytest.mark.parametrize(
    ("measured", "message"),
    [
        ([], "no real run"),
        ([three_requests(cut_short=True)], "cut short"),
        ([changed("requests", "target", 0, "http://a.example/other")], "differ in target"),
        ([changed("requests", "client_ip", 0, "10.9.9.9")], "differ in client_ip"),
    ],
)
def test_only_runs_of_the_same_requests_can_be_compared(measured, message):
    with pytest.raises(TraceError, match=message):
        agreement(three_requests(), measured)


def test_all_of_it_is_plain_json():
    found = agreement(three_requests(), [changed("hops", "cache_status", 0, "stale")])
    told = json.loads(json.dumps(found.as_dict(), allow_nan=False))
    assert told["agrees"] is False
    assert told["differences"][0]["request_id"] == 0
    assert {row["where"] for row in told["times"]} == {"end to end", "students → proxy", "proxy → app"}


def test_its_name_tells_no_time():
    assert repr(agreement(three_requests(), [three_requests()])) == (
        "<Agreement of 'Three requests' with lab: 3 requests, equal>"
    )
    other = agreement(three_requests(), [changed("hops", "via", 1, "1.1 other")])
    assert "requests, different>" in repr(other)


def test_a_notebook_shows_verdict_tables_and_stories():
    shown = agreement(three_requests(), [changed("hops", "via", 1, "<b>")])._repr_html_()
    assert "DIFFERS" in shown
    assert "&lt;b&gt;" in shown
    assert "<b></b>" not in shown
    assert shown.count("<table") == 2

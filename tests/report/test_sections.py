from __future__ import annotations

import re

import pytest

from sim import metrics
from sim.outcomes import BLOCKED, LIMITED
from sim.report import sections
from sim.trace.examples import build, three_requests
from tests.exports import runs
from tests.support.every_outcome import STAGE_OF, STAGES, every_outcome


def rows(made):
    found = re.findall(r"<tr>(.*?)</tr>", "".join(made))
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in found]


def test_measures_are_those_of_metrics_side_by_side():
    traces = {"one": three_requests(), "other": runs.gone_wrong()}
    (measures, _) = sections.numbers(traces)
    told = {label: cells for label, *cells in rows([measures])}
    assert told["measure"] == ["unit", "one", "other"]
    assert told["failed"] == ["%", "0", "66.67"]
    means = [metrics.measures(trace)["mean_response_time_s"] * 1000 for trace in traces.values()]
    assert told["mean response time"] == ["ms", *(f"{mean:,.0f}" for mean in means)]


def test_outcomes_have_mark_meaning_and_share():
    (_, outcomes) = sections.numbers({"one": three_requests()})
    assert ["● hit", "answered from a cache", "1 (33 %)"] in rows([outcomes])


def test_facts_say_where_a_run_comes_from():
    facts = sections.run_facts(three_requests(warm_up_s=0.6, notes=["a < b"], cut_short=True))
    assert "three-requests 0123456789ab" in facts
    assert "3, of which 1 count, cut short" in facts
    assert "Note: a &lt; b" in facts


@pytest.mark.parametrize(
    ("name", "missing"),
    [("layered", set()), ("mm1", {"Caches"}), ("nothing", {"One request on its way", "How long requests took"})],
)
def test_parts_without_content_are_left_out(name, missing):
    made = "".join(sections.run(runs.run(name), {}))
    for title in ("One request on its way", "Caches", "How long requests took"):
        assert (f">{title}<" in made) == (title not in missing)


def test_the_path_of_a_request_is_told_in_words():
    made = "".join(sections.run(runs.shipped("layered"), {}))
    assert ["looks into its cache", "uri-miss"] in [row[3:] for row in rows([made])]


def test_who_sees_whom_is_told_in_the_order_in_which_requests_meet_them():
    made = "".join(sections.run(runs.shipped("layered"), {}))
    told = [row[0] for row in rows([made]) if len(row) == 4 and row[2] in {"on its connections", "only told in fields"}]
    assert list(dict.fromkeys(told)) == ["students", "campus-proxy", "gateway", "app-1", "app-2", "app-3"]


def test_pictures_are_counted_while_they_are_drawn():
    told = []
    together, of_run = sections.drawn({"a": three_requests(), "b": build([])}, lambda *said: told.append(said))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert len(told) == told[0][1] == len(together) + len(of_run["a"]) + len(of_run["b"])
    assert set(of_run["a"]) == {
        "topology",
        "response-time-cdf",
        "breakdown-by-hop",
        "hit-ratios",
        "visibility",
        "ladder",
    }


def test_outcomes_stand_in_the_table_if_a_trace_holds_them_and_not_otherwise():
    refused = "".join(sections.numbers({"run": every_outcome(BLOCKED, LIMITED)}))
    plain = "".join(sections.numbers({"run": three_requests()}))
    for outcome in (BLOCKED, LIMITED):
        assert f"{outcome.glyph} {outcome.word}" in refused
        assert outcome.meaning in refused
        assert outcome.word not in plain


def test_a_step_of_a_stage_is_told_in_its_sentence():
    told = "".join(sections._steps(every_outcome(BLOCKED)))
    assert STAGES[STAGE_OF[BLOCKED]] in told

"""Where the time goes: the bars are the table, and add up."""

from __future__ import annotations

import pytest

from sim.charts import breakdown
from sim.charts.breakdown import designs
from sim.metrics import by_hop, measures
from sim.trace.examples import build, three_requests, to_proxy
from tests.charts import looking


def parts(ax):
    return {bar.get_label(): [patch.get_width() for patch in bar] for bar in ax.containers}


def test_bars_are_the_table_by_hop():
    table = by_hop(three_requests())
    drawn = parts(breakdown(table))
    for cause, widths in drawn.items():
        assert widths == pytest.approx(table[f"{cause}_s"].tolist())
    assert "tls" not in drawn  # nothing to see


def test_bars_stand_end_to_end_and_add_up_to_the_mean():
    ax = breakdown(designs({"a": three_requests(), "b": three_requests()}))
    ends = [patch.get_x() + patch.get_width() for patch in ax.containers[-1]]
    assert ends == pytest.approx([measures(three_requests())["mean_response_time_s"]] * 2)


def test_causes_differ_in_hatching():
    ax = breakdown(three_requests())
    hatches = [bar[0].get_hatch() for bar in ax.containers]
    assert len(set(hatches)) == len(hatches)


def test_a_run_and_its_table_give_the_same_picture():
    assert parts(breakdown(three_requests())) == parts(breakdown(by_hop(three_requests())))


def test_a_comparison_has_a_bar_per_design():
    ax = breakdown(looking.small_comparison(direct="No proxy"))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["No proxy", "cached"]


@pytest.mark.parametrize("count", [1, 4, 30])
def test_it_fits_a_slide(count):
    looking.check(
        breakdown(designs({f"A design with the number {n} and $": three_requests() for n in range(count)})).figure
    )


def test_times_of_nothing_are_drawn_as_nothing():
    trace = build([to_proxy(0, 0.0, link_s=0.0, cache_status="hit")])
    looking.check(breakdown(trace).figure)

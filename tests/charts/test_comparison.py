"""Designs with their intervals: dots and lines are the table."""

from __future__ import annotations

import pytest

from sim.charts import comparison
from sim.charts.comparison import interval
from sim.errors import TraceError
from tests.charts import looking


def test_dots_and_lines_are_the_table():
    found = looking.small_comparison()
    table = found.table.query("measure == 'mean_response_time_s'")
    lines = [line.get_xdata() for line in comparison(found).lines]
    assert [float(x[0]) for x in lines[1::2]] == table["mean"].tolist()
    assert [tuple(map(float, x)) for x in lines[::2]] == list(zip(table["low"], table["high"], strict=True))


def test_designs_differ_in_mark():
    dots = comparison(looking.small_comparison()).lines[1::2]
    assert len({dot.get_marker() for dot in dots}) == 2


@pytest.mark.parametrize("measure", ["mean_response_time_s", "p95_response_time_s", "hit_ratio", "failed_ratio"])
def test_every_measure_fits_a_slide(measure):
    found = looking.small_comparison(direct="A very long title that has no end in sight at all, $5", cached="c")
    looking.check(comparison(found, measure).figure)


def test_an_unknown_measure_is_named_with_the_nearest():
    with pytest.raises(TraceError, match="did you mean 'hit_ratio'"):
        comparison(looking.small_comparison(), "hit_ration")


def test_mean_and_half_width_are_written_alike():
    assert interval({"mean": 12.3456, "half_width": 0.5, "unit": "s"}) == "12.3 ± 0.5 s"
    assert interval({"mean": 0.0016, "half_width": 0.00072, "unit": "s"}) == "1.6 ± 0.7 ms"

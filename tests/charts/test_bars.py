"""Rows of bars: the first on top, names that fit, and no bar that fills a slide alone."""

from __future__ import annotations

import pytest

from sim.charts import bars, theme
from sim.charts.slide import plot_axes
from tests.charts import looking


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_rows_run_downwards_and_names_stay_inside(count):
    with theme.look():
        ax = plot_axes(None, "Rows")
        bars.name_rows(ax, [f"a rather long name, number {n}" for n in range(count)])
        bars.hide_scale(ax)
    looking.check(ax.figure)
    bottom, top = ax.get_ylim()
    assert top < 0 < count - 1 + 0.5 < bottom + 0.2
    assert bottom - top >= bars.FEWEST_ROWS - 0.01


def test_names_with_dollars_are_literal():
    with theme.look():
        ax = plot_axes(None, "Rows")
        bars.name_rows(ax, ["$a$", "b_c"])
    assert "$a$" in looking.words(ax.figure)
    assert not any(label.get_parse_math() for label in ax.get_yticklabels())

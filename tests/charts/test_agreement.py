"""The picture of model and reality: points on the diagonal, where both say the same."""

from __future__ import annotations

import numpy as np
import pytest

from sim import charts
from sim.charts.agreement import LEAST_S, agreement, headline
from sim.metrics.agreement import agreement as held_against
from sim.trace.examples import three_requests
from tests.charts.looking import check
from tests.metrics.test_agreement import changed


@pytest.fixture(scope="module")
def found():
    return held_against(three_requests(), [three_requests(), three_requests()])


def test_points_are_quantiles_of_both_worlds(found):
    ax = agreement(found)
    first = ax.lines[0]
    assert first.get_label() == "end to end"
    assert np.array_equal(first.get_xdata(), first.get_ydata())
    assert len(first.get_xdata()) == 3
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlim() == ax.get_ylim()


def test_every_place_has_a_colour_and_a_mark_of_its_own(found):
    ax = agreement(found)
    marks = {(line.get_color(), line.get_marker()) for line in ax.lines if not line.get_label().startswith("_")}
    assert len(marks) == found.quantiles["where"].nunique()
    labels = [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]
    assert labels == ["end to end", "students → proxy", "proxy → app", "within 5 % or 2 ms"]


def test_a_time_of_nothing_is_drawn_at_the_edge(found):
    zero = found.quantiles.assign(simulated_s=0.0)
    drawn = agreement(
        held_against(three_requests(), [three_requests()]).__class__(**{**vars(found), "quantiles": zero})
    )
    assert set(drawn.lines[0].get_xdata()) == {LEAST_S}


@pytest.mark.parametrize(
    ("table", "column", "row", "value", "said"),
    [
        ("hops", "via", 1, "1.1 other", "2 of 3 requests tell the same story, but times agree"),
        ("requests", "completion_s", slice(None), 99.0, "all 3 requests tell the same story, but times differ"),
    ],
)
def test_the_headline_says_what_differs(table, column, row, value, said):
    assert said in headline(held_against(three_requests(), [changed(table, column, row, value)]))


def test_it_fits_on_its_slide_and_is_saved_with_all_others(found, tmp_path):
    check(agreement(found).figure)
    assert [path.name for path in charts.save_all(found, tmp_path)] == ["agreement.png", "agreement.svg"]

"""Scoreboard: bars, counts and marks are the table."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.charts import scoreboard
from sim.charts.scoreboard import headline
from tests.charts import looking

TABLE = pd.DataFrame(
    [
        {"proxy": "edge", "kind": "required", "passed": 90, "total": 100, "attainable": 95},
        {"proxy": "edge", "kind": "optimal", "passed": 40, "total": 50, "attainable": 48},
        {"proxy": "a product with a long name", "kind": "required", "passed": 100, "total": 100, "attainable": 95},
        {"proxy": "a product with a long name", "kind": "optimal", "passed": 5, "total": 50, "attainable": 48},
    ]
)


def test_bars_are_the_table():
    required, optimal = scoreboard(TABLE).containers
    assert [bar.get_width() for bar in required] == pytest.approx([0.9, 1.0])
    assert [bar.get_width() for bar in optimal] == pytest.approx([0.8, 0.1])
    assert required[0].get_hatch() != optimal[0].get_hatch()
    assert required[1].get_y() > required[0].get_y()


def test_counts_are_written_at_the_bars_and_fit():
    ax = scoreboard(TABLE)
    looking.check(ax.figure)
    said = looking.words(ax.figure)
    assert {"90 of 100 required", "40 of 50 optimal", "100 of 100 required"} <= set(said)
    assert not looking.overlapping(looking.texts(ax.figure))


def test_the_most_that_can_be_passed_is_marked():
    ax = scoreboard(TABLE)
    assert [float(line.get_xdata()[0]) for line in ax.lines] == pytest.approx([0.95, 0.95, 0.96, 0.96])
    assert not scoreboard(TABLE.drop(columns="attainable")).lines


def test_the_headline_names_the_best():
    assert headline(TABLE) == "a product with a long name passes 100 of 100 required tests"
    assert headline(TABLE.head(0)) == "No proxy was tested"


def test_a_kind_without_tests_is_drawn_empty():
    none = pd.DataFrame([{"proxy": "edge", "kind": "required", "passed": 0, "total": 0, "attainable": 0}])
    ax = scoreboard(none)
    assert ax.containers[0][0].get_width() == 0.0
    assert not ax.lines

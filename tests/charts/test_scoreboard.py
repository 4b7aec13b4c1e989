"""Scoreboard: bars and counts are the table."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.charts import scoreboard
from sim.charts.scoreboard import headline
from tests.charts import looking

TABLE = pd.DataFrame(
    [
        {"proxy": "edge", "kind": "required", "passed": 90, "total": 100},
        {"proxy": "edge", "kind": "optimal", "passed": 40, "total": 50},
        {"proxy": "a product with a long name", "kind": "required", "passed": 100, "total": 100},
        {"proxy": "a product with a long name", "kind": "optimal", "passed": 5, "total": 50},
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


def test_the_headline_names_the_best():
    assert headline(TABLE) == "a product with a long name passes 100 of 100 required tests"
    assert headline(TABLE.head(0)) == "No proxy was tested"


def test_a_kind_without_tests_is_drawn_empty():
    none = pd.DataFrame([{"proxy": "edge", "kind": "required", "passed": 0, "total": 0}])
    assert scoreboard(none).containers[0][0].get_width() == 0.0

"""Hit ratios: bars and intervals are the table."""

from __future__ import annotations

import pytest

from sim.charts import hit_ratios
from sim.charts.caching import of_designs
from sim.metrics import ratios
from sim.trace.examples import build, three_requests, to_proxy
from tests.charts import looking


def test_bars_are_the_table_per_cache():
    table = ratios(three_requests())
    requests, volume = hit_ratios(three_requests()).containers
    assert [bar.get_width() for bar in requests] == table["hit_ratio"].tolist()
    assert [bar.get_width() for bar in volume] == table["byte_hit_ratio"].tolist()
    assert requests[0].get_hatch() != volume[0].get_hatch()


def test_values_are_written_at_the_bars():
    assert {"33 % of requests", "20 % of bytes"} <= set(looking.words(hit_ratios(three_requests()).figure))


def test_designs_have_intervals():
    found = looking.small_comparison()
    row = found.table.query("design == 'cached' and measure == 'hit_ratio'").iloc[0]
    ax = hit_ratios(found)
    ends = [line.get_xdata() for line in ax.lines]
    assert [float(end) for end in ends[0]] == pytest.approx([row["low"], row["high"]])
    assert any("±" in text for text in looking.words(ax.figure))
    assert "95% intervals" in ax.figure.small_print.get_text()


def test_the_table_of_a_comparison_becomes_a_row_per_design():
    table = of_designs(looking.small_comparison().table)
    assert table["design"].tolist() == ["direct", "cached"]
    assert table["hit_ratio"].tolist() == pytest.approx([1 / 3, 0.54])


def test_a_cache_that_nobody_asked_is_drawn_without_a_number():
    ax = hit_ratios(ratios(three_requests(warm_up_s=100.0)))
    looking.check(ax.figure)
    assert "– of requests" in looking.words(ax.figure)


def test_a_cache_that_answers_all_leaves_room_for_its_label():
    ax = hit_ratios(build([to_proxy(n, float(n), cache_status="hit") for n in range(3)]))
    looking.check(ax.figure)
    assert "100 % of requests" in looking.words(ax.figure)

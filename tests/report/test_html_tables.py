from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.report.html_tables import Head, aligned, head, of_frame, table


def test_numbers_stand_on_the_right_with_their_unit_in_the_head():
    made = of_frame("Stations", pd.DataFrame({"node": ["app"], "mean_waiting_s": [0.0125], "hits": [3]}))
    assert '<th class="n" scope="col">mean waiting<span class="unit">ms</span></th>' in made
    assert '<th scope="row">app</th><td class="n">12.50</td><td class="n">3</td>' in made


def test_names_are_escaped():
    made = table("<b>", [Head("<i>")], [["<img>"]], note="&")
    assert "<b>" not in made
    assert "<i>" not in made
    assert "<img>" not in made
    assert made.count("&lt;") == 4  # the caption is a label too


def test_a_frame_without_rows_is_no_table():
    assert of_frame("Caches", pd.DataFrame({"node": []})) == ""


@pytest.mark.parametrize(("value", "there"), [(0.0, False), (0.1, True)])
def test_an_optional_column_is_there_only_if_it_says_something(value, there):
    frame = pd.DataFrame({"node": ["a"], "tls_s": [value], "total_s": [0.0]})
    made = of_frame("Times", frame, optional=["tls_s"])
    assert ("tls" in made) == there
    assert "total" in made


def test_a_row_with_too_few_cells_is_refused():
    with pytest.raises(ValueError, match="zip"):
        table("Hits", [Head("node"), Head("hits")], [["proxy"]])


@given(st.lists(st.floats(0.001, 1e6) | st.just(math.nan), min_size=1, max_size=6))
def test_numbers_below_each_other_have_as_many_decimals_and_are_true(values):
    written = aligned(values)
    decimals = {len(text.partition(".")[2]) for text in written if text != "–"}
    assert len(decimals) <= 1
    largest = max((value for value in values if not math.isnan(value)), default=0)
    for text, value in zip(written, values, strict=True):
        assert (text == "–") == math.isnan(value)
        if text != "–":
            assert float(text.replace(",", "")) == pytest.approx(value, abs=max(0.0006, 6e-4 * largest))


def test_the_unit_is_read_off_the_name():
    assert head("hit_ratio") == Head("hit ratio", "%", is_number=True)
    assert head("requests") == Head("requests", "", is_number=True)

"""Columns as text: what comes out is what went in, in few bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import TraceError
from sim.player.packing import pack, unpack


@given(st.dictionaries(st.text(max_size=5), st.lists(st.integers(-(2**31), 2**31 - 1), max_size=40), max_size=4))
def test_what_was_packed_is_unpacked(columns):
    packed = pack({name: np.array(values, dtype=np.int64) for name, values in columns.items()})
    assert {name: values.tolist() for name, values in unpack(packed).items()} == columns


@pytest.mark.parametrize(("value", "width"), [(127, 1), (-128, 1), (128, 2), (-129, 2), (2**15, 4), (2**31 - 1, 4)])
def test_each_column_is_as_narrow_as_it_can_be(value, width):
    assert pack({"a": np.array([0, value])})["columns"] == [["a", width, 2]]


def test_truth_values_are_numbers():
    assert unpack(pack({"a": np.array([True, False])}))["a"].tolist() == [1, 0]


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(TraceError, match="'far' holds numbers from 0 to 2147483648"):
        pack({"far": np.array([0, 2**31])})


def test_columns_of_nothing_but_zeros_take_next_to_nothing():
    assert len(pack({"a": np.zeros(100_000, dtype=np.int64)})["stream"]) < 1000

"""Rows by number: words as they are needed, and blocks of them."""

from __future__ import annotations

import numpy as np
import pytest

from sim.trace import recorded_rows
from sim.trace.recorded_rows import Codes, Numbering


def test_different_numbers_may_stand_for_the_same_word():
    words = Codes(np.array([3, 1, 3, 0]), 4).words(["x", "same", "", "same"].__getitem__)
    assert (words.codes.tolist(), words.names) == ([0, 0, 0, 1], ("same", "x"))


def test_no_rows_have_no_words():
    assert Codes(np.empty(0, np.int64), 5).words(str).names == ()


def test_numbers_are_given_once():
    number = Numbering({"": 0})
    assert [number[word] for word in ("a", "", "b", "a")] == [1, 0, 2, 1]


@pytest.mark.parametrize("count", [0, 1, recorded_rows.BLOCK_ROWS, 2 * recorded_rows.BLOCK_ROWS + 1])
def test_blocks_hold_every_row_once(count):
    parts = [range(count)[part] for part in recorded_rows.blocks(count)]
    assert [row for part in parts for row in part] == list(range(count))
    assert all(0 < len(part) <= recorded_rows.BLOCK_ROWS for part in parts)

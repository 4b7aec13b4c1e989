"""The index of time: complete, and as large as what is on screen."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.player.index import build

INTERVALS = st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e3)), min_size=1, max_size=60)


@given(INTERVALS, st.floats(0, 1.1e4))
def test_whoever_is_under_way_is_found(intervals, time_s):
    begin_s = np.array([begin for begin, _ in intervals])
    end_s = begin_s + np.array([length for _, length in intervals])
    under_way = set(np.flatnonzero((begin_s <= time_s) & (time_s <= end_s)).tolist())
    assert under_way <= set(build(begin_s, end_s).at(time_s).tolist())


@given(INTERVALS)
def test_rows_increase_within_a_bucket_and_entries_are_few(intervals):
    begin_s = np.array([begin for begin, _ in intervals])
    end_s = begin_s + np.array([length for _, length in intervals])
    index = build(begin_s, end_s)
    for first, last in zip(index.offsets[:-1], index.offsets[1:], strict=True):
        assert (np.diff(index.rows[first:last]) > 0).all()
    assert len(index.rows) <= 2 * len(intervals) + 1


def test_a_bucket_does_not_grow_with_the_trace():
    sizes = []
    for requests in (1_000, 100_000):
        begin_s = np.arange(requests) / 60
        index = build(begin_s, begin_s + 0.1)
        sizes.append(np.diff(index.offsets).max())
    assert sizes[1] <= sizes[0] + 1 < 20


def test_an_empty_trace_has_an_empty_bucket():
    index = build(np.empty(0), np.empty(0))
    assert index.at(0.5).tolist() == []

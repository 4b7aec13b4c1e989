"""Step functions swept from intervals."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.trace.levels import sweep

INTERVALS = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=30)


@given(INTERVALS)
def test_the_area_is_the_sum_of_the_lengths(pairs):
    starts = np.array([start for start, _ in pairs], dtype=float)
    lengths = np.array([length for _, length in pairs], dtype=float)
    assert sweep(starts, starts + lengths).area() == lengths.sum()


@given(INTERVALS, st.integers(0, 60))
def test_the_level_is_the_number_of_open_intervals(pairs, moment):
    starts = np.array([start for start, _ in pairs], dtype=float)
    ends = starts + np.array([length for _, length in pairs], dtype=float)
    steps = sweep(starts, ends)
    place = np.searchsorted(steps.time_s, moment, side="right") - 1
    level = steps.level[place] if place >= 0 else 0
    assert level == np.sum((starts <= moment) & (moment < ends))


def test_who_comes_when_another_goes_does_not_meet_it():
    assert sweep(np.array([0.0, 1.0]), np.array([1.0, 2.0])).highest() == 1


def test_an_interval_of_no_length_is_not_seen():
    assert sweep(np.array([1.0]), np.array([1.0])).highest() == 0


def test_a_window_cuts_both_ends():
    steps = sweep(np.array([0.0, 2.0]), np.array([4.0, 3.0]))
    assert steps.area(1.0, 2.5) == 2.0
    assert steps.highest(0.0, 2.0) == 1
    assert steps.highest(0.0, 2.5) == 2
    assert steps.area(5.0, 9.0) == 0.0


def test_nothing_at_all():
    nothing = sweep(np.empty(0), np.empty(0))
    assert nothing.area(0.0, 1.0) == 0.0
    assert nothing.highest() == 0

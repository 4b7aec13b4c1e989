"""Lanes hold every slice once, never cross, and are as few as can be."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sim.exports.lanes import Slice, edges, lanes

times = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(sorted)
slices = st.lists(times, max_size=30).map(lambda ends: [Slice(str(n), "", *end) for n, end in enumerate(ends)])


@given(slices)
def test_every_slice_is_in_one_lane_and_none_cross(made):
    found = lanes(made)
    assert sorted(one.name for lane in found for one in lane) == sorted(one.name for one in made)
    assert all(one.end_ns <= other.start_ns for lane in found for one, other in pairwise(lane))


@given(slices)
def test_there_are_no_more_lanes_than_slices_at_once(made):
    lasting = [one for one in made if one.end_ns > one.start_ns]
    at_once = max((sum(o.start_ns <= t < o.end_ns for o in lasting) for t in range(41)), default=0)
    assert len(lanes(lasting)) == at_once


@given(times, slices)
def test_what_is_taken_in_nests_and_nothing_is_lost(outer, others):
    one = Slice("outer", "", *outer)
    others.sort(key=lambda other: other.start_ns)
    left = one.admit(others)
    assert sorted(other.name for other in [*left, *one.inside]) == sorted(other.name for other in others)
    ends = [one.start_ns, *(t for inner in one.inside for t in (inner.start_ns, inner.end_ns)), one.end_ns]
    assert ends == sorted(ends)


@given(slices)
def test_edges_go_forward_in_time_and_pair_up(made):
    for lane in lanes(made):
        walked = list(edges(lane))
        assert [when for _, when, _ in walked] == sorted(when for _, when, _ in walked)
        assert [what for what, _, _ in walked].count("B") == len(lane) == len(walked) / 2

"""Scalar arithmetic: formulas against values computed by hand, and the order of operations to the last bit."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.scalar import (
    BACK,
    OUTWARD,
    attained_s,
    current_age_s,
    delay_with_jitter_s,
    departure_s,
    idle_end_s,
    is_fresh,
    jitter_draw,
    opening_s,
    sharing_departure_s,
    sharing_rate,
    start_s,
)

times_s = st.floats(0.0, 1e9)
ratios = st.floats(0.001, 1.0)


@given(times_s, times_s, times_s)
def test_age_and_freshness_in_the_order_of_the_contract(age_s, received_s, now_s):
    assert current_age_s(age_s, received_s, now_s) == age_s + (now_s - received_s)
    assert is_fresh(age_s, now_s) == (age_s < now_s) == (now_s - age_s > 0)


@given(times_s, times_s, times_s)
def test_service_starts_when_both_are_there(now_s, free_at_s, demand_s):
    assert start_s(now_s, free_at_s) == max(now_s, free_at_s)
    assert departure_s(now_s, free_at_s, demand_s) == max(now_s, free_at_s) + demand_s


@given(st.integers(1, 50), st.integers(1, 50))
def test_sharing_never_gives_more_than_one_worker_nor_more_than_all(workers, jobs):
    rate = sharing_rate(workers, jobs)
    assert rate <= 1.0
    assert rate == float(min(Fraction(1), Fraction(workers, jobs)))


@pytest.mark.parametrize(
    ("now_s", "rate", "attained", "departure"),
    [(4.0, 0.5, 10.5, 11.0), (3.0, 0.5, 10.0, 11.0), (2.0, 0.5, 10.0, 10.0), (13.0, 1.0, 20.0, 13.0)],
)
def test_attained_service_grows_at_the_rate_and_ends_at_the_goal(now_s, rate, attained, departure):
    # 10 s were attained at 3 s; the goal is 14 s.
    found = attained_s(10.0, 3.0, now_s, rate)
    assert found == attained
    assert sharing_departure_s(now_s, 14.0, found, rate) == departure


@given(times_s, times_s, st.floats(0.0, 1.0, exclude_max=True))
def test_a_delay_is_drawn_around_its_mean(delay_s, jitter_s, draw):
    assert delay_with_jitter_s(delay_s, jitter_s, draw) == delay_s + jitter_s * (2 * draw - 1)
    assert delay_with_jitter_s(delay_s, jitter_s, 0.5) == delay_s


def test_opening_a_connection_takes_round_trips():
    assert [opening_s(0.25, trips) for trips in (0, 1, 2)] == [0.5, 1.0, 1.5]


@given(times_s, times_s, times_s, times_s)
def test_the_shorter_patience_ends_an_idle_connection(returned_s, sender_s, answered_s, receiver_s):
    end_s = idle_end_s(returned_s, sender_s, answered_s, receiver_s)
    assert end_s == min(returned_s + sender_s, answered_s + receiver_s)


def test_jitter_draws_of_one_request_are_independent():
    bits = np.random.default_rng(4).integers(0, 2**64, 20_000, dtype=np.uint64).tolist()
    places = [[jitter_draw(draw, edge, way) for draw in bits] for edge in (0, 1) for way in (OUTWARD, BACK)]
    correlation = np.corrcoef(places)[np.triu_indices(4, 1)]
    assert np.abs(correlation).max() < 3.5 / np.sqrt(len(bits))


def test_the_known_values_of_splitmix64():
    # The generator's first outputs from the state 0, as published with it; of 64 bits the upper 53 are used.
    known = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)
    assert [jitter_draw(0, *place) for place in ((0, 0), (0, 1), (1, 0))] == [(z >> 11) / 2**53 for z in known]

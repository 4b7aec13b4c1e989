"""Lines: when messages arrive."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from sim.nodes.line import Line
from sim.rules.scalar import BACK, OUTWARD, delay_with_jitter_s, departure_s, jitter_draw
from sim.scenario.topology import Edge


def line(*, delay_s=0.5, bandwidth_bytes_per_s=inf, jitter_s=0.0, shared=True, index=0):
    return Line(Edge(index, "a", "b", delay_s, bandwidth_bytes_per_s, jitter_s, shared))


def test_without_a_limit_only_the_delay_counts():
    plain = line()
    assert plain.is_plain
    assert [plain.arrival_s(1.0, size, 0, OUTWARD, 0) for size in (0, 10**9)] == [1.5, 1.5]


def test_messages_queue_for_the_bandwidth():
    thin = line(bandwidth_bytes_per_s=100.0)
    assert not thin.is_plain
    # 2 s on the line each, one after the other; then it stands empty until 9 s.
    arrivals_s = [thin.arrival_s(now_s, 200, 0, OUTWARD, 0) for now_s in (1.0, 1.0, 4.0, 9.0)]
    assert arrivals_s == [3.5, 5.5, 7.5, 11.5]


def test_each_direction_has_its_own_queue():
    thin = line(bandwidth_bytes_per_s=100.0)
    assert thin.arrival_s(1.0, 200, 0, OUTWARD, 0) == thin.arrival_s(1.0, 200, 0, BACK, 0) == 3.5


@pytest.mark.parametrize(("shared", "second_s"), [(False, 3.5), (True, 5.5)])
def test_each_client_has_its_own_line_unless_it_is_shared(shared, second_s):
    thin = line(bandwidth_bytes_per_s=100.0, shared=shared)
    assert thin.arrival_s(1.0, 200, 1, OUTWARD, 0) == 3.5
    assert thin.arrival_s(1.0, 200, 2, OUTWARD, 0) == second_s
    assert thin.arrival_s(1.0, 200, 1, OUTWARD, 0) == second_s + 2.0


def test_jitter_moves_a_message_within_its_bounds_evenly():
    shaky = line(delay_s=0.5, jitter_s=0.2)
    assert not shaky.is_plain
    bits = np.random.default_rng(3).integers(0, 2**64, 20_000, dtype=np.uint64).tolist()
    delays_s = np.array([shaky.arrival_s(0.0, 100, 0, OUTWARD, draw) for draw in bits])
    assert 0.3 <= delays_s.min() < 0.301
    assert 0.699 < delays_s.max() < 0.7
    # 99 % interval of the mean of a uniform distribution.
    error_s = 2.576 * delays_s.std() / np.sqrt(len(delays_s))
    assert error_s < 0.003
    assert abs(delays_s.mean() - 0.5) < error_s


def test_jitter_depends_on_the_requests_bits_and_the_place_alone():
    shaky = line(jitter_s=0.2)
    once = shaky.arrival_s(1.0, 100, 0, OUTWARD, 42)
    shaky.arrival_s(2.0, 100, 5, OUTWARD, 43)
    assert shaky.arrival_s(1.0, 900, 7, OUTWARD, 42) == once
    elsewhere = [
        shaky.arrival_s(1.0, 100, 0, BACK, 42),
        line(jitter_s=0.2, index=1).arrival_s(1.0, 100, 0, OUTWARD, 42),
    ]
    assert len({once, *elsewhere}) == 3


def test_a_message_before_the_scenarios_start_waits_for_nobody():
    thin = line(delay_s=0.0, bandwidth_bytes_per_s=100.0)
    assert thin.arrival_s(-5.0, 100, 0, OUTWARD, 0) == -4.0
    assert thin.arrival_s(-4.5, 100, 0, BACK, 0) == -3.5


def test_arrivals_are_those_of_the_shared_arithmetic_to_the_last_bit():
    dice = np.random.default_rng(5)
    thin, free_at_s, now_s = line(delay_s=0.013, bandwidth_bytes_per_s=7e4, jitter_s=0.007, index=3), -inf, 0.0
    for _ in range(2000):
        now_s += float(dice.exponential(0.03))
        size, draw = int(dice.integers(100, 5000)), int(dice.integers(2**62))
        free_at_s = departure_s(now_s, free_at_s, size / 7e4)
        expected_s = free_at_s + delay_with_jitter_s(0.013, 0.007, jitter_draw(draw, 3, OUTWARD))
        assert thin.arrival_s(now_s, size, 0, OUTWARD, draw) == expected_s

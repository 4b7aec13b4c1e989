"""Links: when messages arrive, and which connections are kept."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from sim.engine.links import ConnectionPool, Line
from sim.scenario.schema import Connections
from sim.scenario.topology import Edge
from sim.workload.jitter import BACK, OUTWARD


def line(*, delay_s=0.5, bandwidth_bytes_per_s=inf, jitter_s=0.0, shared=True, index=0):
    return Line(Edge(index, "a", "b", delay_s, bandwidth_bytes_per_s, jitter_s, shared))


def test_without_a_limit_only_the_delay_counts():
    plain = line()
    assert plain.is_plain
    assert [plain.carry(1.0, size, 0, OUTWARD, 0) for size in (0, 10**9)] == [1.5, 1.5]


def test_messages_queue_for_the_bandwidth():
    thin = line(bandwidth_bytes_per_s=100.0)
    assert not thin.is_plain
    # 2 s on the line each, one after the other; then it stands empty until 9 s.
    arrivals_s = [thin.carry(now_s, 200, 0, OUTWARD, 0) for now_s in (1.0, 1.0, 4.0, 9.0)]
    assert arrivals_s == [3.5, 5.5, 7.5, 11.5]


def test_each_direction_has_its_own_queue():
    thin = line(bandwidth_bytes_per_s=100.0)
    assert thin.carry(1.0, 200, 0, OUTWARD, 0) == thin.carry(1.0, 200, 0, BACK, 0) == 3.5


@pytest.mark.parametrize(("shared", "second_s"), [(False, 3.5), (True, 5.5)])
def test_each_client_has_its_own_line_unless_it_is_shared(shared, second_s):
    thin = line(bandwidth_bytes_per_s=100.0, shared=shared)
    assert thin.carry(1.0, 200, 1, OUTWARD, 0) == 3.5
    assert thin.carry(1.0, 200, 2, OUTWARD, 0) == second_s
    assert thin.carry(1.0, 200, 1, OUTWARD, 0) == second_s + 2.0


def test_jitter_moves_a_message_within_its_bounds_evenly():
    shaky = line(delay_s=0.5, jitter_s=0.2)
    assert not shaky.is_plain
    bits = np.random.default_rng(3).integers(0, 2**64, 20_000, dtype=np.uint64).tolist()
    delays_s = np.array([shaky.carry(0.0, 100, 0, OUTWARD, draw) for draw in bits])
    assert 0.3 <= delays_s.min() < 0.301
    assert 0.699 < delays_s.max() < 0.7
    # 99 % interval of the mean of a uniform distribution.
    error_s = 2.576 * delays_s.std() / np.sqrt(len(delays_s))
    assert error_s < 0.003
    assert abs(delays_s.mean() - 0.5) < error_s


def test_jitter_depends_on_the_requests_bits_and_the_place_alone():
    shaky = line(jitter_s=0.2)
    once = shaky.carry(1.0, 100, 0, OUTWARD, 42)
    shaky.carry(2.0, 100, 5, OUTWARD, 43)
    assert shaky.carry(1.0, 900, 7, OUTWARD, 42) == once
    elsewhere = [shaky.carry(1.0, 100, 0, BACK, 42), line(jitter_s=0.2, index=1).carry(1.0, 100, 0, OUTWARD, 42)]
    assert len({once, *elsewhere}) == 3


def settings(**said):
    said = {"idle_timeout": "8 s", **said}
    return Connections.model_validate(said)


def pool(sender=None, receiver=None, delay_s=0.5):
    return ConnectionPool(settings(**(sender or {})), settings(**(receiver or {})), delay_s)


NEW, KEPT = (1.0, False), (0.0, True)


def test_a_new_connection_costs_one_round_trip_and_a_kept_one_nothing():
    connections = pool()
    assert connections.take(0.0, 0) == NEW
    connections.give_back(2.0, 2.5, 0)
    assert connections.take(3.0, 0) == KEPT
    # It is in use now, so that the next one opens another.
    assert connections.take(3.0, 0) == NEW


@pytest.mark.parametrize(("round_trips", "opening_s"), [(0, 1.0), (1, 2.0), (2, 3.0)])
def test_tls_costs_a_new_connection_its_round_trips_and_a_kept_one_nothing(round_trips, opening_s):
    connections = ConnectionPool(settings(), settings(), 0.5, round_trips)
    assert connections.take(0.0, 0) == (opening_s, False)
    connections.give_back(2.0, 2.5, 0)
    assert connections.take(3.0, 0) == KEPT
    assert ConnectionPool(settings(handshake=False), settings(), 0.5, round_trips).take(0.0, 0)[0] == 0.0


def test_without_a_handshake_connections_are_free():
    connections = pool({"handshake": False})
    assert connections.is_free
    assert connections.take(0.0, 0)[0] == 0.0
    assert not pool().is_free


@pytest.mark.parametrize(
    ("sender", "receiver", "closed_s"),
    [
        ({"idle_timeout": "4 s"}, {}, 6.5),  # the sender counts from when it has the answer, at 2.5 s
        ({}, {"idle_timeout": "4 s"}, 5.5),  # the receiver from 2 s on; the request must be there by 6 s
        ({"idle_timeout": "4 s"}, {"idle_timeout": "4.75 s"}, 6.25),
    ],
)
def test_the_shorter_patience_of_the_two_decides(sender, receiver, closed_s):
    for now_s, expected in ((closed_s - 0.125, KEPT), (closed_s, NEW), (closed_s + 1.0, NEW)):
        connections = pool(sender, receiver)
        connections.give_back(2.0, 2.5, 0)
        assert connections.take(now_s, 0) == expected


@pytest.mark.parametrize("side", ["sender", "receiver"])
def test_nothing_is_kept_if_one_side_does_not(side):
    connections = pool(**{side: {"keep_alive": False}})
    connections.give_back(2.0, 2.5, 0)
    assert connections.take(2.5, 0) == NEW


@pytest.mark.parametrize(("max_idle", "kept"), [(0, 0), (1, 1), (2, 2), (9, 3)])
def test_no_more_are_kept_than_allowed(max_idle, kept):
    connections = pool({"max_idle": max_idle})
    for _ in range(3):
        connections.give_back(2.0, 2.5, 0)
    assert [connections.take(3.0, 0) for _ in range(4)] == [KEPT] * kept + [NEW] * (4 - kept)


def test_the_last_used_is_taken_first():
    connections = pool({"idle_timeout": "4 s"})
    connections.give_back(2.0, 2.0, 0)
    connections.give_back(5.0, 5.0, 0)
    # The one used at 5 s is taken; that of 2 s is left, and is closed at 6 s.
    assert connections.take(5.5, 0) == KEPT
    assert connections.take(6.0, 0) == NEW


def test_each_client_has_its_own_connections():
    connections = pool()
    connections.give_back(2.0, 2.5, 7)
    assert connections.take(3.0, 8) == NEW
    assert connections.take(3.0, 7) == KEPT

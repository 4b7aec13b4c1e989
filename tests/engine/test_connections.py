"""Pools of connections: which are kept, and for how long."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.engine.connections import SimulatedPool
from sim.nodes.pool_terms import terms_between
from sim.rules.scalar import idle_end_s
from sim.scenario.schema import Connections


def settings(**said):
    said = {"idle_timeout": "8 s", **said}
    return Connections.model_validate(said)


def pool(sender=None, receiver=None, delay_s=0.5):
    return SimulatedPool(terms_between(settings(**(sender or {})), settings(**(receiver or {})), delay_s))


NEW, KEPT = (1.0, False), (0.0, True)


def test_a_new_connection_costs_one_round_trip_and_a_kept_one_nothing():
    connections = pool()
    assert connections.take(0.0, 0) == NEW
    connections.give_back(2.0, 2.5, 0)
    assert connections.take(3.0, 0) == KEPT
    # It is in use now, so that the next one opens another.
    assert connections.take(3.0, 0) == NEW


def test_a_free_connection_costs_nothing():
    assert pool({"handshake": False}).take(0.0, 0)[0] == 0.0


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


def test_the_end_of_idle_time_is_that_of_the_shared_arithmetic_to_the_last_bit():
    dice = np.random.default_rng(7)
    for sender_s, receiver_s, answered_s, under_way_s in dice.exponential(3.0, (200, 4)).tolist():
        terms = replace(terms_between(settings(), settings(), 0.5), sender_idle_s=sender_s, receiver_idle_s=receiver_s)
        end_s = idle_end_s(answered_s + under_way_s, sender_s, answered_s, receiver_s)
        for now_s, is_kept in ((np.nextafter(end_s, 0.0), True), (end_s, False)):
            connections = SimulatedPool(terms)
            connections.give_back(answered_s, answered_s + under_way_s, 0)
            assert connections.take(now_s, 0)[1] is is_kept

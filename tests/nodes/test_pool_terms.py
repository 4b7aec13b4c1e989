"""What connections cost and keep: constants of a scenario's edges."""

from __future__ import annotations

import pytest

import sim
from sim.nodes.pool_terms import PoolTerms, pool_terms, terms_between
from sim.scenario import topology
from sim.scenario.schema import Connections


def settings(**said):
    return Connections.model_validate({"idle_timeout": "8 s", **said})


@pytest.mark.parametrize(("round_trips", "opening_s"), [(0, 1.0), (1, 2.0), (2, 3.0)])
def test_a_new_connection_costs_tcps_round_trip_and_those_of_tls(round_trips, opening_s):
    assert terms_between(settings(), settings(), 0.5, round_trips).connect_s == opening_s
    free = terms_between(settings(handshake=False), settings(), 0.5, round_trips)
    assert (free.has_handshake, free.connect_s) == (False, 0.0)


def test_both_ends_must_keep_connections():
    keeps = [
        terms_between(settings(**sender), settings(**receiver), 0.5).keeps
        for sender, receiver in (
            ({}, {}),
            ({"keep_alive": False}, {}),
            ({}, {"keep_alive": False}),
            ({"max_idle": 0}, {}),
            ({}, {"max_idle": 0}),
        )
    ]
    assert keeps == [True, False, False, False, True]


def test_the_receivers_patience_is_less_by_the_delay_of_the_request():
    found = terms_between(settings(idle_timeout="4 s", max_idle=3), settings(), 0.5)
    assert found == PoolTerms(True, 1.0, True, 3, sender_idle_s=4.0, receiver_idle_s=7.5)


@pytest.mark.parametrize(("announces", "expected"), [(None, (False, False)), ("v2", (False, True))])
def test_connections_that_announce_their_client_are_for_one_client(announces, expected):
    overrides = [f"nodes.campus-proxy.proxy_protocol={announces}", "nodes.gateway.trusted_proxies=[198.51.100.1/32]"]
    scenario = sim.load("layered", overrides if announces else [])
    edges = topology.build(scenario).edges
    inside = pool_terms(scenario, edges["campus-proxy", "gateway"]["edge"])
    assert (inside.of_clients, inside.per_client) == expected
    outside = pool_terms(scenario, edges["students", "campus-proxy"]["edge"])
    assert (outside.of_clients, outside.per_client) == (True, True)

"""Parties: who listens where, and from which address whoever asks."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

import sim
from sim.http1.server import Peer
from sim.lab.addresses import Addresses
from sim.lab.clock import Clock
from sim.lab.hop import LabEdge
from sim.lab.lab_node import LabNode
from sim.lab.lab_stations import LabFifo, LabSharing
from sim.messages import Response
from sim.nodes.build import build
from sim.nodes.line import Line
from sim.nodes.pool_terms import pool_terms
from sim.scenario import topology

LAYERED = ["nodes.campus-proxy.service_demand=1 ms", "nodes.app-2.discipline=processor_sharing"]


@pytest.fixture
def known():
    """All nodes of a scenario, and its routes by sender and receiver."""
    scenario = sim.load("layered", LAYERED)
    graph = topology.build(scenario)
    addresses = Addresses([a for name in graph for a in graph.nodes[name]["addresses"]], ["10.1.0.1", "10.1.0.2"])
    clock = Clock(asyncio.new_event_loop())
    nodes = build(scenario, graph)
    nodes = {name: LabNode(nodes[name], name, scenario.nodes[name], addresses, clock) for name in nodes}
    routes = {
        (edge.sender, edge.receiver): LabEdge(edge, Line(edge), pool_terms(scenario, edge))
        for *_, edge in graph.edges(data="edge")
    }
    yield nodes, routes, addresses
    clock._loop.close()


def test_stations_are_those_of_the_scenario(known):
    nodes = known[0]
    assert isinstance(nodes["campus-proxy"].station, LabFifo)
    assert isinstance(nodes["app-1"].station, LabFifo)
    assert isinstance(nodes["app-2"].station, LabSharing)
    with pytest.raises(RuntimeError, match="gateway has no workers"):
        nodes["gateway"].station  # noqa: B018


def test_each_client_has_its_own_connections_from_its_own_address(known):
    nodes, routes, addresses = known
    route = routes["students", "campus-proxy"]
    pools = [nodes["students"].pool(route, client) for client in (0, 1)]
    assert pools[0] is not pools[1]
    assert nodes["students"].pool(route, 0) is pools[0]
    assert [pool.source_ip for pool in pools] == [addresses.client(0), addresses.client(1)]


def test_a_proxy_opens_connections_from_its_outbound_address_for_all(known):
    nodes, routes, addresses = known
    route = routes["campus-proxy", "gateway"]
    pool = nodes["campus-proxy"].pool(route, 0)
    assert nodes["campus-proxy"].pool(route, 1) is pool
    assert pool.source_ip == addresses.here("198.51.100.1")


@pytest.mark.parametrize(("keeps", "most"), [(True, 64), (False, 0)])
def test_connections_are_kept_only_if_both_ends_do(known, keeps, most):
    nodes, routes, _ = known
    route = routes["campus-proxy", "gateway"]
    route = route._replace(terms=replace(route.terms, keeps=keeps))
    assert nodes["campus-proxy"].pool(route, 0)._limits.max_idle == most


def test_everybody_but_clients_listens_at_its_own_address(known):
    nodes, _, addresses = known

    async def nobody(*_):
        return Response(200, (), 0)

    async def open_and_close():
        for node in nodes.values():
            await node.open(nobody)
        places = {name: node.place for name, node in nodes.items()}
        for node in nodes.values():
            await node.close()
        return places

    places = asyncio.run(open_and_close())
    assert places["students"] == ("", 0)
    assert places["gateway"][0] == addresses.here("203.0.113.1")
    assert len({ip for ip, _ in places.values()}) == len(nodes)
    assert all(port for name, (_, port) in places.items() if name != "students")


def test_a_connection_is_new_once(known):
    gateway = known[0]["gateway"]
    peers = [Peer("127.1.0.9", port, "127.1.0.1", 80, None, lambda *_: None) for port in (1000, 1001, 1000)]
    assert [gateway.is_new(peer) for peer in peers] == [True, True, False]


def test_only_forward_proxies_are_asked_in_absolute_form(known):
    assert [name for name, node in known[0].items() if node.speaks_absolute_form] == ["campus-proxy"]
    assert [name for name, node in known[0].items() if node.has_cache] == ["campus-proxy", "gateway"]

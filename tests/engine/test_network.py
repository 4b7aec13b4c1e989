"""Nodes and edges as they are built before a run: which may run ahead, and what is shared."""

from __future__ import annotations

import pytest

import sim
from sim.engine.kernel import Kernel
from sim.engine.network import build_network
from sim.engine.sharing import SimulatedSharing
from sim.nodes.disciplines import FifoStation
from sim.scenario import topology


def network(name, overrides=()):
    scenario = sim.load(name, list(overrides))
    return build_network(scenario, topology.build(scenario), Kernel(lambda *_: None))


def test_edges_stand_at_their_index_and_end_at_their_receiver():
    nodes, edges = network("layered")
    assert [edge.edge_index for edge in edges] == list(range(len(edges)))
    assert edges[0].receiver is nodes["campus-proxy"]
    assert edges[0].handle == nodes["campus-proxy"].handle


def test_stations_are_those_of_the_scenario():
    overrides = ["nodes.campus-proxy.service_demand=1 ms", "nodes.app-1.discipline=processor_sharing"]
    nodes, _ = network("layered", overrides)
    assert nodes["students"].station is nodes["gateway"].station is None
    assert isinstance(nodes["campus-proxy"].station, FifoStation)
    assert isinstance(nodes["app-1"].station, SimulatedSharing)
    assert isinstance(nodes["app-2"].station, FifoStation)


def test_clients_and_backends_run_ahead_and_proxies_do_not():
    nodes, _ = network("layered")
    ahead = {name for name, node in nodes.items() if node.runs_ahead}
    assert ahead == {"students", "app-1", "app-2", "app-3"}


@pytest.mark.parametrize(
    ("handshake", "link", "issues_ahead"),
    [
        (False, {}, True),
        (True, {}, False),
        (False, {"bandwidth": "1 Mbit/s"}, False),
        (False, {"delay": "0 s"}, False),
    ],
)
def test_requests_are_issued_ahead_only_where_no_edge_of_the_population_shares_anything(handshake, link, issues_ahead):
    arrivals = {"kind": "poisson", "rate": "1/s"}
    clients = {"role": "client", "arrivals": arrivals, "connections": {"handshake": handshake}}
    apps = {f"app-{i}": {"role": "backend", "address": f"203.0.113.{i}"} for i in (1, 2)}
    delays = [{"from": "clients", "to": "app-1", "delay": "1 ms"}, {"from": "clients", "to": "app-2", "delay": "1 ms"}]
    content = {"pages": {"host": "w.example", "served_by": ["app-1", "app-2"]}}
    links = [delays[0], delays[1] | link]
    nodes, _ = network(
        {"run": {"requests": 1}, "nodes": {"clients": clients} | apps, "links": links, "content": content}
    )
    assert nodes["clients"].issues_ahead is issues_ahead


def test_the_number_of_what_a_request_carries_is_remembered():
    _, edges = network("direct")
    edges[0].numbering = {((), "a.example", ""): 7, ((), "b.example", ""): 8}
    assert edges[0].number_of((), "a.example", "") == 7
    assert (edges[0].host, edges[0].number) == ("a.example", 7)
    assert edges[0].number_of((), "b.example", "") == 8

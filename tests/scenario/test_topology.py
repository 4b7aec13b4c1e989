"""The graph of a scenario."""

from math import inf

import networkx as nx
import pytest

from sim.errors import ScenarioError
from sim.scenario import topology
from sim.scenario.load import load
from sim.scenario.presets import PRESETS
from tests.scenario.campus import spoilt


def edges(changes=None):
    graph = topology.build(load(spoilt(changes)))
    return sorted(edge for _, _, edge in graph.edges(data="edge"))


def test_edges_go_from_who_opens_to_who_answers_in_the_order_of_links():
    found = edges()
    assert [(edge.index, edge.sender, edge.receiver) for edge in found] == [
        (0, "students", "edge"),
        (1, "edge", "gateway"),
        (2, "gateway", "app-1"),  # its link is written the other way round
        (3, "gateway", "app-2"),
    ]


def test_values_of_edges():
    lan, long = edges()[:2]
    assert (lan.delay_s, lan.bandwidth_bytes_per_s, lan.jitter_s) == PRESETS["lan"][:3]
    assert (long.delay_s, long.bandwidth_bytes_per_s, long.jitter_s) == (0.02, 12.5e6, 0.0)
    ideal = edges({"links.3": {"from": "gateway", "to": "app-2"}})[3]
    assert (ideal.delay_s, ideal.bandwidth_bytes_per_s, ideal.jitter_s) == (0.0, inf, 0.0)


def test_clients_have_lines_of_their_own_unless_said():
    assert [edge.shared for edge in edges()] == [False, True, True, True]
    assert [edge.shared for edge in edges({"links.0.shared": True})] == [True] * 4


def test_a_link_that_nobody_needs_makes_no_edge_and_takes_no_index():
    unused = {"from": "students", "to": "app-1"}
    found = edges({"links": [unused, *spoilt()["links"]]})
    assert [edge.index for edge in found] == [0, 1, 2, 3]
    assert ("students", "app-1") not in {(edge.sender, edge.receiver) for edge in found}


def test_nodes_keep_their_order_and_know_their_addresses():
    graph = topology.build(load(spoilt({"nodes.students.site": "campus"})))
    assert list(graph) == ["students", "edge", "gateway", "app-1", "app-2"]
    assert graph.nodes["students"] | {"spec": None} == {
        "role": "client", "site": "campus", "spec": None, "addresses": (),
    }  # fmt: skip
    assert graph.nodes["edge"]["addresses"] == ("10.2.0.1", "198.51.100.1")
    assert graph.nodes["gateway"]["addresses"] == ("203.0.113.1",)
    assert graph.nodes["gateway"]["spec"].balancing.kind == "round_robin"
    assert nx.is_directed_acyclic_graph(graph)


def test_build_refuses_what_does_not_hold_together():
    scenario = load(spoilt())
    with pytest.raises(ScenarioError, match="no link between 'students' and 'edge'"):
        topology.build(scenario.model_copy(update={"links": scenario.links[1:]}))


def test_client_addresses():
    scenario = load(spoilt({"nodes.students.count": 10_000}))
    addresses = topology.client_addresses(scenario, "students")
    assert (len(addresses), addresses[0], addresses[-1]) == (10_000, "10.1.0.1", "10.1.39.16")
    with pytest.raises(ScenarioError, match="is a backend, not a client"):
        topology.client_addresses(scenario, "app-1")


def test_a_population_that_replays_a_log_may_use_its_whole_block(tmp_path):
    log = tmp_path / "a.log"
    log.write_text("")
    scenario = load(spoilt({"nodes.students.arrivals": {"kind": "access_log", "file": str(log)}}))
    assert len(topology.client_addresses(scenario, "students")) == 2**16 - 2


@pytest.mark.parametrize(("version", "tls", "round_trips"), [(None, "", 0), ("1.3", "1.3", 1), ("1.2", "1.2", 2)])
def test_an_edge_knows_what_its_tls_costs(version, tls, round_trips):
    graph = topology.build(load(spoilt({"links.0.tls": version} if version else {})))
    edges = sorted(held["edge"] for *_, held in graph.edges(data=True))
    assert (edges[0].tls, edges[0].tls_round_trips) == (tls, round_trips)
    assert {edge.tls_round_trips for edge in edges[1:]} == {0}


def test_columns_go_from_clients_to_backends():
    assert topology.drawing_columns(topology.build(load(spoilt()))) == {
        "students": 0, "edge": 1, "gateway": 2, "app-1": 3, "app-2": 3,
    }  # fmt: skip


def test_columns_of_chains_are_columns_of_their_own():
    changes = {
        "nodes.second": {"role": "forward_proxy", "address": "10.2.0.2"},
        "nodes.edge.upstream": "second",
        "links.1": {"from": "edge", "to": "second"},
        "links.4": {"from": "second", "to": "gateway"},
    }
    columns = topology.drawing_columns(topology.build(load(spoilt(changes))))
    assert (columns["edge"], columns["second"], columns["gateway"], columns["app-1"]) == (1, 2, 3, 4)

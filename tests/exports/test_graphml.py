"""GraphML, read back by networkx."""

from __future__ import annotations

import networkx as nx
import pytest

from sim.exports.graphml import graphml
from sim.trace.examples import three_requests
from tests.exports import runs


@pytest.mark.parametrize("name", runs.NAMES)
def test_networkx_reads_back_nodes_edges_and_what_passed(name):
    trace = runs.run(name)
    graph = nx.parse_graphml(graphml(trace))
    assert set(graph) == set(trace.nodes)
    assert list(graph.edges) == [(edge["sender"], edge["receiver"]) for edge in trace.meta["edges"]]
    assert {name: node["role"] for name, node in graph.nodes(data=True)} == {
        name: node["role"] for name, node in trace.nodes.items()
    }
    assert sum(edge["exchanges"] for *_, edge in graph.edges(data=True)) == len(trace.hops)
    assert sum(edge["response_bytes"] for *_, edge in graph.edges(data=True)) == trace.hops["response_bytes"].sum()
    for edge in trace.meta["edges"]:
        assert graph.edges[edge["sender"], edge["receiver"]]["delay_s"] == edge["delay_s"]


def test_settings_of_a_cache_are_there_and_what_does_not_apply_is_not():
    nodes = nx.parse_graphml(graphml(three_requests())).nodes
    assert (nodes["proxy"]["cache_capacity"], nodes["proxy"]["cache_unit"]) == (100, "objects")
    assert nodes["proxy"]["addresses"] == "192.0.2.1 192.0.2.2"
    assert nodes["app"]["workers"] == 1
    assert "workers" not in nodes["proxy"]

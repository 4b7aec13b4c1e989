"""The nodes of a scenario, each made from its own settings and the edges that leave it."""

from __future__ import annotations

import networkx as nx

from sim.nodes.backend import BackendNode
from sim.nodes.client import ClientNode
from sim.nodes.forward_proxy import ForwardProxyNode
from sim.nodes.next_hops import NextHops
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.nodes.world import Node
from sim.scenario import schema
from sim.scenario.topology import Edge


def build(scenario: schema.Scenario, graph: nx.DiGraph[str]) -> dict[str, Node]:
    """Return all nodes of a scenario by name, in the scenario's order.

    Parameters
    ----------
    scenario : Scenario
        Settings of the nodes and, through its content, which of them serve a host.
    graph : networkx.DiGraph
        The scenario's topology, as `sim.scenario.topology.build` makes it.

    Examples
    --------
    >>> from sim.scenario import library, load, topology
    >>> scenario = load.load(library.path("direct"))
    >>> sorted(type(node).__name__ for node in build(scenario, topology.build(scenario)).values())
    ['BackendNode', 'BackendNode', 'BackendNode', 'ClientNode']
    """
    return {name: _node(name, settings, scenario, graph) for name, settings in scenario.nodes.items()}


def _node(name: str, settings: schema.Node, scenario: schema.Scenario, graph: nx.DiGraph[str]) -> Node:
    """Return one node."""
    edges: dict[str, Edge] = {to: held["edge"] for to, held in graph.adj[name].items()}
    if isinstance(settings, schema.Client):
        return ClientNode(name, settings, _next_hops(settings.proxy, edges, scenario))
    if isinstance(settings, schema.ForwardProxy):
        return ForwardProxyNode(name, settings, _next_hops(settings.upstream, edges, scenario))
    if isinstance(settings, schema.ReverseProxy):
        return ReverseProxyNode(name, settings, [edges[member] for member in settings.members])
    return BackendNode(name, settings)


def _next_hops(proxy: str | None, edges: dict[str, Edge], scenario: schema.Scenario) -> NextHops:
    """Return where the requests of a client or a forward proxy go: to its proxy, or to the nodes that serve a host."""
    if proxy is not None:
        return NextHops(edges[proxy], {})
    by_host: dict[str, tuple[Edge, ...]] = {}
    for content in scenario.content.values():
        by_host[content.host] = tuple(edges[server] for server in content.served_by if server in edges)
    return NextHops(None, by_host)

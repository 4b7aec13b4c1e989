"""A scenario as a graph: nodes with their addresses, and an edge for every pair that may exchange requests.

An edge goes from the node that opens connections to the node that accepts them.  A scenario's link holds for both
directions; which of them needs an edge follows from the roles (see ``routes``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from sim.errors import Problem, ScenarioError
from sim.rules.tls import FULL_HANDSHAKES, HANDSHAKES
from sim.scenario import routes
from sim.scenario.address_range import host_addresses
from sim.scenario.checks import problems
from sim.scenario.distributions import AccessLog
from sim.scenario.drawing_order import drawing_columns
from sim.scenario.schema import Client, Node, Scenario

__all__ = ["Edge", "build", "client_addresses", "drawing_columns", "problems"]


@dataclass(frozen=True, order=True, slots=True)
class Edge:
    """One network path, from the node that opens connections.

    Attributes
    ----------
    index : int
        Dense from 0, in the order of the scenario's links.
    sender, receiver : str
        Names of the nodes: the one that opens connections, and the one that accepts them.
    delay_s : float
        Propagation delay, one way, in seconds.
    bandwidth_bytes_per_s : float
        Bandwidth of each direction in bytes per second; infinite if unlimited.
    jitter_s : float
        Each message's delay is uniform in delay ± jitter, in seconds.
    shared : bool
        Whether all clients of a population share one line.
    tls : str
        Version of TLS that is spoken on it; empty if it is plain.
    """

    index: int
    sender: str
    receiver: str
    delay_s: float
    bandwidth_bytes_per_s: float
    jitter_s: float
    shared: bool
    tls: str = ""

    @property
    def tls_round_trips(self) -> int:
        """Round trips that TLS adds to those of a new connection; 0 if the link is plain."""
        return HANDSHAKES[FULL_HANDSHAKES[self.tls]].round_trips


def build(scenario: Scenario) -> nx.DiGraph[str]:
    """Return the graph of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Checked again here, for it may have been made or changed in Python.

    Returns
    -------
    networkx.DiGraph
        Nodes in the scenario's order with the attributes ``role``, ``site``, ``spec`` (the model) and
        ``addresses`` (tuple of str: where it is reached, then its outbound address if that differs; empty for
        clients); edges with the attribute ``edge``, an `Edge`.

    Raises
    ------
    ScenarioError
        If its parts do not fit together; see `problems`.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> graph = build(load.load(library.path("forward-proxy")))
    >>> sorted(graph.successors("campus-proxy"))
    ['app-1', 'app-2', 'app-3']
    >>> graph.edges["students", "campus-proxy"]["edge"].index
    0
    """
    if found := problems(scenario):
        raise ScenarioError(found, source=scenario.name or "scenario")
    graph: nx.DiGraph[str] = nx.DiGraph(name=scenario.name)
    for name, node in scenario.nodes.items():
        graph.add_node(name, role=node.role, site=node.site, spec=node, addresses=_addresses(node))
    pairs = routes.talks(scenario.nodes, scenario.content)
    for link in scenario.links:
        for sender, receiver in ((link.from_node, link.to_node), (link.to_node, link.from_node)):
            if (sender, receiver) in pairs:
                shared = not isinstance(scenario.nodes[sender], Client) if link.shared is None else link.shared
                edge = Edge(graph.number_of_edges(), sender, receiver, *link.values[:3], shared, link.tls or "")
                graph.add_edge(sender, receiver, edge=edge)
    return graph


def _addresses(node: Node) -> tuple[str, ...]:
    if isinstance(node, Client):
        return ()
    outbound = getattr(node, "outbound_address", None)
    return (node.address,) if outbound in (None, node.address) else (node.address, outbound)


def client_addresses(scenario: Scenario, name: str) -> Sequence[str]:
    """Return the addresses of a population by the number of the client.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    name : str
        Name of the client node.

    Returns
    -------
    sequence of str
        Lazy: the first ``count`` host addresses of its block; the whole block if it replays a log, whose number of
        clients is known only after it was read.

    Raises
    ------
    ScenarioError
        If that node is no client.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> addresses = client_addresses(load.load(library.path("direct")), "students")
    >>> len(addresses), addresses[0], addresses[19]
    (20, '10.1.0.1', '10.1.0.20')
    """
    node = scenario.nodes[name]
    if not isinstance(node, Client):
        raise ScenarioError([Problem(f"nodes.{name}", f"is a {node.role}, not a client")], source=scenario.name)
    return host_addresses(node.addresses, None if isinstance(node.arrivals, AccessLog) else node.count)

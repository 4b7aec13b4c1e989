"""The nodes and edges of a scenario as the SimPy world has them, built once before a run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import networkx as nx

from sim.engine.connections import SimulatedPool
from sim.engine.journey import Journey
from sim.engine.kernel import Kernel
from sim.engine.sharing import SimulatedSharing
from sim.messages import Fields, Request, Response
from sim.nodes.build import build
from sim.nodes.disciplines import FifoStation
from sim.nodes.line import Line
from sim.nodes.pool_terms import PoolTerms, pool_terms
from sim.nodes.world import Node, World
from sim.scenario.schema import Backend, Client, Proxy, Scenario
from sim.scenario.topology import Edge
from sim.trace.recorded_rows import Numbering

if TYPE_CHECKING:
    from sim.engine.world import SimulatedWorld

LEAST_DELAY_S = 1e-6
"""A shorter delay could vanish in the last bits of a time."""

Station = FifoStation | SimulatedSharing
Handle = Callable[[Request, World], Coroutine[Any, Any, Response]]


class SimulatedNode:
    """A node with what belongs to it in this world.

    Parameters
    ----------
    node : Node
        Its behaviour.
    station : Station or None
        Its workers; None if its work takes no time.
    outbound_ip : str
        Address from which it opens connections; empty for a population of clients, where each has its own.
    runs_ahead : bool
        Whether it may go on before the kernel's clock is there: it keeps no state that requests share.  That holds
        for clients and backends.

    Attributes
    ----------
    issues_ahead : bool
        Whether its requests may start before their ISSUE moment: it runs ahead, and so does every edge on which it
        sends.
    world : SimulatedWorld
        The world in which it is, set by that.
    """

    __slots__ = ("handle", "issues_ahead", "name", "outbound_ip", "runs_ahead", "station", "world")

    world: SimulatedWorld

    def __init__(self, node: Node, station: Station | None, outbound_ip: str, *, runs_ahead: bool) -> None:
        self.name = node.name
        self.handle: Handle = node.handle
        self.station = station
        self.outbound_ip = outbound_ip
        self.runs_ahead = runs_ahead
        self.issues_ahead = False


class SimulatedEdge:
    """An edge with what belongs to it in this world: its line, its connections, and the node at its end.

    Parameters
    ----------
    edge : Edge
        Sender, receiver and the properties of the link.
    terms : PoolTerms
        What its connections cost, and how long they are kept.
    sender, receiver : SimulatedNode
        Its two ends.

    Attributes
    ----------
    is_plain : bool
        Whether each message takes the same delay, independently of others.
    is_shared : bool
        Whether requests share anything on it: a line, or a pool of connections.
    returns_ahead : bool
        Whether the sender may go on before the RETURN moment of an answer: it runs ahead, and no connection is kept.
    numbering : Numbering
        Numbers of what requests carry, set by the world in which it is.
    """

    __slots__ = (
        "delay_s",
        "edge_index",
        "fields",
        "handle",
        "host",
        "is_plain",
        "is_shared",
        "line",
        "number",
        "numbering",
        "of_clients",
        "per_client",
        "pool",
        "proxied_for",
        "receiver",
        "returns_ahead",
        "sender_ip",
    )

    numbering: Numbering

    def __init__(self, edge: Edge, terms: PoolTerms, sender: SimulatedNode, receiver: SimulatedNode) -> None:
        self.line = Line(edge)
        self.is_plain = self.line.is_plain
        self.pool = SimulatedPool(terms) if terms.has_handshake else None
        self.of_clients = terms.of_clients
        self.per_client = terms.per_client
        self.is_shared = not self.is_plain or self.pool is not None
        self.returns_ahead = sender.runs_ahead and self.pool is None
        self.delay_s = edge.delay_s
        self.edge_index = edge.index
        self.receiver = receiver
        self.handle = receiver.handle
        self.sender_ip = sender.outbound_ip
        self.fields: Fields | None = None
        self.host = self.proxied_for = ""
        self.number = 0

    @property
    def issues_ahead(self) -> bool:
        """Whether a request may be sent before its ISSUE moment.

        Nothing is shared, and it takes some delay.  Without one the request would arrive at the moment of its ISSUE,
        and could come before others that arrive then.
        """
        return not self.is_shared and self.delay_s >= LEAST_DELAY_S

    def line_of(self, journey: Journey) -> int:
        """Return the number of the client whose line it is; 0 for all other senders."""
        return journey.client if self.of_clients else 0

    def connect(self, now_s: float, journey: Journey) -> tuple[float, bool]:
        """Take a connection; return the seconds that opening it takes, and whether it was kept from before."""
        if self.pool is None:
            return 0.0, True
        return self.pool.take(now_s, journey.client if self.per_client else 0)

    def keep(self, answered_s: float, returned_s: float, journey: Journey) -> None:
        """Keep the connection after an exchange, if there is room."""
        if self.pool is not None:
            self.pool.give_back(answered_s, returned_s, journey.client if self.per_client else 0)

    def number_of(self, fields: Fields, host: str, proxied_for: str) -> int:
        """Return the number of what a request carries, and remember it.

        Mostly the next request has the very same ones: to compare two objects costs a tenth of looking them up.
        """
        self.fields, self.host, self.proxied_for = fields, host, proxied_for
        self.number = number = self.numbering[fields, host, proxied_for]
        return number


def build_network(
    scenario: Scenario, graph: nx.DiGraph[str], kernel: Kernel
) -> tuple[dict[str, SimulatedNode], list[SimulatedEdge]]:
    """Build all nodes of a scenario, and all edges between them.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    graph : networkx.DiGraph
        Its topology.
    kernel : Kernel
        The clock.

    Returns
    -------
    nodes : dict of str to SimulatedNode
        By name.
    edges : list of SimulatedEdge
        By the edge's index.
    """
    nodes = {
        name: _node(node, scenario.nodes[name], graph.nodes[name]["addresses"], kernel)
        for name, node in build(scenario, graph).items()
    }
    edges: list[SimulatedEdge] = []
    sent_by: dict[str, list[SimulatedEdge]] = {name: [] for name in nodes}
    for edge in sorted(held["edge"] for *_, held in graph.edges(data=True)):
        edges.append(SimulatedEdge(edge, pool_terms(scenario, edge), nodes[edge.sender], nodes[edge.receiver]))
        sent_by[edge.sender].append(edges[-1])
    for name, node in nodes.items():
        node.issues_ahead = node.runs_ahead and all(edge.issues_ahead for edge in sent_by[name])
    return nodes, edges


def _node(node: Node, settings: Any, addresses: tuple[str, ...], kernel: Kernel) -> SimulatedNode:
    if isinstance(settings, Client):
        return SimulatedNode(node, None, "", runs_ahead=True)
    station: Station | None = None
    if isinstance(settings, Backend):
        if settings.discipline == "fifo":
            station = FifoStation(settings.workers, settings.queue_capacity)
        else:
            station = SimulatedSharing(kernel, settings.workers, settings.queue_capacity)
    elif isinstance(settings, Proxy) and settings.has_work:
        station = FifoStation(settings.workers)
    return SimulatedNode(node, station, addresses[-1], runs_ahead=isinstance(settings, Backend))

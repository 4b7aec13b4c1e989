"""What a new connection on an edge costs, and how long an idle one is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sim.rules.scalar import opening_s
from sim.scenario.schema import Client, Connections, Proxy, Scenario
from sim.scenario.topology import Edge


@dataclass(frozen=True, slots=True)
class PoolTerms:
    """The terms of a pool of connections: constants of a scenario's edge.

    Attributes
    ----------
    has_handshake : bool
        Whether opening takes time; without it every connection counts as kept, and there is no pool.
    connect_s : float
        What opening takes, TCP's and TLS's round trips together, in seconds; 0 without a handshake.
    keeps : bool
        Whether both ends keep idle connections.
    max_idle : int
        How many idle ones the sender keeps.
    sender_idle_s : float
        The sender closes one that has been idle for so long, in seconds from the answer's return.
    receiver_idle_s : float
        No request reaches the receiver in time that is sent so long after its last answer: its idle timeout less
        one delay, in seconds.
    of_clients : bool
        Whether the sender is a population of clients.
    per_client : bool
        Whether each connection carries requests of one client only: the sender is a population of clients, or a
        proxy that announces the client of each connection (PROXY protocol).
    """

    has_handshake: bool
    connect_s: float
    keeps: bool
    max_idle: int
    sender_idle_s: float
    receiver_idle_s: float
    of_clients: bool = False
    per_client: bool = False


def pool_terms(scenario: Scenario, edge: Edge) -> PoolTerms:
    """Return the terms of the connections of an edge.

    Examples
    --------
    >>> from sim.scenario import library, load, topology
    >>> scenario = load.load(library.path("tls-offload"))
    >>> edges = [held["edge"] for *_, held in topology.build(scenario).edges(data=True)]
    >>> found = pool_terms(scenario, edges[0])
    >>> found.of_clients, found.keeps, found.connect_s == 2 * edges[0].delay_s * (1 + edges[0].tls_round_trips)
    (True, True, True)
    """
    sender, receiver = scenario.nodes[edge.sender], scenario.nodes[edge.receiver]
    of_clients = isinstance(sender, Client)
    announces = isinstance(sender, Proxy) and sender.proxy_protocol is not None
    return terms_between(
        sender.connections,
        receiver.connections,
        edge.delay_s,
        edge.tls_round_trips,
        of_clients=of_clients,
        per_client=of_clients or announces,
    )


def terms_between(
    sender: Connections,
    receiver: Connections,
    delay_s: float,
    tls_round_trips: int = 0,
    *,
    of_clients: bool = False,
    per_client: bool = False,
) -> PoolTerms:
    """Return the terms that follow from the settings of both ends.

    Parameters
    ----------
    sender, receiver : Connections
        The settings of the two ends.
    delay_s : float
        Propagation delay between them, one way, in seconds.
    tls_round_trips : int
        Round trips of a TLS handshake; 0 without TLS.
    of_clients, per_client : bool
        As in `PoolTerms`.
    """
    return PoolTerms(
        has_handshake=sender.handshake,
        connect_s=opening_s(delay_s, tls_round_trips) if sender.handshake else 0.0,
        keeps=sender.keep_alive and receiver.keep_alive and sender.max_idle > 0,
        max_idle=sender.max_idle,
        sender_idle_s=sender.idle_timeout_s,
        receiver_idle_s=receiver.idle_timeout_s - delay_s,
        of_clients=of_clients,
        per_client=per_client,
    )

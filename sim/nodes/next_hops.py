"""Where requests go: to a fixed next node, to a node that serves the host, or to a member of a pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from sim.messages import Request
from sim.policies.balancing import Balancer
from sim.policies.stage import Visit
from sim.scenario.topology import Edge


class MemberPool(NamedTuple):
    """Next nodes of which one is asked.

    Attributes
    ----------
    members : tuple of str
        Their names.
    edges : tuple of Edge
        The edge to each.
    balancer : Balancer
        Chooses one of them.
    """

    members: tuple[str, ...]
    edges: tuple[Edge, ...]
    balancer: Balancer


def member_pool(edges: Sequence[Edge], balancer: Balancer) -> MemberPool:
    """Return the pool of the nodes to which some edges lead."""
    return MemberPool(tuple(edge.receiver for edge in edges), tuple(edges), balancer)


class KeepToOne(Balancer):
    """Of several nodes that serve a host, each peer keeps to one; consecutive addresses are spread evenly.

    Examples
    --------
    >>> from sim.messages import NO_DRAWS
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> visits = [Visit(request, f"10.0.0.{last}", f"10.0.0.{last}", 0.0, NO_DRAWS) for last in (1, 2)]
    >>> [KeepToOne().choose(visit, ("app-0", "app-1")) for visit in visits]
    [1, 0]
    """

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Choose by the peer's address."""
        return _number(visit.peer_ip) % len(members) if len(members) > 1 else 0


class NextHops:
    """The next edge of a request.

    Parameters
    ----------
    always : Edge or None
        The edge to the configured proxy; None where hosts are resolved.
    by_host : mapping of str to tuple of Edge
        The edges to the nodes that serve a host.

    Examples
    --------
    >>> edges = tuple(Edge(i, "students", f"app-{i}", 0.01, float("inf"), 0.0, False) for i in range(2))
    >>> routes = NextHops(None, {"a.example": edges})
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> routes.edge(request, "10.0.0.1").receiver, routes.edge(request, "10.0.0.2").receiver
    ('app-1', 'app-0')
    """

    def __init__(self, always: Edge | None, by_host: Mapping[str, tuple[Edge, ...]]) -> None:
        self._always = always
        self._by_host = by_host
        balancer = KeepToOne()
        self._pool = None if always is None else member_pool((always,), balancer)
        self._pools = {host: member_pool(edges, balancer) for host, edges in by_host.items()}

    def pool(self, visit: Visit) -> MemberPool:
        """Return the nodes of which a request may be sent to one."""
        return self._pool or self._pools[visit.request.host]

    def edge(self, request: Request, asker_ip: str) -> Edge:
        """Choose the next edge; of several nodes for a host, each asker keeps to one.

        Parameters
        ----------
        request : Request
            The request.
        asker_ip : str
            Address of the client for which the host's name is resolved.

        Returns
        -------
        Edge
            The edge; consecutive addresses are spread evenly over several nodes.
        """
        if self._always is not None:
            return self._always
        edges = self._by_host[request.host]
        return edges[0] if len(edges) == 1 else edges[_number(asker_ip) % len(edges)]


@lru_cache(maxsize=65536)
def _number(ip: str) -> int:
    return int(ip_address(ip))

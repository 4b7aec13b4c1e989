"""Where requests go: to a fixed next node, to a node that serves the host, or to a member of a pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from sim.policies.balancing import Balancer
from sim.policies.stage import Visit
from sim.scenario.topology import Edge


class MemberPool(NamedTuple):
    """Nodes of which one receives a request.

    Attributes
    ----------
    members : tuple of str
        Their names.
    edges : tuple of Edge
        The edge to each.
    balancer : Balancer
        Chooses one of them.
    hears : bool
        Whether the balancer wants to know how attempts end.
    """

    members: tuple[str, ...]
    edges: tuple[Edge, ...]
    balancer: Balancer
    hears: bool


def member_pool(edges: Sequence[Edge], balancer: Balancer) -> MemberPool:
    """Return the pool of the nodes to which some edges lead."""
    # A balancer with one member has no choice, and is not asked.
    hears = len(edges) > 1 and type(balancer).done is not Balancer.done
    return MemberPool(tuple(edge.receiver for edge in edges), tuple(edges), balancer, hears)


class AddressAffinity(Balancer):
    """Address affinity: all requests of a peer go to the same member; consecutive addresses are spread evenly.

    It is how a host's name is resolved for a client.  Unlike a hash of the address it spreads few clients evenly too.

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> visits = [Visit(request, f"10.0.0.{last}", f"10.0.0.{last}", 0.0, NO_DRAWS) for last in (1, 2)]
    >>> [AddressAffinity().choose(visit, ("app-0", "app-1")) for visit in visits]
    [1, 0]
    """

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Choose by the peer's address."""
        return _number(visit.peer_ip) % len(members) if len(members) > 1 else 0


class NextHops:
    """The next nodes of a client or a forward proxy.

    Parameters
    ----------
    always : Edge or None
        The edge to the configured proxy; None where hosts are resolved.
    by_host : mapping of str to sequence of Edge
        The edges to the nodes that serve a host; not used if `always` is given.

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> edges = [Edge(i, "students", f"app-{i}", 0.01, float("inf"), 0.0, False) for i in range(2)]
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> visit = Visit(request, "10.0.0.1", "10.0.0.1", 0.0, NO_DRAWS)
    >>> NextHops(None, {"a.example": edges}).pool(visit).members
    ('app-0', 'app-1')
    """

    def __init__(self, always: Edge | None, by_host: Mapping[str, Sequence[Edge]]) -> None:
        balancer = AddressAffinity()
        self.always = None if always is None else member_pool((always,), balancer)
        """The pool of all requests, if there is a configured proxy."""
        self._by_host = {host: member_pool(edges, balancer) for host, edges in by_host.items()}

    def pool(self, visit: Visit) -> MemberPool:
        """Return the nodes of which one receives a request."""
        return self.pool_of_host(visit.request.host)

    def pool_of_host(self, host: str) -> MemberPool:
        """Return the nodes of which one receives the requests for a host."""
        return self.always or self._by_host[host]


@lru_cache(maxsize=65536)
def _number(ip: str) -> int:
    """Return an address as a number."""
    return int(ip_address(ip))

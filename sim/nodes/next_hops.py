"""Where a client or a forward proxy sends a request: to a fixed next node, or to whoever serves the host."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address

from sim.messages import Request
from sim.scenario.topology import Edge


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

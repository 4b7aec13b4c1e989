"""Which backend gets a request.

A balancer is one small class.  It knows the request, the address of the peer from which the request came,
and what it was told itself: which of its choices are still without an answer.  To add one, write it here and
register it.
"""

from __future__ import annotations

from zlib import crc32

from sim.messages import Request
from sim.policies.registry import Registry


class Balancer:
    """Picks a backend for each request.

    Parameters
    ----------
    backends : tuple of str
        Names of the backends, at least one; a choice is an index into it.

    Raises
    ------
    ValueError
        If there is no backend.
    """

    def __init__(self, backends: tuple[str, ...]) -> None:
        if not backends:
            raise ValueError("a balancer needs at least one backend")
        self.backends = backends

    def choose(self, request: Request, peer_ip: str) -> int:
        """Pick a backend.

        Parameters
        ----------
        request : Request
            The request to be forwarded.
        peer_ip : str
            Address of the peer that sent it; behind another proxy that is the proxy's address.

        Returns
        -------
        int
            Index of the backend.
        """
        raise NotImplementedError

    def done(self, index: int) -> None:
        """Take note that a chosen backend has answered or failed; once for each choice.

        Parameters
        ----------
        index : int
            The index that `choose` gave.
        """


registry: Registry[Balancer] = Registry("balancing policy")


@registry.register("round_robin")
class RoundRobin(Balancer):
    """Round robin: each backend in turn.

    Examples
    --------
    >>> from sim.messages import Request
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> balancer = RoundRobin(("b1", "b2"))
    >>> [balancer.choose(request, "192.0.2.1") for _ in range(3)]
    [0, 1, 0]
    """

    def __init__(self, backends: tuple[str, ...]) -> None:
        super().__init__(backends)
        self._next = 0

    def choose(self, request: Request, peer_ip: str) -> int:
        """Pick the next in turn."""
        index = self._next
        self._next = (index + 1) % len(self.backends)
        return index


@registry.register("least_connections")
class LeastConnections(Balancer):
    """Least connections: the backend with the fewest requests in flight; of equals, the first named.

    Examples
    --------
    >>> from sim.messages import Request
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> balancer = LeastConnections(("b1", "b2"))
    >>> balancer.choose(request, "192.0.2.1"), balancer.choose(request, "192.0.2.1")
    (0, 1)
    >>> balancer.done(1)
    >>> balancer.choose(request, "192.0.2.1")
    1
    """

    def __init__(self, backends: tuple[str, ...]) -> None:
        super().__init__(backends)
        self._in_flight = [0] * len(backends)

    def choose(self, request: Request, peer_ip: str) -> int:
        """Pick the least busy, and count the request there."""
        in_flight = self._in_flight
        index = in_flight.index(min(in_flight))
        in_flight[index] += 1
        return index

    def done(self, index: int) -> None:
        """Count one request less there; ValueError if there is none."""
        if self._in_flight[index] == 0:
            raise ValueError(f"backend {self.backends[index]!r} has no request in flight")
        self._in_flight[index] -= 1


@registry.register("random")
class Random(Balancer):
    """Random: each backend with the same probability, by the request's own draw.

    Examples
    --------
    >>> from sim.messages import Draws, Request
    >>> request = Request(0, "GET", "http://a.example/", "a.example", (), draws=Draws(balance_draw=0.7))
    >>> Random(("b1", "b2")).choose(request, "192.0.2.1")
    1
    """

    def choose(self, request: Request, peer_ip: str) -> int:
        """Pick the backend in whose share of [0, 1) the draw lies."""
        return int(request.draws.balance_draw * len(self.backends))


@registry.register("client_hash")
class ClientHash(Balancer):
    """Client hash: one peer address always goes to the same backend (CRC-32 of the address).

    Behind another proxy all requests come from that proxy's address, and so go to one backend.

    Examples
    --------
    >>> from sim.messages import Request
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> balancer = ClientHash(("b1", "b2", "b3"))
    >>> balancer.choose(request, "192.0.2.1") == balancer.choose(request, "192.0.2.1")
    True
    """

    def choose(self, request: Request, peer_ip: str) -> int:
        """Pick by the address."""
        return crc32(peer_ip.encode()) % len(self.backends)

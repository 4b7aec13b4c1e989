"""Balancing by a hash of the peer's address."""

from __future__ import annotations

from zlib import crc32

from sim.policies.balancing import Balancer, registry
from sim.policies.stage import Visit


@registry.register("client_hash")
class ClientHash(Balancer):
    """Client hash: one peer address always goes to the same member (CRC-32 of the address).

    All requests that come through one other proxy have that proxy's address, and so go to one member.

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> visit = Visit(Request(0, "GET", "http://a.example/", "a.example", ()), "192.0.2.1", "192.0.2.1", 0.0, NO_DRAWS)
    >>> balancer, members = ClientHash(), ("b1", "b2", "b3")
    >>> balancer.choose(visit, members) == balancer.choose(visit, members)
    True
    """

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Choose by the peer's address."""
        return crc32(visit.peer_ip.encode()) % len(members)

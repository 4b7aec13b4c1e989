"""Balancing by requests in flight."""

from __future__ import annotations

from sim.policies.balancing import Balancer, registry
from sim.policies.stage import Attempt, Visit


@registry.register("least_connections")
class LeastConnections(Balancer):
    """Least connections: the member with the fewest requests in flight; of equals, the first named.

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> visit = Visit(Request(0, "GET", "http://a.example/", "a.example", ()), "192.0.2.1", "192.0.2.1", 0.0, NO_DRAWS)
    >>> balancer, members = LeastConnections(), ("b1", "b2")
    >>> balancer.choose(visit, members), balancer.choose(visit, members)
    (0, 1)
    >>> balancer.done(Attempt(0, "b2", 200, "", 0.0, 1.0))
    >>> balancer.choose(visit, members)
    1
    """

    def start(self) -> None:
        """Begin with no request in flight."""
        self._in_flight: dict[str, int] = {}

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Choose the member with the fewest requests in flight, and count this one."""
        in_flight = self._in_flight
        busy = [in_flight.get(member, 0) for member in members]
        index = busy.index(min(busy))
        in_flight[members[index]] = busy[index] + 1
        return index

    def done(self, attempt: Attempt) -> None:
        """Count one request less at the member; ValueError if it has none in flight."""
        if not self._in_flight.get(attempt.member):
            raise ValueError(f"{attempt.member!r} has no request in flight")
        self._in_flight[attempt.member] -= 1

"""Balancing at random."""

from __future__ import annotations

from sim.policies.balancing import Balancer, registry
from sim.policies.stage import Visit


@registry.register("random")
class Random(Balancer):
    """Random: each member with the same probability, by the request's own draw.

    Examples
    --------
    >>> from sim.messages import Draws, Request
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> visit = Visit(request, "192.0.2.1", "192.0.2.1", 0.0, Draws(balance_draw=0.7))
    >>> Random().choose(visit, ("b1", "b2"))
    1
    """

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Choose the member in whose share of [0, 1) the draw lies."""
        return int(visit.draws.balance_draw * len(members))

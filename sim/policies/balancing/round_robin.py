"""Balancing in turn, with or without weights."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.policies.balancing import Balancer, registry
from sim.policies.stage import Visit, setting

Weight = Annotated[float, Field(gt=0, le=1e6)]


@registry.register("round_robin")
class RoundRobin(Balancer):
    """Round robin: each member in turn, or in proportion to its weight.

    With weights it is the smooth weighted round robin of nginx (ngx_http_upstream_round_robin.c): at each choice every
    member gains its weight, the one that has gained most is chosen, and gives back the sum of all weights.

    Examples
    --------
    >>> from sim.policies.stage import Visit, setting
    >>> from sim.messages import NO_DRAWS, Request
    >>> visit = Visit(Request(0, "GET", "http://a.example/", "a.example", ()), "192.0.2.1", "192.0.2.1", 0.0, NO_DRAWS)
    >>> balancer = RoundRobin()
    >>> [balancer.choose(visit, ("b1", "b2")) for _ in range(3)]
    [0, 1, 0]
    >>> heavy = RoundRobin(weights={"a": 5})
    >>> "".join("abc"[heavy.choose(visit, ("a", "b", "c"))] for _ in range(7))
    'aabacaa'
    """

    weights: dict[str, Weight] = setting({}, description="Shares by member; 1 for those that are not named.")

    def start(self) -> None:
        """Begin with the first member."""
        self._turn = 0
        self._last_turn: dict[str, int] = {}
        self._gained: dict[str, float] = {}

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Choose the member that was chosen longest ago, or by weight."""
        if self.weights:
            return self._heaviest(members)
        # A counter modulo the number of members would skip some when members are excluded for a while.
        last_turns = [self._last_turn.get(member, 0) for member in members]
        index = last_turns.index(min(last_turns))
        self._turn += 1
        self._last_turn[members[index]] = self._turn
        return index

    def _heaviest(self, members: tuple[str, ...]) -> int:
        """Choose by smooth weighted round robin."""
        weights = [self.weights.get(member, 1.0) for member in members]
        gained = [self._gained.get(member, 0.0) + weight for member, weight in zip(members, weights, strict=True)]
        index = gained.index(max(gained))
        gained[index] -= sum(weights)
        self._gained.update(zip(members, gained, strict=True))
        return index

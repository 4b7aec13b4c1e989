"""Balancers: which member of a pool receives a request.

A balancer is one small class.  It knows the request, the members that may receive it, and how and when the attempts at
the members of its choice ended.  To add one, write a file beside this one and register the class in it.
"""

from __future__ import annotations

from sim.policies.stage import Attempt, Stage, StageRegistry, Visit


class Balancer(Stage):
    """Chooses a member for each request."""

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Return the index of the member that receives a request.

        Parameters
        ----------
        visit : Visit
            The request, with the addresses of peer and client.
        members : tuple of str
            Names of the members that may receive it, at least one.  Most often the whole pool, always in its order.
        """
        raise NotImplementedError

    def done(self, attempt: Attempt) -> None:
        """Note that an attempt ended; called once for each choice."""


registry: StageRegistry[Balancer] = StageRegistry("balancing policy", __name__)

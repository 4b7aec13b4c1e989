"""Which member of a pool gets a request.

A balancer is one small class.  It knows the request, the members that may be asked, and what it was told itself: which
of its choices ended, how, and when.  To add one, write a file beside this one and register the class in it.
"""

from __future__ import annotations

from sim.policies.stage import Attempt, Stage, StageRegistry, Visit


class Balancer(Stage):
    """Chooses a member for each request."""

    def choose(self, visit: Visit, members: tuple[str, ...]) -> int:
        """Return the index of the member that gets a request.

        Parameters
        ----------
        visit : Visit
            The request.
        members : tuple of str
            Names of the members that may be asked, at least one.  Most often all of the pool, always in its order.
        """
        raise NotImplementedError

    def done(self, attempt: Attempt) -> None:
        """Take note that an attempt ended; called once for each choice."""


registry: StageRegistry[Balancer] = StageRegistry("balancing policy", __name__)

"""Routers: to which pool of next nodes a request goes.

A router is one small class with the method `pool`.  Routers are tried in the order of the scenario; the first that
returns a pool decides, and where none does, it is the first pool of the scenario.  To add one, write a file beside this
one and register the class in it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sim.policies.stage import Stage, StageRegistry, Visit


class Router(Stage):
    """Chooses a pool by properties of a request (the step "analyse" of the textbook)."""

    def pool(self, visit: Visit) -> str | None:
        """Return the name of a pool, or None to defer to the next router."""
        raise NotImplementedError

    def pools(self) -> Iterable[str]:
        """Return the names of all pools that it may choose, so that a scenario can be checked."""
        raise NotImplementedError


registry: StageRegistry[Router] = StageRegistry("router", __name__)

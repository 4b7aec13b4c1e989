"""Admission of every object."""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.admission import Admission, registry


@registry.register("always")
class Always(Admission):
    """Always: every object is admitted, whatever is evicted for it.

    Examples
    --------
    >>> Always().admits("/a", 10**6)
    True
    """

    def admits(self, key: Hashable, size_bytes: int) -> bool:
        """Return True."""
        return True

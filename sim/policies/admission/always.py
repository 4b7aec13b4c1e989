"""Everything is admitted."""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.admission import Admission, registry


@registry.register("always")
class Always(Admission):
    """Always: every object is taken in, whatever has to leave for it.

    Examples
    --------
    >>> Always().admits("/a", 10**6)
    True
    """

    def admits(self, key: Hashable, size_bytes: int) -> bool:
        """Take it in."""
        return True

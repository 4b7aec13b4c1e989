"""Admission by size."""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.admission import Admission, registry
from sim.policies.stage import setting
from sim.units import Bytes


@registry.register("below_size")
class BelowSize(Admission):
    """Below size: objects up to a size are admitted, so that a large one does not evict many small ones.

    Examples
    --------
    >>> policy = BelowSize(largest="100 KiB")
    >>> policy.admits("/a", 100 * 1024), policy.admits("/b", 100 * 1024 + 1)
    (True, False)
    """

    largest_bytes: Bytes = setting(alias="largest", gt=0, description="Size up to which a response is stored.")

    def admits(self, key: Hashable, size_bytes: int) -> bool:
        """Whether the object is small enough."""
        return size_bytes <= self.largest_bytes

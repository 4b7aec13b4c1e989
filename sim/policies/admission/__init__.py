"""Which responses a cache takes in at all.

An admission policy is one small class with the question `admits`, asked for each response that may be stored and is not
yet.  To add one, write a file beside this one and register the class in it.
"""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.stage import Stage, StageRegistry


class Admission(Stage):
    """Decides whether an object enters a store."""

    def admits(self, key: Hashable, size_bytes: int) -> bool:
        """Whether an object is taken in.

        Parameters
        ----------
        key : hashable
            Its key; it is not stored yet.
        size_bytes : int
            Its size in bytes.
        """
        raise NotImplementedError


registry: StageRegistry[Admission] = StageRegistry("admission policy", __name__)

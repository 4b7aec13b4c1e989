"""Admission policies: which responses a cache stores at all.

An admission policy is one small class with the question `admits`, asked for each response that may be stored and is not
yet.  To add one, write a file beside this one and register the class in it.
"""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.stage import Stage, StageRegistry


class Admission(Stage):
    """Decides whether an object is stored."""

    def admits(self, key: Hashable, size_bytes: int) -> bool:
        """Whether an object is admitted.

        Parameters
        ----------
        key : hashable
            Its key, under which nothing is stored yet.
        size_bytes : int
            What it takes of the store's capacity.
        """
        raise NotImplementedError


registry: StageRegistry[Admission] = StageRegistry("admission policy", __name__)

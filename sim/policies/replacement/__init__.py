"""Replacement policies: which stored object is evicted when a cache is full.

A policy is one small class that keeps an order among keys; `sim.policies.bounded_store.BoundedStore` has the objects
and counts their sizes.  To add one, write a file beside this one and register the class in it; CONTRIBUTING.md shows
how.
"""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.registry import Registry


class ReplacementPolicy:
    """Keeps the order in which stored objects are evicted.

    The store calls `on_insert`, `on_hit` and `on_remove` as objects are stored, used and removed, the latter two only
    with keys that are stored.  When it needs capacity, it calls `evict`.
    """

    def on_insert(self, key: Hashable, size_bytes: int) -> None:
        """Note that an object was stored.

        Parameters
        ----------
        key : hashable
            Its key, under which nothing was stored.
        size_bytes : int
            For policies that prefer to evict large or small objects.
        """
        raise NotImplementedError

    def on_hit(self, key: Hashable) -> None:
        """Note that a stored object was used; without effect unless a policy overrides it."""

    def on_remove(self, key: Hashable) -> None:
        """Note that an object is no longer stored, whether evicted or removed."""
        raise NotImplementedError

    def victim(self) -> Hashable:
        """Return the key of the object to evict next; called only when one is stored."""
        raise NotImplementedError

    def evict(self) -> Hashable:
        """Remove the victim from the order, and return its key; overridden where doing both at once is quicker."""
        key = self.victim()
        self.on_remove(key)
        return key


registry: Registry[ReplacementPolicy] = Registry("replacement policy", __name__)

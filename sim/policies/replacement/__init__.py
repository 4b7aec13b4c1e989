"""Which stored object leaves when a cache is full.

A policy is one small class that keeps an order among keys; `sim.policies.bounded_store.BoundedStore` owns what is
stored
and how much room it takes.  To add one, write a file beside this one and register the class in it; CONTRIBUTING.md
shows how.
"""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.registry import Registry


class ReplacementPolicy:
    """What a policy is told, and the one question that it answers.

    The store calls these in turn; the key given to `on_hit` and `on_remove` is always one that was inserted
    and not yet removed.  A victim is removed right after it was named, through `on_remove`.
    """

    def on_insert(self, key: Hashable, size_bytes: int) -> None:
        """Take note that an object was stored.

        Parameters
        ----------
        key : hashable
            Its key, not stored before.
        size_bytes : int
            Its size in bytes.
        """
        raise NotImplementedError

    def on_hit(self, key: Hashable) -> None:
        """Take note that a stored object was used; by default that makes no difference."""

    def on_remove(self, key: Hashable) -> None:
        """Take note that an object is no longer stored, whether evicted or deleted."""
        raise NotImplementedError

    def victim(self) -> Hashable:
        """Name the stored key that should leave next; called only when something is stored."""
        raise NotImplementedError

    def evict(self) -> Hashable:
        """Name the victim and forget it; a policy may do both at once where that is quicker."""
        key = self.victim()
        self.on_remove(key)
        return key


registry: Registry[ReplacementPolicy] = Registry("replacement policy", __name__)

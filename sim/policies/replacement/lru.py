"""Replacement in order of the last use."""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.replacement import registry
from sim.policies.replacement.fifo import FIFO


@registry.register("lru")
class LRU(FIFO):
    """Least recently used: the object not used for the longest time is evicted.

    Examples
    --------
    >>> policy = LRU()
    >>> policy.on_insert("a", 1), policy.on_insert("b", 1), policy.on_hit("a")
    (None, None, None)
    >>> policy.victim()
    'b'
    """

    def on_hit(self, key: Hashable) -> None:
        """Move the key to the end of the queue."""
        self._order.move_to_end(key)

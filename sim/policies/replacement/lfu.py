"""Least frequently used."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from sim.policies.replacement import ReplacementPolicy, registry


@registry.register("lfu")
class LFU(ReplacementPolicy):
    """Least frequently used: the object with the fewest uses leaves; of equals, the least recently used.

    Uses are counted while an object is stored: once it has left, they are forgotten ("in-cache" LFU).  All
    steps take constant time, by one queue for each number of uses (Shah, Mitra and Matani, "An O(1) algorithm
    for implementing the LFU cache eviction scheme", 2010).

    Examples
    --------
    >>> policy = LFU()
    >>> policy.on_insert("a", 1), policy.on_insert("b", 1), policy.on_insert("c", 1), policy.on_hit("a")
    (None, None, None, None)
    >>> policy.victim()
    'b'
    """

    def __init__(self) -> None:
        self._uses: dict[Hashable, int] = {}
        self._queues: dict[int, OrderedDict[Hashable, None]] = {}
        self._fewest = 1

    def on_insert(self, key: Hashable, size_bytes: int) -> None:
        """Count one use."""
        self._count(key, 1)
        self._fewest = 1

    def on_hit(self, key: Hashable) -> None:
        """Count one use more."""
        uses = self._uses[key]
        self.on_remove(key)
        self._count(key, uses + 1)

    def on_remove(self, key: Hashable) -> None:
        """Forget its uses."""
        uses = self._uses.pop(key)
        queue = self._queues[uses]
        del queue[key]
        if not queue:
            del self._queues[uses]

    def victim(self) -> Hashable:
        """Name the first in the queue of the fewest uses."""
        if self._fewest not in self._queues:
            self._fewest = min(self._queues)
        return next(iter(self._queues[self._fewest]))

    def _count(self, key: Hashable, uses: int) -> None:
        self._uses[key] = uses
        self._queues.setdefault(uses, OrderedDict())[key] = None

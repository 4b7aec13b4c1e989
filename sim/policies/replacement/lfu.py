"""Replacement in order of the number of uses."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from sim.policies.replacement import ReplacementPolicy, registry


@registry.register("lfu")
class LFU(ReplacementPolicy):
    """Least frequently used: the object with the fewest uses is evicted; of equals, the least recently used.

    Uses are counted while an object is stored, and forgotten when it is removed ("in-cache" LFU).  All
    operations take constant time, by one queue for each number of uses (Shah, Mitra and Matani, "An O(1) algorithm
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
        """Count one more use."""
        uses = self._uses[key]
        self.on_remove(key)
        self._count(key, uses + 1)

    def on_remove(self, key: Hashable) -> None:
        """Forget the uses of a key."""
        uses = self._uses.pop(key)
        queue = self._queues[uses]
        del queue[key]
        if not queue:
            del self._queues[uses]

    def victim(self) -> Hashable:
        """Return the first key in the queue of the fewest uses."""
        if self._fewest not in self._queues:
            self._fewest = min(self._queues)
        return next(iter(self._queues[self._fewest]))

    def _count(self, key: Hashable, uses: int) -> None:
        """Set the number of uses, and append the key to the queue for it."""
        self._uses[key] = uses
        self._queues.setdefault(uses, OrderedDict())[key] = None

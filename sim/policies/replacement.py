"""Which stored object leaves when a cache is full.

A policy is one small class that keeps an order among keys; :class:`~sim.policies.bounded_store.BoundedStore`
owns what is stored and how much room it takes.  To add one, write it here and register it::

    @registry.register("mru")
    class MRU(LRU):
        "Most recently used first: keeps the old."

        def victim(self) -> Hashable:
            return next(reversed(self._order))
"""

from __future__ import annotations

from collections import OrderedDict
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


registry: Registry[ReplacementPolicy] = Registry("replacement policy")


@registry.register("fifo")
class FIFO(ReplacementPolicy):
    """First in, first out: the object stored longest ago leaves, however often it was used.

    Examples
    --------
    >>> policy = FIFO()
    >>> policy.on_insert("a", 1), policy.on_insert("b", 1), policy.on_hit("a")
    (None, None, None)
    >>> policy.victim()
    'a'
    """

    def __init__(self) -> None:
        self._order: OrderedDict[Hashable, None] = OrderedDict()

    def on_insert(self, key: Hashable, size_bytes: int) -> None:
        """Queue it last."""
        self._order[key] = None

    def on_remove(self, key: Hashable) -> None:
        """Forget its place."""
        del self._order[key]

    def victim(self) -> Hashable:
        """Name the first of the queue."""
        return next(iter(self._order))

    def evict(self) -> Hashable:
        """Take the victim off the queue."""
        key = self.victim()
        del self._order[key]
        return key


@registry.register("lru")
class LRU(FIFO):
    """Least recently used: the object not used for the longest time leaves.

    Examples
    --------
    >>> policy = LRU()
    >>> policy.on_insert("a", 1), policy.on_insert("b", 1), policy.on_hit("a")
    (None, None, None)
    >>> policy.victim()
    'b'
    """

    def on_hit(self, key: Hashable) -> None:
        """Queue it last again."""
        self._order.move_to_end(key)


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


@registry.register("sieve")
class SIEVE(ReplacementPolicy):
    """SIEVE: a hand passes over the queue from old to new and spares, once, what was used since its last visit.

    A hit only sets a mark, and nothing moves, so that new objects without uses leave early (Zhang et al.,
    "SIEVE is simpler than LRU", NSDI 2024).  The queue is a ring of neighbours, closed by an end piece.

    Examples
    --------
    >>> policy = SIEVE()
    >>> policy.on_insert("a", 1), policy.on_insert("b", 1), policy.on_hit("a")
    (None, None, None)
    >>> policy.victim()
    'b'
    """

    def __init__(self) -> None:
        self._end: Hashable = object()
        self._newer = {self._end: self._end}
        self._older = {self._end: self._end}
        self._used: set[Hashable] = set()
        self._hand = self._end

    def on_insert(self, key: Hashable, size_bytes: int) -> None:
        """Link it in as the newest."""
        self._link(self._older[self._end], key)
        self._link(key, self._end)

    def on_hit(self, key: Hashable) -> None:
        """Mark it."""
        self._used.add(key)

    def on_remove(self, key: Hashable) -> None:
        """Link its neighbours; a hand on it moves on."""
        self._used.discard(key)
        older, newer = self._older.pop(key), self._newer.pop(key)
        self._link(older, newer)
        if self._hand == key:
            self._hand = newer

    def victim(self) -> Hashable:
        """Move the hand to the next object without a mark, wiping marks on its way."""
        hand = self._hand
        while hand is self._end or hand in self._used:
            self._used.discard(hand)
            hand = self._newer[hand]
        self._hand = hand
        return hand

    def _link(self, older: Hashable, newer: Hashable) -> None:
        self._newer[older] = newer
        self._older[newer] = older

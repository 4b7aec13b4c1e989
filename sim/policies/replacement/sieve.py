"""Replacement by SIEVE."""

from __future__ import annotations

from collections.abc import Hashable

from sim.policies.replacement import ReplacementPolicy, registry


@registry.register("sieve")
class SIEVE(ReplacementPolicy):
    """SIEVE: a hand moves over the queue from old to new and spares, once, each object used since its last visit.

    A hit only sets a mark and moves nothing, so that new objects without uses are evicted early (Zhang et al.,
    "SIEVE is simpler than LRU", NSDI 2024).  The queue is a doubly linked ring with a sentinel between newest and
    oldest.

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
        """Insert the key as the newest."""
        self._link(self._older[self._end], key)
        self._link(key, self._end)

    def on_hit(self, key: Hashable) -> None:
        """Mark the key as used."""
        self._used.add(key)

    def on_remove(self, key: Hashable) -> None:
        """Link the neighbours of a key; if the hand is on it, the hand moves to the newer one."""
        self._used.discard(key)
        older, newer = self._older.pop(key), self._newer.pop(key)
        self._link(older, newer)
        if self._hand == key:
            self._hand = newer

    def victim(self) -> Hashable:
        """Move the hand to the next object without a mark, removing marks on its way, and return its key."""
        hand = self._hand
        while hand is self._end or hand in self._used:
            self._used.discard(hand)
            hand = self._newer[hand]
        self._hand = hand
        return hand

    def _link(self, older: Hashable, newer: Hashable) -> None:
        """Make two keys neighbours."""
        self._newer[older] = newer
        self._older[newer] = older

"""Replacement in order of insertion."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from sim.policies.replacement import ReplacementPolicy, registry


@registry.register("fifo")
class FIFO(ReplacementPolicy):
    """First in, first out: the object stored longest ago is evicted, however often it was used.

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
        """Append the key to the queue."""
        self._order[key] = None

    def on_remove(self, key: Hashable) -> None:
        """Remove the key from the queue."""
        del self._order[key]

    def victim(self) -> Hashable:
        """Return the first key of the queue."""
        return next(iter(self._order))

    def evict(self) -> Hashable:
        """Remove the first key from the queue, and return it."""
        key = self.victim()
        del self._order[key]
        return key

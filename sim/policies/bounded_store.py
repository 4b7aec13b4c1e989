"""A store with a capacity: the accounting that all replacement policies share.

The nodes' caches and the replay of access logs both use it, so that a policy has the same effect in both.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, Literal, TypeVar

from sim.policies import replacement
from sim.policies.admission import Admission

V = TypeVar("V")
Unit = Literal["bytes", "objects"]


class BoundedStore(Generic[V]):
    """Objects by key, whose sizes never add up to more than a capacity.

    An object is admitted unless it alone is larger than the capacity or an admission policy rejects it; others are
    evicted, one by one in the replacement policy's order, until it fits.

    Parameters
    ----------
    capacity : float
        Greatest sum of sizes, or greatest number of objects; not negative.
    unit : {"bytes", "objects"}
        What the capacity counts.
    policy_name : str
        Name of the replacement policy.
    admission : Admission, optional
        Decides which objects are admitted; all that fit, if absent.

    Raises
    ------
    UnknownPolicyError
        If no replacement policy has that name.
    ValueError
        If the capacity is negative or no number, or the unit unknown.

    Examples
    --------
    >>> store = BoundedStore[str](100, "bytes", "lru")
    >>> store.put("/a", "A", 60), store.put("/b", "B", 40), store.find("/a")
    (True, True, 'A')
    >>> store.put("/c", "C", 30), store.find("/b"), store.used
    (True, None, 90)
    >>> store.put("/huge", "H", 101)
    False
    """

    __slots__ = ("_admission", "_by_bytes", "_entries", "_policy", "_used", "capacity", "unit")

    def __init__(self, capacity: float, unit: Unit, policy_name: str, admission: Admission | None = None) -> None:
        if not capacity >= 0:
            raise ValueError(f"capacity must be a number of {unit} from 0 on, not {capacity!r}")
        if unit not in ("bytes", "objects"):
            raise ValueError(f"unit must be 'bytes' or 'objects', not {unit!r}")
        self.capacity = capacity
        self.unit = unit
        self._by_bytes = unit == "bytes"
        self._policy = replacement.registry.make(policy_name)
        self._admission = admission
        self._entries: dict[Hashable, tuple[V, int]] = {}
        self._used = 0

    @property
    def used(self) -> int:
        """Capacity in use, in `unit`."""
        return self._used

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def find(self, key: Hashable) -> V | None:
        """Return a stored object, which counts as a use; None if it is not stored."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._policy.on_hit(key)
        return entry[0]

    def peek(self, key: Hashable) -> V | None:
        """Return a stored object without a use: the policy is not informed; None if it is not stored."""
        entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def put(self, key: Hashable, value: V, size_bytes: int) -> bool:
        """Store an object, evicting others until it fits, and return whether it was admitted.

        Replacing a stored object is a use of it.  If the new one is larger than the capacity, the old one is removed
        all the same, for it is out of date.

        Parameters
        ----------
        key : hashable
            Key of the object, and of the one that it replaces.
        value : V
            The object.
        size_bytes : int
            What it takes of a capacity in bytes; not negative.
        """
        room = size_bytes if self._by_bytes else 1
        capacity, entries, policy = self.capacity, self._entries, self._policy
        if room > capacity:
            self.remove(key)
            return False
        used = self._used + room
        is_new = key not in entries
        if is_new:
            if self._admission is not None and not self._admission.admits(key, size_bytes):
                return False
        else:
            policy.on_hit(key)
            used -= entries[key][1]
            # The replaced object no longer counts; the policy may evict it nevertheless, and then it is inserted anew.
            entries[key] = (value, 0)
        while used > capacity:
            used -= entries.pop(policy.evict())[1]
        if is_new or key not in entries:
            policy.on_insert(key, size_bytes)
        entries[key] = (value, room)
        self._used = used
        return True

    def remove(self, key: Hashable) -> None:
        """Remove an object, if it is stored."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._used -= entry[1]
            self._policy.on_remove(key)

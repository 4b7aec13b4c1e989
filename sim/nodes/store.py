"""A proxy's stored responses by cache key, evicted by a replacement policy when its capacity is exceeded."""

from __future__ import annotations

from sim.policies.bounded_store import BoundedStore
from sim.rules.storing import StoredResponse
from sim.rules.variants import beside
from sim.scenario.schema import Cache

MOST_VARIANTS = 32
"""How many variants are kept for one target; the one that was stored first is removed when there are more."""

Variants = tuple[StoredResponse, ...]


class ResponseStore:
    """Stored responses by cache key (RFC 9111 section 2: the target URI, for GET alone is stored).

    Parameters
    ----------
    cache : Cache
        Capacity and replacement policy.  The variants of one target are one object for both: they are evicted
        together, and their sizes add up.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("cache-control", "max-age=60"),), 100)
    >>> store = ResponseStore(Cache.model_validate({"capacity": "1 MiB"}))
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> store.keep("http://a.example/", kept)
    True
    >>> len(store.find("http://a.example/"))
    1
    """

    def __init__(self, cache: Cache) -> None:
        self._stored: BoundedStore[Variants] = BoundedStore(
            cache.capacity.amount, cache.capacity.unit, cache.replacement
        )
        self.find = self._stored.find
        """Return the stored responses for a target, the latest first; None without any.  It counts as a use."""
        self.put = self._stored.put
        """Store responses for a target in place of all others for it; see `BoundedStore.put`."""
        self.forget = self._stored.remove
        """Remove all stored responses for a target: invalidation (RFC 9111 section 4.4)."""

    def keep(self, target: str, stored: StoredResponse) -> bool:
        """Store a response in place of the variants that it replaces (RFC 9111 section 4.1).

        Parameters
        ----------
        target : str
            The cache key.
        stored : StoredResponse
            The response; later requests select it before older variants.

        Returns
        -------
        bool
            Whether it is stored; not if it alone exceeds the capacity.
        """
        if stored.plain:
            # Every request selects it, and it is the latest: no other variant can be selected any more.
            return self._stored.put(target, (stored,), stored.response.size_bytes)
        kept = beside(self._stored.peek(target) or (), stored, MOST_VARIANTS)
        return self._stored.put(target, kept, sum([one.response.size_bytes for one in kept]))

    def freshen(self, target: str, older: StoredResponse, newer: StoredResponse) -> None:
        """Replace a stored response by its freshened self (RFC 9111 section 4.3.4), unless it was removed meanwhile.

        Parameters
        ----------
        target : str
            The cache key.
        older, newer : StoredResponse
            The stored response before and after.
        """
        variants = self._stored.peek(target) or ()
        if any(one is older for one in variants):
            kept = tuple([newer if one is older else one for one in variants])
            self._stored.put(target, kept, sum([one.response.size_bytes for one in kept]))

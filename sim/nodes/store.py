"""What a proxy's cache holds: stored responses by target, with room made by a replacement policy."""

from __future__ import annotations

from sim.policies.bounded_store import BoundedStore
from sim.rules.storing import StoredResponse
from sim.rules.variants import beside
from sim.scenario.schema import Cache

MOST_VARIANTS = 32
"""How many responses are kept for one target; the one stored first goes when there are more."""

Variants = tuple[StoredResponse, ...]


class ResponseStore:
    """Stored responses by cache key (RFC 9111 section 2: the target URI, for GET alone is stored).

    Parameters
    ----------
    cache : Cache
        Capacity and replacement policy.  What is stored for one target stays or leaves together, and takes the room
        of all its variants.

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
        """Give all that is stored for a target, the latest first; None if nothing is.  It counts as a use."""
        self.put = self._stored.put
        """Store responses for a target in the place of all that was stored for it; as for `BoundedStore.put`."""
        self.forget = self._stored.remove
        """Delete all that is stored for a target (RFC 9111 section 4.4)."""

    def keep(self, target: str, stored: StoredResponse) -> bool:
        """Store a response, in the place of those that it makes useless, if there is room.

        Parameters
        ----------
        target : str
            The cache key.
        stored : StoredResponse
            The response.

        Returns
        -------
        bool
            Whether it is stored now.
        """
        if stored.plain:
            # Every request selects it, and it is the latest: nothing else need be kept.
            return self._stored.put(target, (stored,), stored.response.size_bytes)
        kept = beside(self._stored.peek(target) or (), stored, MOST_VARIANTS)
        return self._stored.put(target, kept, sum([one.response.size_bytes for one in kept]))

    def freshen(self, target: str, older: StoredResponse, newer: StoredResponse) -> None:
        """Put a validated response in the place of itself as it was, if that is still there.

        Parameters
        ----------
        target : str
            The cache key.
        older, newer : StoredResponse
            The stored response as it was, and as it is now.
        """
        variants = self._stored.peek(target) or ()
        if any(one is older for one in variants):
            kept = tuple([newer if one is older else one for one in variants])
            self._stored.put(target, kept, sum([one.response.size_bytes for one in kept]))

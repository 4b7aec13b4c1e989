"""A proxy's cache: room by a replacement policy, and HTTP's rules on what may be stored and reused."""

from __future__ import annotations

from sim.messages import Request, Response
from sim.policies.bounded_store import BoundedStore
from sim.rules import reuse, storing
from sim.scenario.schema import Cache


class ResponseStore:
    """Stored responses by cache key (RFC 9111 section 2: the target URI; only GET is stored here).

    Parameters
    ----------
    cache : Cache
        Capacity and replacement policy.

    Examples
    --------
    >>> store = ResponseStore(Cache.model_validate({"capacity": "1 MiB"}))
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> store.keep(request, Response(200, (("cache-control", "max-age=60"),), 100), now_s=0.0)
    True
    >>> store.look_up(request, now_s=1.0).outcome.name
    'HIT'
    """

    def __init__(self, cache: Cache) -> None:
        self._stored: BoundedStore[reuse.StoredResponse] = BoundedStore(
            cache.capacity.amount, cache.capacity.unit, cache.replacement
        )

    def look_up(self, request: Request, now_s: float) -> reuse.Reuse:
        """Decide what the cache does with a request.

        Parameters
        ----------
        request : Request
            The request.
        now_s : float
            Time now, in seconds.

        Returns
        -------
        Reuse
            The outcome, and the answer where there is one.
        """
        return reuse.decide(request, self._stored.find(request.target), now_s)

    def keep(self, request: Request, response: Response, now_s: float) -> bool:
        """Store a response if that is allowed and there is room.

        Parameters
        ----------
        request : Request
            The request that it answers.
        response : Response
            The response.
        now_s : float
            Time now, in seconds.

        Returns
        -------
        bool
            Whether it is stored now.
        """
        lifetime_s = storing.storable_for_s(request, response)
        if not lifetime_s:
            return False
        stored = reuse.make_stored((response, now_s, lifetime_s))
        return self._stored.put(request.target, stored, response.size_bytes)

"""Whether a stored response answers a request (RFC 9111 section 4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sim.messages import CacheStatus, Request, Response, make_response
from sim.rules.freshness import current_age_s


class StoredResponse(NamedTuple):
    """A response in a cache.

    Attributes
    ----------
    response : Response
        As it was received.
    stored_s : float
        When it was received, in seconds.
    lifetime_s : float
        How long it is fresh, in seconds, its age when received included.
    """

    response: Response
    stored_s: float
    lifetime_s: float


make_stored: Callable[[tuple[Response, float, float]], StoredResponse] = partial(tuple.__new__, StoredResponse)
"""The same from one plain tuple, and quicker: see the end of `sim.messages`."""


class Reuse(NamedTuple):
    """The decision: what the cache did, and the answer if it has one."""

    outcome: CacheStatus
    response: Response | None = None


make_reuse: Callable[[tuple[CacheStatus, Response | None]], Reuse] = partial(tuple.__new__, Reuse)
"""The same from one plain tuple, and quicker: see the end of `sim.messages`."""

_HIT = CacheStatus.HIT
_MISS = Reuse(CacheStatus.URI_MISS)
_STALE = Reuse(CacheStatus.STALE)
_METHOD = Reuse(CacheStatus.METHOD)


def decide(request: Request, stored: StoredResponse | None, now_s: float) -> Reuse:
    """Decide whether a stored response may answer a request.

    Parameters
    ----------
    request : Request
        The request.
    stored : StoredResponse or None
        What is stored for its target, if anything.
    now_s : float
        Time now, in seconds.

    Returns
    -------
    Reuse
        With a response, its Age brought up to date (RFC 9111 section 5.1), where it is fresh.

    Examples
    --------
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> kept = StoredResponse(Response(200, (), 100), stored_s=0.0, lifetime_s=60.0)
    >>> decide(request, kept, 59.0).outcome.name, decide(request, kept, 60.0).outcome.name
    ('HIT', 'STALE')
    >>> decide(request, None, 0.0).outcome.name
    'URI_MISS'
    """
    if request.method != "GET":
        return _METHOD
    if stored is None:
        return _MISS
    response, stored_s, lifetime = stored
    age_s = current_age_s(response.age_s, stored_s, now_s)
    if age_s >= lifetime:
        return _STALE
    hit = make_response((response.status, response.fields, response.size_bytes, _HIT, age_s, "", response.body))
    return make_reuse((_HIT, hit))

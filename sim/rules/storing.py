"""Which responses a shared cache may store (RFC 9111 section 3)."""

from __future__ import annotations

from functools import lru_cache

from sim.messages import Fields, Request, Response
from sim.rules.freshness import cache_directives, lifetime_s


def storable_for_s(request: Request, response: Response) -> float:
    """Say how long a shared cache may keep a response fresh.

    Parameters
    ----------
    request : Request
        The request that it answers.
    response : Response
        The response.

    Returns
    -------
    float
        Freshness lifetime in seconds of a 200 answer to GET that forbids neither storing nor sharing; 0 if it
        may not be stored, or is stale from the beginning.

    Examples
    --------
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> storable_for_s(request, Response(200, (("cache-control", "max-age=60"),), 100))
    60.0
    >>> storable_for_s(request, Response(200, (("cache-control", "no-store, max-age=60"),), 100))
    0.0
    """
    return _allowed_s(response.fields) if response.status == 200 and request.method == "GET" else 0.0


@lru_cache(maxsize=4096)
def _allowed_s(fields: Fields) -> float:
    forbidden = cache_directives(fields).keys() & {"no-store", "private", "no-cache"}
    return 0.0 if forbidden else lifetime_s(fields)

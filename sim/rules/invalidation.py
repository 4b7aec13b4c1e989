"""Invalidation: which stored responses an unsafe request makes unusable (RFC 9111 section 4.4)."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from sim.messages import Fields
from sim.rules.fields import first

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Safe methods (RFC 9110 section 9.2.1); unknown methods count as unsafe, as section 4.4 of RFC 9111 requires."""

_PORTS = {"http": 80, "https": 443}


def invalidated(method: str, target: str, status: int, fields: Fields) -> tuple[str, ...]:
    """Return the target URIs whose stored responses a response invalidates.

    Parameters
    ----------
    method : str
        Method of the request.
    target : str
        Target of the request, an absolute URI.
    status : int
        Status code of the response.
    fields : Fields
        Header fields of the response.

    Returns
    -------
    tuple of str
        The target, and the URIs in Location and Content-Location that have the same origin; empty if the method is
        safe or the response is an error.

    Examples
    --------
    >>> invalidated("POST", "http://a.example/list", 201, (("location", "/list/7"),))
    ('http://a.example/list', 'http://a.example/list/7')
    >>> invalidated("POST", "http://a.example/list", 500, ())
    ()
    """
    if method in SAFE or not 200 <= status < 400:
        return ()
    named = (same_origin(target, first(fields, name)) for name in ("location", "content-location"))
    return tuple(dict.fromkeys([target, *(uri for uri in named if uri is not None)]))


def same_origin(target: str, reference: str | None) -> str | None:
    """Return the absolute URI of a reference in a response, if it has the origin of the target.

    Parameters
    ----------
    target : str
        An absolute URI.
    reference : str or None
        Value of Location or Content-Location.

    Returns
    -------
    str or None
        With scheme and authority as written in the target.  None if it is absent, malformed, or has another origin: a
        server could otherwise remove the responses of others from a cache (RFC 9111 section 4.4).

    Examples
    --------
    >>> same_origin("http://a.example/x/y", "../z?q"), same_origin("http://a.example/", "http://b.example/z")
    ('http://a.example/z?q', None)
    >>> same_origin("http://a.example/", "HTTP://A.example:80/z")
    'http://a.example/z'
    """
    if reference is None:
        return None
    try:
        own, other = urlsplit(target), urlsplit(urljoin(target, reference))
        if _origin(own) != _origin(other):
            return None
    except ValueError:
        return None
    return other._replace(scheme=own.scheme, netloc=own.netloc, path=other.path or "/", fragment="").geturl()


def _origin(uri: SplitResult) -> tuple[str, str | None, int | None]:
    return uri.scheme, uri.hostname, uri.port or _PORTS.get(uri.scheme)

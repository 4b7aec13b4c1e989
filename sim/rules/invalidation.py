"""What an unsafe request makes out of date (RFC 9111 section 4.4)."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from sim.messages import Fields
from sim.rules.fields import first

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that change nothing (RFC 9110 section 9.2.1); those that nobody knows are taken for unsafe."""

_PORTS = {"http": 80, "https": 443}


def invalidated(method: str, target: str, status: int, fields: Fields) -> tuple[str, ...]:
    """Say for which targets nothing stored may be used any more without being validated.

    Parameters
    ----------
    method : str
        Method of the request.
    target : str
        Its target, an absolute URI.
    status : int
        Status code of the answer.
    fields : Fields
        Header fields of the answer.

    Returns
    -------
    tuple of str
        The target, and what Location and Content-Location name of the same origin; nothing if the method is safe or
        the answer an error.

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
    """Resolve a reference in an answer, if it stays within the origin of the target.

    Parameters
    ----------
    target : str
        An absolute URI.
    reference : str or None
        Value of Location or Content-Location.

    Returns
    -------
    str or None
        The absolute URI to which it refers, its origin written as in the target; None if it is of another origin
        (who could throw out of a cache what is not his), malformed, or not there.

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

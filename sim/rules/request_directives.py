"""A request as a cache reads it: method, cache directives, conditions and range (RFC 9111 section 5.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf

from sim.messages import Fields
from sim.rules.directives import cache_control, seconds
from sim.rules.fields import first, lines, members


@dataclass(frozen=True, slots=True)
class RequestDirectives:
    """A request as a cache reads it.

    Attributes
    ----------
    plain : bool
        Whether it is a GET without any of what follows, as most are: a cache need not look at the other attributes.
    reads : bool
        Whether a stored response may satisfy it: GET or HEAD.
    head : bool
        Whether it is HEAD, so that the response has no content.
    storable : bool
        Whether its response may be stored: it has no ``no-store`` (section 5.2.1.5).
    credentials : bool
        Whether it has Authorization, which restricts shared caches (section 3.5).
    cached_only : bool
        Whether it must not be forwarded: ``only-if-cached`` (section 5.2.1.7).
    validated : bool
        Whether a stored response must be validated first: ``no-cache`` (section 5.2.1.4), or Pragma without
        Cache-Control (section 5.4).
    max_age_s, min_fresh_s : float
        Greatest age of the response, and least remaining freshness (sections 5.2.1.1 and 5.2.1.3), in seconds.
    max_stale_s : float
        For how many seconds the response may have been stale (section 5.2.1.2); infinite without an argument, negative
        if it must be fresh.
    if_error_s : float
        The same in case the next node fails (RFC 5861 section 4).
    conditional : bool
        Whether it has a condition that a cache evaluates: If-None-Match or If-Modified-Since (section 4.3.2).
    for_origin : bool
        Whether it has a condition that only the origin server evaluates: If-Match or If-Unmodified-Since.
    range : str
        Its Range, if it is a GET with one such field; else empty (RFC 9110 section 14.2: defined for GET only).
    """

    plain: bool = False
    reads: bool = True
    head: bool = False
    storable: bool = True
    credentials: bool = False
    cached_only: bool = False
    validated: bool = False
    max_age_s: float = inf
    min_fresh_s: float = 0.0
    max_stale_s: float = -1.0
    if_error_s: float = -1.0
    conditional: bool = False
    for_origin: bool = False
    range: str = ""


PLAIN = RequestDirectives(plain=True)


@lru_cache(maxsize=65536)
def asked(method: str, fields: Fields) -> RequestDirectives:
    """Return a request as a cache reads it.

    Parameters
    ----------
    method : str
        Its method.
    fields : Fields
        Its header fields.

    Returns
    -------
    RequestDirectives
        The object `PLAIN` itself if the request is plain; malformed arguments are ignored.

    Examples
    --------
    >>> asked("GET", (("accept", "*/*"),)) is PLAIN
    True
    >>> found = asked("HEAD", (("cache-control", "max-age=5, only-if-cached"),))
    >>> found.head, found.cached_only, found.max_age_s
    (True, True, 5.0)
    """
    directives = cache_control(fields)
    max_age_s, min_fresh_s = seconds(directives.get("max-age")), seconds(directives.get("min-fresh"))
    if_error_s = seconds(directives.get("stale-if-error"))
    ranges = lines(fields, "range")
    found = RequestDirectives(
        plain=True,
        reads=method in {"GET", "HEAD"},
        head=method == "HEAD",
        storable="no-store" not in directives,
        credentials=first(fields, "authorization") is not None,
        cached_only="only-if-cached" in directives,
        validated="no-cache" in directives or _pragma_no_cache(fields),
        max_age_s=inf if max_age_s is None else max_age_s,
        min_fresh_s=min_fresh_s or 0.0,
        max_stale_s=_max_stale_s(directives.get("max-stale")),
        if_error_s=-1.0 if if_error_s is None else if_error_s,
        conditional=_has(fields, "if-none-match", "if-modified-since"),
        for_origin=_has(fields, "if-match", "if-unmodified-since"),
        range=ranges[0] if method == "GET" and len(ranges) == 1 else "",
    )
    return PLAIN if found == PLAIN else replace(found, plain=False)


def _has(fields: Fields, *names: str) -> bool:
    return any(name in names for name, _ in fields)


def _max_stale_s(argument: str | None) -> float:
    """Return max-stale in seconds (RFC 9111 section 5.2.1.2): without argument unlimited, malformed none at all."""
    if argument is None:
        return -1.0
    limit_s = inf if not argument else seconds(argument)
    return -1.0 if limit_s is None else limit_s


def _pragma_no_cache(fields: Fields) -> bool:
    """Return whether Pragma has ``no-cache`` and there is no Cache-Control, which would win (RFC 9111 section 5.4)."""
    said = [member.lower() for member in members(fields, "pragma")]
    return "no-cache" in said and first(fields, "cache-control") is None

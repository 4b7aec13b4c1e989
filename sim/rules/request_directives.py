"""What a request asks of a cache (RFC 9111 section 5.2.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf

from sim.messages import Fields
from sim.rules.directives import cache_control, seconds
from sim.rules.fields import first, lines, members


@dataclass(frozen=True, slots=True)
class RequestDirectives:
    """What a request asks of a cache.

    Attributes
    ----------
    plain : bool
        Whether it is a GET that wants nothing but an answer: none of what follows needs to be looked at.
    reads : bool
        Whether a stored response may answer it: GET or HEAD.
    head : bool
        Whether it wants no content.
    storable : bool
        Whether it lets its answer be stored (no ``no-store``).
    credentials : bool
        Whether it carries Authorization.
    cached_only : bool
        Whether it wants nothing but what is stored (only-if-cached).
    validated : bool
        Whether it wants what is stored to be validated first (``no-cache``, or Pragma without Cache-Control).
    max_age_s, min_fresh_s : float
        How old the answer may be, and for how long it must stay fresh.
    max_stale_s : float
        For how long the answer may have been stale; infinite if any time is good; negative if it must not be.
    if_error_s : float
        The same, if the next node cannot give a better one (RFC 5861).
    conditional : bool
        Whether it has a condition that a cache evaluates: If-None-Match or If-Modified-Since (RFC 9111 section 4.3.2).
    for_origin : bool
        Whether it has a condition that only the origin evaluates: If-Match or If-Unmodified-Since.
    range : str
        Its Range, if it is a GET with one such field; else empty.
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
    """Read from a request what it asks of a cache.

    Parameters
    ----------
    method : str
        Its method.
    fields : Fields
        Its header fields.

    Returns
    -------
    RequestDirectives
        `PLAIN` for most.

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
    """Read max-stale (RFC 9111 section 5.2.1.2): without an argument any time will do; a malformed one allows none."""
    if argument is None:
        return -1.0
    limit_s = inf if not argument else seconds(argument)
    return -1.0 if limit_s is None else limit_s


def _pragma_no_cache(fields: Fields) -> bool:
    """Say whether Pragma stands for ``no-cache`` (RFC 9111 section 5.4): only where there is no Cache-Control."""
    said = [member.lower() for member in members(fields, "pragma")]
    return "no-cache" in said and first(fields, "cache-control") is None

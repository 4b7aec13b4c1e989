"""The fields in which a proxy reports what its cache did and which error occurred: Cache-Status and Proxy-Status.

Sections are those of RFC 9211 (Cache-Status), RFC 9209 (Proxy-Status) and RFC 8941 (structured fields).
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import floor, isfinite

from sim.messages import NO_FIELDS, CacheStatus, Fields, Response
from sim.outcomes import CACHE_STATUS_WORDS
from sim.rules.directives import MOST_S
from sim.rules.terms import SHARED, CacheKind, terms

_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*", re.ASCII)
_UNPRINTABLE = re.compile(r"[^ -~]")
_SPECIAL = re.compile(r'(["\\])')

_ANSWERED_FROM_STORE = frozenset({CacheStatus.HIT, CacheStatus.STALE_HIT})


def status_fields(
    response: Response,
    name: str,
    *,
    kind: CacheKind = SHARED,
    stored: bool | None = None,
    key: str = "",
    received_status: int | None = None,
) -> Fields:
    """Return the fields that a proxy appends to its response to report its cache and its errors.

    Parameters
    ----------
    response : Response
        The proxy's response, with its cache status and its error.
    name : str
        The proxy's name, by which it identifies itself.
    kind : CacheKind
        The kind of its cache, on which the remaining freshness (``ttl``) depends.
    stored : bool or None
        Whether it has stored the response; None to omit the parameter.
    key : str
        The cache key; empty to omit the parameter.
    received_status : int or None
        The status code of the next node's response, if it differs from that of `response`.

    Returns
    -------
    Fields
        ``cache-status`` if the proxy has a cache, ``proxy-status`` if there was an error.  They go after the lines of
        the proxies nearer to the origin server (RFC 9211 section 2, RFC 9209 section 2).

    Examples
    --------
    >>> page = Response(200, (("cache-control", "max-age=60"),), 100, CacheStatus.HIT, 20.5)
    >>> status_fields(page, "edge")
    (('cache-status', 'edge; hit; ttl=39'),)
    >>> status_fields(Response(504, (), 0, CacheStatus.STALE, error="http_response_timeout"), "edge")
    (('cache-status', 'edge; fwd=stale'), ('proxy-status', 'edge; error=http_response_timeout'))
    """
    told = NO_FIELDS
    if response.cache_status is not CacheStatus.NONE:
        parameters = _cache_parameters(response, kind, stored=stored, received_status=received_status)
        if key:
            parameters += f"; key={_string(key)}"
        told = (("cache-status", written(name) + parameters),)
    if response.error:
        received = "" if received_status is None else f"; received-status={received_status}"
        told = (*told, ("proxy-status", f"{written(name)}; error={response.error}{received}"))
    return told


def _cache_parameters(response: Response, kind: CacheKind, *, stored: bool | None, received_status: int | None) -> str:
    """Return ``hit``, ``fwd``, ``fwd-status``, ``stored`` and ``collapsed`` (RFC 9211 sections 2.1 to 2.6)."""
    outcome = response.cache_status
    if outcome in _ANSWERED_FROM_STORE:
        return f"; hit{_ttl(response, kind)}"
    if outcome is CacheStatus.COLLAPSED:
        return f"; fwd=uri-miss; collapsed{_ttl(response, kind)}"
    if outcome is CacheStatus.REVALIDATED:
        return f"; fwd=stale; fwd-status=304{_ttl(response, kind)}"
    said = f"; fwd={CACHE_STATUS_WORDS[outcome]}"
    if received_status is not None:
        said += f"; fwd-status={received_status}"
    return f"{said}; stored" if stored else said


def _ttl(response: Response, kind: CacheKind) -> str:
    """Return ``ttl``: the remaining freshness in seconds, negative if the response is stale (RFC 9211 section 2.4)."""
    said = terms(kind, response.status, response.fields)
    lifetime_s = said.lifetime_s
    # A 416 is constructed from a stored response, whose freshness it does not have.
    if said.expires_s is not None or not isfinite(response.age_s) or response.status == 416:
        return ""
    return f"; ttl={floor(min(max(lifetime_s - response.age_s, -MOST_S), MOST_S))}"


@lru_cache(maxsize=64)
def written(name: str) -> str:
    """Return a name as a member of a structured list: a Token if it is one, else a String (RFC 8941 section 3.1).

    >>> written("edge-1"), written("my edge"), written("Zürich")
    ('edge-1', '"my edge"', '"Z?rich"')
    """
    return name if _TOKEN.fullmatch(name) else _string(name)


def _string(text: str) -> str:
    r"""Return a String (RFC 8941 section 4.1.6); characters that it cannot hold become question marks."""
    return '"' + _SPECIAL.sub(r"\\\1", _UNPRINTABLE.sub("?", text)) + '"'

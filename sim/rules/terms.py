"""What a response states about its storage and reuse, apart from any request (RFC 9111 sections 3, 4.2 and 5.2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sim.messages import Fields
from sim.rules import freshness
from sim.rules.directives import Directives, cache_control, named_fields, seconds
from sim.rules.fields import first, members, without
from sim.rules.ranges import content_range
from sim.rules.targeted import targeted

NOT_STORED = frozenset(
    {
        # They concern one connection (RFC 9110 section 7.6.1) or the next proxy alone (RFC 9111 section 3.1).
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "proxy-authenticate", "proxy-authentication-info", "proxy-authorization",
        # Age is computed whenever a response is sent, and Warning is obsolete (RFC 9111 sections 5.1 and 5.5).
        "age", "warning",
    }
)  # fmt: skip
"""Fields that are not stored."""

UNDERSTOOD = frozenset(
    {
        *(200, 203, 204, 206),
        *(300, 301, 302, 303, 307, 308),
        *(400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426),
        *(500, 501, 502, 503, 504, 505),
    }
)
"""Final status codes whose caching requirements are implemented (RFC 9111 section 5.2.2.3: must-understand)."""

STAR = ("*",)
"""``Vary: *``: no later request matches (RFC 9111 section 4.1)."""


class CacheKind(NamedTuple):
    """The kind of a cache, on which the meaning of some directives depends.

    Attributes
    ----------
    shared : bool
        Whether it serves more than one user (RFC 9111 section 1.1).
    heuristic_ratio : float
        Heuristic freshness lifetime, as a share of the time since the last modification (section 4.2.2).
    targeted : bool
        Whether it obeys CDN-Cache-Control (RFC 9213).
    cautious : bool
        Whether a response whose Age is malformed or repeated counts as stale (section 5.1 allows both).
    """

    shared: bool = True
    heuristic_ratio: float = freshness.HEURISTIC_RATIO
    targeted: bool = False
    cautious: bool = False


SHARED = CacheKind()


@dataclass(frozen=True, slots=True)
class StorageTerms:
    """What a response states about its storage and reuse.

    Attributes
    ----------
    storable : bool
        Whether a cache may store it (RFC 9111 section 3), and can ever reuse it.
    for_all : bool
        Whether a shared cache may store it although the request had credentials (section 3.5).
    explicit : bool
        Whether its freshness lifetime is explicit (section 4.2.1).
    lifetime_s : float
        Freshness lifetime in seconds, counted from the response's generation, so that its age when received is part.
    expires_s : float or None
        Time of expiry in seconds since 1970, if it has Expires but no Date from which a lifetime could be counted.
    age_value_s : float
        Value of its Age, in seconds.
    date_s : float or None
        Value of its Date, in seconds since 1970.
    always_validated : bool
        Whether it must be validated before each reuse: ``no-cache`` (section 5.2.2.4).
    never_stale : bool
        Whether it must not be reused when it is stale: ``must-revalidate`` and the like (section 4.2.4).
    immutable : bool
        Whether it does not change while it is fresh (RFC 8246).
    while_revalidate_s, if_error_s : float
        For how many seconds it may be reused stale while it is validated, and if the next node fails (RFC 5861).
    vary : tuple of str
        Lower-case names of the request fields that selected it; `STAR` if anything may have.
    plain : bool
        Whether it satisfies any plain GET while it is fresh: it is complete, has no Vary, and need not be validated
        each time.
    simple : bool
        Whether all its header fields are stored, and neither Date, Expires nor Age is among them.
    fields : Fields
        The header fields that are stored.
    """

    storable: bool
    for_all: bool
    explicit: bool
    lifetime_s: float
    expires_s: float | None
    age_value_s: float
    date_s: float | None
    always_validated: bool
    never_stale: bool
    immutable: bool
    while_revalidate_s: float
    if_error_s: float
    vary: tuple[str, ...]
    plain: bool
    simple: bool
    fields: Fields


def terms(kind: CacheKind, status: int, fields: Fields, now_s: float = 0.0) -> StorageTerms:
    """Return what a response states about its storage and reuse.

    Parameters
    ----------
    kind : CacheKind
        The kind of the cache that received it.
    status : int
        Its status code.
    fields : Fields
        Its header fields.
    now_s : float
        The present time in seconds since 1970, to about a year; see `sim.rules.dates.parse`.

    Returns
    -------
    StorageTerms
        It depends neither on the request nor on the exact time of receipt, so that it can be remembered for all
        responses with these fields.

    Examples
    --------
    >>> said = terms(SHARED, 200, (("cache-control", "max-age=60, must-revalidate"), ("age", "5")))
    >>> said.storable, said.lifetime_s, said.age_value_s, said.never_stale, said.fields
    (True, 60.0, 5.0, True, (('cache-control', 'max-age=60, must-revalidate'),))
    """
    chosen = targeted(fields) if kind.targeted else None
    directives = cache_control(fields) if chosen is None else chosen
    explicit, lifetime_s, expires_s = _lifetime(status, fields, directives, kind, now_s, targeted=chosen is not None)
    usable_stale_s = {name: _allowance_s(directives, name) for name in ("stale-while-revalidate", "stale-if-error")}
    useful = lifetime_s > 0 or expires_s is not None or has_validator(fields) or any(usable_stale_s.values())
    # Section 3.3: a part is stored only if its range is known.
    allowed = _may_store(status, directives, shared=kind.shared) and (
        status != 206 or content_range(fields) is not None
    )
    age_value_s = freshness.age_value_s(fields, cautious=kind.cautious)
    always_validated, selected_by = directives.get("no-cache") == "", vary(fields)
    date_s, kept = freshness.date_s(fields, "date", now_s), stored_fields(fields, directives, shared=kind.shared)
    return StorageTerms(
        storable=allowed and useful,
        for_all=not kind.shared or not directives.keys().isdisjoint(("public", "must-revalidate", "s-maxage")),
        explicit=explicit,
        lifetime_s=lifetime_s,
        expires_s=expires_s,
        age_value_s=age_value_s,
        date_s=date_s,
        always_validated=always_validated,
        never_stale=_never_stale(directives, shared=kind.shared),
        immutable="immutable" in directives,
        while_revalidate_s=usable_stale_s["stale-while-revalidate"],
        if_error_s=usable_stale_s["stale-if-error"],
        vary=selected_by,
        plain=status != 206 and not always_validated and not selected_by,
        simple=status != 206 and kept == fields and date_s is None and expires_s is None and not age_value_s,
        fields=kept,
    )


def _may_store(status: int, directives: Directives, *, shared: bool) -> bool:
    """Return whether section 3 permits to store a response, as far as the response decides it.

    The last condition of section 3 (explicit freshness, ``public``, or a heuristically cacheable status) is not tested
    here: a response that fails it is neither fresh at any time nor has a validator, so that it is not worth storing.
    """
    if status < 200 or status == 304:
        return False
    understood = "must-understand" in directives and status in UNDERSTOOD
    if "must-understand" in directives and not understood:
        return False
    # Section 5.2.2.3: with must-understand, a cache that implements the status code's rules ignores no-store.
    if "no-store" in directives and not understood:
        return False
    return not shared or directives.get("private") != ""


def _lifetime(
    status: int, fields: Fields, directives: Directives, kind: CacheKind, now_s: float, *, targeted: bool
) -> tuple[bool, float, float | None]:
    """Return whether the lifetime is explicit, the lifetime, and the time of expiry if Expires comes without Date."""
    has_date = freshness.date_s(fields, "date", now_s) is not None
    explicit_s = freshness.explicit_lifetime_s(
        fields, directives, shared=kind.shared, received_s=now_s, expires=not targeted
    )
    by_age = "max-age" in directives or (kind.shared and "s-maxage" in directives)
    if explicit_s is not None:
        return (True, explicit_s, None) if has_date or by_age or not explicit_s else (True, 0.0, now_s + explicit_s)
    # Section 4.2.2: a heuristic only if the status code is heuristically cacheable, or the response is marked public.
    if status in freshness.HEURISTICALLY_CACHEABLE or "public" in directives:
        return False, freshness.heuristic_lifetime_s(fields, ratio=kind.heuristic_ratio, received_s=now_s), None
    return False, 0.0, None


def _never_stale(directives: Directives, *, shared: bool) -> bool:
    """Return whether stale reuse is prohibited (RFC 9111 section 4.2.4); ``no-cache`` that names fields does it too."""
    forbidding = {"must-revalidate", "no-cache"} | ({"proxy-revalidate", "s-maxage"} if shared else set())
    return not directives.keys().isdisjoint(forbidding)


def _allowance_s(directives: Directives, name: str) -> float:
    return seconds(directives.get(name)) or 0.0


def has_validator(fields: Fields) -> bool:
    """Return whether a response has a validator (RFC 9110 section 8.8).

    >>> has_validator((("etag", '"1"'),)), has_validator(())
    (True, False)
    """
    return first(fields, "etag") is not None or first(fields, "last-modified") is not None


def vary(fields: Fields) -> tuple[str, ...]:
    """Return the names in Vary: the request fields that selected a response (RFC 9110 section 12.5.5).

    >>> vary((("vary", "Accept, accept-language"),)), vary((("vary", "accept, *"),))
    (('accept', 'accept-language'), ('*',))
    """
    names = tuple(dict.fromkeys(name.lower() for name in members(fields, "vary")))
    return STAR if "*" in names else names


def stored_fields(fields: Fields, directives: Directives, *, shared: bool) -> Fields:
    """Return the fields of a response that are stored (RFC 9111 section 3.1).

    Parameters
    ----------
    fields : Fields
        Header fields of a response.
    directives : mapping of str to str
        Its directives: ``no-cache`` and ``private`` may name fields (sections 5.2.2.4 and 5.2.2.7).
    shared : bool
        Whether the cache is shared, so that it must not store fields named by ``private``.

    Returns
    -------
    Fields
        In order.

    Examples
    --------
    >>> said = (("connection", "x-hop"), ("x-hop", "1"), ("set-cookie", "a=b"), ("etag", '"1"'))
    >>> stored_fields(said, {"private": "set-cookie"}, shared=True)
    (('etag', '"1"'),)
    """
    unwanted = NOT_STORED | {name.lower() for name in members(fields, "connection")}
    unwanted |= named_fields(directives.get("no-cache", ""))
    if shared:
        unwanted |= named_fields(directives.get("private", ""))
    return without(fields, unwanted)

"""On which terms a response is stored and reused, by its own word alone (RFC 9111 sections 3, 4.2 and 5.2.2)."""

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
        # Of the connection alone (RFC 9110 section 7.6.1), or of the next proxy (RFC 9111 section 3.1).
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
        "proxy-authenticate", "proxy-authentication-info", "proxy-authorization",
        # A cache says Age anew each time, and Warning is no more (RFC 9111 sections 5.1 and 5.5).
        "age", "warning",
    }
)  # fmt: skip
"""Fields that are left out of what is stored."""

UNDERSTOOD = frozenset(
    {
        *(200, 203, 204, 206),
        *(300, 301, 302, 303, 307, 308),
        *(400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 426),
        *(500, 501, 502, 503, 504, 505),
    }
)
"""Final status codes whose caching rules this cache knows (RFC 9110 section 15); but 206 may ask more of it."""

STAR = ("*",)


class CacheKind(NamedTuple):
    """What kind of cache it is that reads a response.

    Attributes
    ----------
    shared : bool
        Whether it serves more than one user (RFC 9111 section 1.1).
    heuristic_ratio : float
        Share of the time since the last change for which a response counts as fresh that says nothing of it.
    targeted : bool
        Whether it obeys CDN-Cache-Control (RFC 9213).
    cautious : bool
        Whether a response with an Age that is malformed, or there twice, counts as stale.
    """

    shared: bool = True
    heuristic_ratio: float = freshness.HEURISTIC_RATIO
    targeted: bool = False
    cautious: bool = False


SHARED = CacheKind()


@dataclass(frozen=True, slots=True)
class StorageTerms:
    """On which terms a response is stored and reused.

    Attributes
    ----------
    storable : bool
        Whether a cache may store it at all, and has some use for it.
    for_all : bool
        Whether it may be stored although the request had credentials (RFC 9111 section 3.5).
    explicit : bool
        Whether it says itself how long it is fresh.
    lifetime_s : float
        How long it is fresh, its age when received included.
    expires_s : float or None
        Until when it is fresh, in seconds since 1970, where it gives no date to count a lifetime from.
    age_value_s : float
        What its Age says.
    date_s : float or None
        What its Date says, in seconds since 1970.
    always_validated : bool
        Whether it must be validated each time that it is used (no-cache).
    never_stale : bool
        Whether it must not be used once it is stale (must-revalidate and its kin).
    immutable : bool
        Whether it does not change while it is fresh (RFC 8246).
    while_revalidate_s, if_error_s : float
        For how long it may be used stale while it is validated, and if that fails (RFC 5861).
    vary : tuple of str
        Lower-case names of the request fields by which it was selected; `STAR` if by something else.
    plain : bool
        Whether a plain GET may have it as long as it is fresh: it is whole, was selected by its target alone, and
        need not be validated each time.
    simple : bool
        Whether its header fields are stored as they are, and tell neither a date nor an age.
    fields : Fields
        Its header fields without those that are not stored.
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
    """Read from a response on which terms it is stored.

    Parameters
    ----------
    kind : CacheKind
        What kind of cache reads it.
    status : int
        Its status code.
    fields : Fields
        Its header fields.
    now_s : float
        About what time it is, in seconds since 1970; see `sim.rules.dates.parse`.

    Returns
    -------
    StorageTerms
        All that does not depend on the request, or on when exactly it was received.

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
    # Section 3.3: of a 206 one must know which part it holds.
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
    """Obey section 3 as far as the response is concerned.

    That it says how long it is fresh, or has a status code that may be kept on a guess, is left out: without that, and
    without a validator, there is no use for it anyhow.
    """
    if status < 200 or status == 304:
        return False
    understood = "must-understand" in directives and status in UNDERSTOOD
    if "must-understand" in directives and not understood:
        return False
    # Section 5.2.2.3: who understands the status code may pass over no-store.
    if "no-store" in directives and not understood:
        return False
    return not shared or directives.get("private") != ""


def _lifetime(
    status: int, fields: Fields, directives: Directives, kind: CacheKind, now_s: float, *, targeted: bool
) -> tuple[bool, float, float | None]:
    """Say whether it tells its lifetime, and give that, or the time of expiry if no date tells since when it is."""
    has_date = freshness.date_s(fields, "date", now_s) is not None
    explicit_s = freshness.explicit_lifetime_s(
        fields, directives, shared=kind.shared, received_s=now_s, expires=not targeted
    )
    by_age = "max-age" in directives or (kind.shared and "s-maxage" in directives)
    if explicit_s is not None:
        return (True, explicit_s, None) if has_date or by_age or not explicit_s else (True, 0.0, now_s + explicit_s)
    # Section 4.2.2: a guess only where the status code allows it, or the response by saying that it is public.
    if status in freshness.HEURISTICALLY_CACHEABLE or "public" in directives:
        return False, freshness.heuristic_lifetime_s(fields, ratio=kind.heuristic_ratio, received_s=now_s), None
    return False, 0.0, None


def _never_stale(directives: Directives, *, shared: bool) -> bool:
    """Say whether stale use is forbidden (RFC 9111 section 4.2.4; no-cache even if it names fields only)."""
    forbidding = {"must-revalidate", "no-cache"} | ({"proxy-revalidate", "s-maxage"} if shared else set())
    return not directives.keys().isdisjoint(forbidding)


def _allowance_s(directives: Directives, name: str) -> float:
    return seconds(directives.get(name)) or 0.0


def has_validator(fields: Fields) -> bool:
    """Say whether a response can be asked about again (RFC 9110 section 8.8).

    >>> has_validator((("etag", '"1"'),)), has_validator(())
    (True, False)
    """
    return first(fields, "etag") is not None or first(fields, "last-modified") is not None


def vary(fields: Fields) -> tuple[str, ...]:
    """Give the names of the request fields that selected a response (RFC 9110 section 12.5.5).

    >>> vary((("vary", "Accept, accept-language"),)), vary((("vary", "accept, *"),))
    (('accept', 'accept-language'), ('*',))
    """
    names = tuple(dict.fromkeys(name.lower() for name in members(fields, "vary")))
    return STAR if "*" in names else names


def stored_fields(fields: Fields, directives: Directives, *, shared: bool) -> Fields:
    """Leave out the fields that are not stored (RFC 9111 section 3.1).

    Parameters
    ----------
    fields : Fields
        Header fields of a response.
    directives : mapping of str to str
        Its directives: ``no-cache`` and ``private`` may name fields (sections 5.2.2.4 and 5.2.2.7).
    shared : bool
        Whether the cache is shared, so that private fields are not for it.

    Returns
    -------
    Fields
        The others, in order.

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

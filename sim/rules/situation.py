"""What a cache does in which situation: the decision of RFC 9111 section 4 as a function of a few facts.

`sim.rules.reuse.decide` derives the facts from messages and times; this module only decides.  There are finitely many
situations, so that an engine may tabulate all outcomes before a run.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from sim.messages import CacheStatus


class Situation(NamedTuple):
    """The facts that decide whether a stored response answers a request.

    Attributes
    ----------
    reads : bool
        Whether a stored response may answer the method at all (GET, HEAD).
    stored : bool
        Whether any response is stored for the target.
    selected : bool
        Whether Vary selects one of them for this request (section 4.1).
    complete : bool
        Whether that one has all the requested content, not only another part of it (section 3.3).
    insists : bool
        Whether the request demands the origin's response: no-cache (section 5.2.1.4), or a condition that only the
        origin evaluates (section 4.3.2).
    always_validated : bool
        Whether the response may not be used without validation: no-cache (section 5.2.2.4).
    fresh : bool
        Whether its age is less than its lifetime (section 4.2).
    too_old : bool
        Whether its age exceeds the request's max-age (section 5.2.1.1).
    immutable : bool
        Whether it does not change while it is fresh (RFC 8246 section 2).
    ends_too_soon : bool
        Whether it does not stay fresh for the request's min-fresh (section 5.2.1.3).
    never_stale : bool
        Whether it must not be used stale, as with must-revalidate (section 4.2.4).
    stale_wanted : bool
        Whether the request's max-stale covers the time for which it has been stale (section 5.2.1.2).
    stale_while_revalidated : bool
        Whether the response's stale-while-revalidate covers it (RFC 5861 section 3).
    """

    reads: bool = True
    stored: bool = True
    selected: bool = True
    complete: bool = True
    insists: bool = False
    always_validated: bool = False
    fresh: bool = False
    too_old: bool = False
    immutable: bool = False
    ends_too_soon: bool = False
    never_stale: bool = False
    stale_wanted: bool = False
    stale_while_revalidated: bool = False


_METHOD = (CacheStatus.METHOD, False)
_URI_MISS = (CacheStatus.URI_MISS, False)
_VARY_MISS = (CacheStatus.VARY_MISS, False)
_PARTIAL = (CacheStatus.PARTIAL, False)
_REQUEST = (CacheStatus.REQUEST, False)
_HIT = (CacheStatus.HIT, False)
_STALE = (CacheStatus.STALE, False)
_STALE_HIT = (CacheStatus.STALE_HIT, False)
_STALE_HIT_REFRESHED = (CacheStatus.STALE_HIT, True)


@cache  # few of the situations occur in a run, and those often
def outcome(situation: Situation) -> tuple[CacheStatus, bool]:
    """Return what a cache does, and whether it validates the stored response in the background.

    Parameters
    ----------
    situation : Situation
        The facts.

    Returns
    -------
    status : CacheStatus
        With `HIT` and `STALE_HIT` the stored response is sent; with any other the request is forwarded.
    refresh : bool
        Whether the stored response is to be validated in the background (RFC 5861 section 3).

    Examples
    --------
    >>> outcome(Situation(stored=False))[0].name
    'URI_MISS'
    >>> outcome(Situation(fresh=True))[0].name
    'HIT'
    >>> status, refresh = outcome(Situation(stale_while_revalidated=True))
    >>> status.name, refresh
    ('STALE_HIT', True)
    """
    if not (situation.reads and situation.stored and situation.selected and situation.complete):
        return _without_response(situation)
    if situation.insists:
        return _REQUEST
    if situation.always_validated:
        return _STALE
    return _fresh(situation) if situation.fresh else _stale(situation)


def _without_response(situation: Situation) -> tuple[CacheStatus, bool]:
    """Return the outcome where no stored response may answer."""
    if not situation.reads:
        return _METHOD
    if not situation.stored:
        return _URI_MISS
    return _PARTIAL if situation.selected else _VARY_MISS


def _fresh(situation: Situation) -> tuple[CacheStatus, bool]:
    """Return the outcome for a fresh response (section 4.2)."""
    # A response that does not change while it is fresh need not be younger (RFC 8246 section 2.1).
    too_old = situation.too_old and not situation.immutable
    return _REQUEST if too_old or situation.ends_too_soon else _HIT


def _stale(situation: Situation) -> tuple[CacheStatus, bool]:
    """Return the outcome for a stale response (section 4.2.4)."""
    if situation.never_stale or situation.too_old or situation.ends_too_soon:
        return _STALE
    if situation.stale_wanted:
        return _STALE_HIT
    return _STALE_HIT_REFRESHED if situation.stale_while_revalidated else _STALE

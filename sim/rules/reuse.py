"""Whether a stored response answers a request (RFC 9111 section 4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from sim.messages import CacheStatus, Fields
from sim.rules.conditions import same_part
from sim.rules.ranges import Part, requested, within
from sim.rules.request_directives import RequestDirectives
from sim.rules.scalar import current_age_s, is_fresh
from sim.rules.situation import Situation, outcome
from sim.rules.storing import StoredResponse
from sim.rules.variants import select


class Reuse(NamedTuple):
    """The decision whether a stored response answers a request.

    Attributes
    ----------
    outcome : CacheStatus
        What the cache does: `HIT` and `STALE_HIT` answer from what is stored, anything else is forwarded.
    stored : StoredResponse or None
        The stored response that the request selects, if there is one.
    age_s : float
        Its age, in seconds.
    refresh : bool
        Whether it is to be validated in the background (stale-while-revalidate, RFC 5861 section 3).
    """

    outcome: CacheStatus
    stored: StoredResponse | None = None
    age_s: float = 0.0
    refresh: bool = False


make_reuse: Callable[[tuple[CacheStatus, StoredResponse | None, float, bool]], Reuse] = partial(tuple.__new__, Reuse)
"""The same from one plain tuple, and faster: see the end of `sim.messages`."""

_make_situation: Callable[[tuple[bool, ...]], Situation] = partial(tuple.__new__, Situation)

_HIT, _PARTIAL = CacheStatus.HIT, CacheStatus.PARTIAL
MISS = Reuse(outcome(Situation(stored=False))[0])
"""Nothing is stored for the target."""

_VARY_MISS = Reuse(outcome(Situation(selected=False))[0])
_METHOD = Reuse(outcome(Situation(reads=False))[0])
_TOO_LITTLE, _INSISTS = Situation(complete=False), Situation(insists=True)
_ALWAYS_VALIDATED = Situation(always_validated=True)


def decide(asked: RequestDirectives, fields: Fields, variants: Sequence[StoredResponse] | None, now_s: float) -> Reuse:
    """Decide whether one of the stored responses may answer a request.

    Parameters
    ----------
    asked : RequestDirectives
        The request as the cache reads it.
    fields : Fields
        Its header fields, with which Vary is compared (section 4.1).
    variants : sequence of StoredResponse or None
        All stored responses for its target, the latest first.
    now_s : float
        Time now, in seconds since 1970.

    Returns
    -------
    Reuse
        The outcome and the selected response.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.request_directives import PLAIN
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("cache-control", "max-age=60"),), 100)
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> [decide(PLAIN, (), [kept], now_s).outcome.name for now_s in (59.0, 60.0)]
    ['HIT', 'STALE']
    >>> decide(PLAIN, (), None, 0.0).outcome.name
    'URI_MISS'
    """
    if not variants:
        return MISS if asked.reads else _METHOD
    # The most frequent case is written out, in a third of the time: one stored response, plain like the request, and
    # fresh.  A test compares it with the full decision.
    _, received_s, age_s, lifetime_s, plain, _, _, _ = stored = variants[0]
    if plain and asked.plain and len(variants) == 1:
        age_s += now_s - received_s
        if age_s < lifetime_s:
            return make_reuse((_HIT, stored, age_s, False))
    if not asked.reads:
        return _METHOD
    chosen = select(variants, fields)
    if chosen is None:
        return _VARY_MISS
    age_s = current_age_s(chosen.age_s, chosen.received_s, now_s)
    complete = chosen.part is None or _is_enough(asked, fields, chosen, chosen.part)
    status, refresh = outcome(_situation(asked, chosen, age_s) if complete else _TOO_LITTLE)
    return make_reuse((status, chosen, age_s, refresh))


def _situation(asked: RequestDirectives, stored: StoredResponse, age_s: float) -> Situation:
    """Return the situation of a request and the response that it selects, which has all the requested content.

    Facts without effect on the outcome are left False, so that `outcome` is asked for fewer different situations.
    """
    said, lifetime_s = stored.terms, stored.lifetime_s
    if asked.for_origin or asked.validated:
        return _INSISTS
    if said.always_validated:
        return _ALWAYS_VALIDATED
    too_old, min_fresh_s = age_s > asked.max_age_s, asked.min_fresh_s
    if is_fresh(age_s, lifetime_s):
        facts = (True, too_old, said.immutable, lifetime_s - age_s < min_fresh_s, False, False, False)
    else:
        stale_for_s = age_s - lifetime_s
        wanted, revalidated = stale_for_s <= asked.max_stale_s, stale_for_s < said.while_revalidate_s
        facts = (False, too_old, False, min_fresh_s > 0, said.never_stale, wanted, revalidated)
    return _make_situation((True, True, True, True, False, False, *facts))


def _is_enough(asked: RequestDirectives, fields: Fields, stored: StoredResponse, held: Part) -> bool:
    """Return whether a stored part has all the content that a request asks for (RFC 9111 section 3.3)."""
    wanted = requested(asked.range, held.length)
    return wanted is not None and within(wanted, held) and same_part(fields, stored)


def may_cover_error(asked: RequestDirectives, reuse: Reuse, now_s: float) -> bool:
    """Return whether a stale response may be sent in place of an error (RFC 5861 section 4).

    Parameters
    ----------
    asked : RequestDirectives
        The request as the cache read it.
    reuse : Reuse
        The decision before the request was forwarded.
    now_s : float
        Time now, in seconds since 1970.

    Returns
    -------
    bool
        Whether one is stored, stale-if-error of the response or the request covers its staleness, and nothing forbids
        the use of stale responses (RFC 9111 section 4.2.4).

    Examples
    --------
    >>> from sim.rules.request_directives import PLAIN
    >>> may_cover_error(PLAIN, MISS, 0.0)
    False
    """
    stored = reuse.stored
    if stored is None or reuse.outcome is _PARTIAL or stored.terms.never_stale or asked.validated or asked.for_origin:
        return False
    stale_for_s = current_age_s(stored.age_s, stored.received_s, now_s) - stored.lifetime_s
    return 0 <= stale_for_s <= max(stored.terms.if_error_s or -1.0, asked.if_error_s)

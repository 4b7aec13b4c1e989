"""Responses that were selected by request fields: Vary, and the choice among them (RFC 9111 section 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sim.messages import Fields
from sim.rules.combining import combined
from sim.rules.fields import members
from sim.rules.storing import StoredResponse
from sim.rules.terms import STAR

_IN_ANY_ORDER = frozenset({"accept", "accept-charset", "accept-encoding", "accept-language"})
"""Lists of words without case, whose order says nothing, for each member has its weight (RFC 9110 section 12.5)."""

Selecting = tuple[tuple[str, ...] | None, ...]
"""For each name in Vary the members of that field in a request; None where the request has no such field."""


@lru_cache(maxsize=65536)
def selecting(vary: tuple[str, ...], fields: Fields) -> Selecting:
    """Give the values by which a request selects a response, in a form that equal ones share.

    Parameters
    ----------
    vary : tuple of str
        Lower-case names of the fields that select.
    fields : Fields
        Header fields of the request.

    Returns
    -------
    tuple of (tuple of str or None)
        Members of each field: lines are combined, white space around commas goes; and where a field's definition
        gives no meaning to order and case, these go too.

    Examples
    --------
    >>> selecting(("accept-language", "x-user"), (("accept-language", "en,  DE"),))
    (('de', 'en'), None)
    """
    return tuple(_normal(name, fields) for name in vary)


def _normal(name: str, fields: Fields) -> tuple[str, ...] | None:
    if all(held != name for held, _ in fields):
        return None
    said = members(fields, name)
    if name in _IN_ANY_ORDER:
        return tuple(sorted(member.lower().replace(" ", "") for member in said))
    return tuple(said)


def matches(stored: StoredResponse, fields: Fields) -> bool:
    """Say whether a request selects a stored response.

    Parameters
    ----------
    stored : StoredResponse
        The stored response.
    fields : Fields
        Header fields of the request.

    Returns
    -------
    bool
        Whether all fields named in its Vary are as in the request that it answered; never for ``Vary: *``.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> german = (("accept-language", "de"),)
    >>> page = Response(200, (("cache-control", "max-age=60"), ("vary", "accept-language")), 100)
    >>> kept = to_store(terms(SHARED, 200, page.fields), german, page, asked_s=0.0, received_s=0.0)
    >>> matches(kept, german), matches(kept, ())
    (True, False)
    """
    vary = stored.terms.vary
    return not vary or (vary != STAR and selecting(vary, stored.request_fields) == selecting(vary, fields))


def select(variants: Iterable[StoredResponse], fields: Fields) -> StoredResponse | None:
    """Choose the stored response for a request: of those that it selects the most recent one.

    Parameters
    ----------
    variants : iterable of StoredResponse
        All that is stored for its target.
    fields : Fields
        Header fields of the request.

    Returns
    -------
    StoredResponse or None
        The one with the latest Date (RFC 9111 section 4), or received last if that is the same; None if none fits.

    Examples
    --------
    >>> select([], ()) is None
    True
    """
    fitting = [stored for stored in variants if matches(stored, fields)]
    return max(fitting, key=recency) if fitting else None


def recency(stored: StoredResponse) -> tuple[float, float]:
    """Give by what the most recent response is found: its date, and when it was received, in seconds."""
    date_s = stored.terms.date_s
    return (stored.received_s if date_s is None else date_s, stored.received_s)


def beside(variants: Iterable[StoredResponse], newer: StoredResponse, most: int) -> tuple[StoredResponse, ...]:
    """Put a response beside those stored for the same target, in the place of what it makes useless.

    Parameters
    ----------
    variants : iterable of StoredResponse
        What is stored for the target, the latest stored first.
    newer : StoredResponse
        What comes to be stored.
    most : int
        How many are kept.

    Returns
    -------
    tuple of StoredResponse
        The newer one, with the parts of the same content that were stored before, and those that other requests
        select; the latest stored first.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("cache-control", "max-age=60"),), 100)
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> len(beside([kept], kept, most=8))
    1
    """
    others = []
    for stored in variants:
        if not _replaces(newer, stored):
            others.append(stored)
        elif newer.part is not None:
            newer = combined(stored, newer)
    return (newer, *others)[:most]


def _replaces(newer: StoredResponse, older: StoredResponse) -> bool:
    """Say whether every request that selects the older one also selects the newer one."""
    vary = newer.terms.vary
    if not set(vary) <= set(older.terms.vary):
        return False
    return selecting(vary, newer.request_fields) == selecting(vary, older.request_fields)

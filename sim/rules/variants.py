"""Cache keys with Vary: which stored response a request selects (RFC 9111 section 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from sim.messages import Fields
from sim.rules.combining import combined
from sim.rules.fields import members
from sim.rules.storing import StoredResponse
from sim.rules.terms import STAR

_IN_ANY_ORDER = frozenset({"accept", "accept-charset", "accept-encoding", "accept-language"})
"""Lists that are case-insensitive and whose order has no meaning, as each member has a weight (RFC 9110 12.5)."""

Selecting = tuple[tuple[str, ...] | None, ...]
"""For each name in Vary, the members of that field in a request; None if the request has no such field."""


@lru_cache(maxsize=65536)
def selecting(vary: tuple[str, ...], fields: Fields) -> Selecting:
    """Return the normalized values of the request fields that Vary names (RFC 9111 section 4.1).

    Parameters
    ----------
    vary : tuple of str
        Lower-case names of request fields.
    fields : Fields
        Header fields of the request.

    Returns
    -------
    tuple of (tuple of str or None)
        Members of each field.  Lines are combined and white space around commas is removed; where the definition of a
        field gives no meaning to order and case, members are sorted and in lower case.

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
    """Return whether a request selects a stored response.

    Parameters
    ----------
    stored : StoredResponse
        A stored response for the request's target.
    fields : Fields
        Header fields of the request.

    Returns
    -------
    bool
        Whether all request fields that its Vary names match those of the request that it answered; never for
        ``Vary: *`` (RFC 9111 section 4.1).

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
    """Return the stored response that a request selects: the most recent of those that match.

    Parameters
    ----------
    variants : iterable of StoredResponse
        All stored responses for its target.
    fields : Fields
        Header fields of the request.

    Returns
    -------
    StoredResponse or None
        The one with the latest Date (RFC 9111 section 4), of several the one received last; None if none matches.

    Examples
    --------
    >>> select([], ()) is None
    True
    """
    fitting = [stored for stored in variants if matches(stored, fields)]
    if len(fitting) == 1:  # nearly always: their recency need not be compared
        return fitting[0]
    return max(fitting, key=recency, default=None)


def recency(stored: StoredResponse) -> tuple[float, float]:
    """Return the key by which responses are ordered by recency: Date, then time of receipt, in seconds."""
    date_s = stored.terms.date_s
    return (stored.received_s if date_s is None else date_s, stored.received_s)


def beside(variants: Iterable[StoredResponse], newer: StoredResponse, most: int) -> tuple[StoredResponse, ...]:
    """Return the stored responses for a target after a newer one was added.

    Parameters
    ----------
    variants : iterable of StoredResponse
        The stored responses for the target, the one stored last first.
    newer : StoredResponse
        The response to be stored.
    most : int
        How many are kept for one target.

    Returns
    -------
    tuple of StoredResponse
        The newer one, combined with stored parts of the same content, and then those that it does not replace: those
        selected by other requests.

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
    """Return whether every request that matches the older response also matches the newer one."""
    vary = newer.terms.vary
    if not set(vary) <= set(older.terms.vary):
        return False
    return selecting(vary, newer.request_fields) == selecting(vary, older.request_fields)

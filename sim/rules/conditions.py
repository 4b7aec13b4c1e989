"""Asking whether a stored response is still good, and answering who asks that (RFC 9111 section 4.3, RFC 9110 13)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sim.messages import Fields
from sim.rules import dates
from sim.rules.fields import combined, first, replaced, without
from sim.rules.storing import StoredResponse
from sim.rules.terms import NOT_STORED

CONDITIONS = frozenset({"if-none-match", "if-modified-since"})
"""Conditions that a cache evaluates, and makes itself when it validates (RFC 9111 sections 4.3.1 and 4.3.2)."""

OF_CONTENT = frozenset({"content-encoding", "content-length", "content-md5", "content-range", "etag"})
"""Fields that belong to the stored content as it is, so that no 304 changes them (RFC 9111 section 3.2)."""

IN_NOT_MODIFIED = frozenset(
    {
        *("cache-control", "cdn-cache-control", "content-location", "date", "etag", "expires", "vary"),
        *("last-modified", "via", "cache-status"),
    }
)
"""Fields that a 304 carries (RFC 9110 section 15.4.5), and those that tell of its way."""

# Within an entity tag a backslash is a character like any other (RFC 9110 section 8.8.3).
_TAG = re.compile(r'(?:W/)?"[^"]*"|[^\s,]+')


def entity_tags(value: str) -> list[str]:
    """Take a list of entity tags apart (RFC 9110 section 8.8.3).

    Parameters
    ----------
    value : str
        Value of If-None-Match, of If-Match or of ETag.

    Returns
    -------
    list of str
        Each as it is written; what is malformed stands for itself alone.

    Examples
    --------
    >>> entity_tags('"a,b", W/"c", d')
    ['"a,b"', 'W/"c"', 'd']
    """
    return _TAG.findall(value)


def is_strong(tag: str) -> bool:
    """Say whether an entity tag stands for the same bytes and not only the same meaning (RFC 9110 section 8.8.1).

    >>> is_strong('"a"'), is_strong('W/"a"'), is_strong("a")
    (True, False, False)
    """
    return len(tag) >= 2 and tag[0] == tag[-1] == '"'


def same_weakly(one: str, other: str) -> bool:
    """Compare two entity tags weakly (RFC 9110 section 8.8.3.2).

    >>> same_weakly('W/"1"', '"1"'), same_weakly('W/"1"', 'W/"2"')
    (True, False)
    """
    return one.removeprefix("W/") == other.removeprefix("W/")


def same_strongly(one: str, other: str) -> bool:
    """Compare two entity tags strongly (RFC 9110 section 8.8.3.2).

    >>> same_strongly('"1"', '"1"'), same_strongly('W/"1"', 'W/"1"')
    (True, False)
    """
    return one == other and is_strong(one)


def strong_tag(fields: Fields) -> str | None:
    """Give the strong entity tag of a response; None if it has none."""
    tag = first(fields, "etag")
    return tag if tag is not None and is_strong(tag) else None


def conditional(fields: Fields, stored: Sequence[StoredResponse]) -> Fields | None:
    """Make a request ask whether what is stored is still good (RFC 9111 section 4.3.1).

    Parameters
    ----------
    fields : Fields
        Header fields of the request that is to be satisfied.
    stored : sequence of StoredResponse
        What might answer it; the first one is what it selects, if it selects one.

    Returns
    -------
    Fields or None
        The same with If-None-Match, which lists the client's entity tags and those stored, or else with
        If-Modified-Since; None if nothing stored has a validator.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("etag", '"1"'),), 100)
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> conditional((("if-none-match", '"0"'),), [kept])
    (('if-none-match', '"0", "1"'),)
    """
    own = [tag for tag in (first(one.response.fields, "etag") for one in stored) if tag is not None]
    theirs = combined(fields, "if-none-match")
    if own:
        tags = dict.fromkeys([*(entity_tags(theirs) if theirs else ()), *own])
        # A tag that is no tag would spoil the list for all others.
        value = "*" if "*" in tags else ", ".join(tags)
        fields = replaced(fields, (("if-none-match", value),))
    changed = first(stored[0].response.fields, "last-modified") if stored else None
    if changed is None or (theirs is not None and not own):
        return fields if own else None
    return replaced(fields, (("if-modified-since", changed),))


@lru_cache(maxsize=4096)
def has_tag(fields: Fields, held: Fields) -> bool:
    """Say whether a request's If-None-Match names a response, so that its content need not be sent (RFC 9110 13.1.2).

    Parameters
    ----------
    fields : Fields
        Header fields of the request.
    held : Fields
        Header fields of the response that would answer it.

    Returns
    -------
    bool
        Whether one of the entity tags is the response's, compared weakly, or any will do.

    Examples
    --------
    >>> has_tag((("if-none-match", 'W/"1", "2"'),), (("etag", '"1"'),)), has_tag((), (("etag", '"1"'),))
    (True, False)
    """
    tags, own = combined(fields, "if-none-match"), first(held, "etag")
    if tags is None:
        return False
    return tags.strip() == "*" or (own is not None and any(same_weakly(own, tag) for tag in entity_tags(tags)))


def not_modified(fields: Fields, stored: StoredResponse) -> bool:
    """Evaluate a client's own condition against a stored response (RFC 9111 section 4.3.2, RFC 9110 section 13.2.2).

    Parameters
    ----------
    fields : Fields
        Header fields of the request.
    stored : StoredResponse
        The response that would answer it.

    Returns
    -------
    bool
        Whether the client has it already, so that 304 is the answer.  If-None-Match goes before If-Modified-Since; a
        response without Last-Modified counts as changed at its Date, or else when it was received.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("etag", '"1"'),), 100)
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> not_modified((("if-none-match", 'W/"1"'),), kept), not_modified((("if-none-match", '"2"'),), kept)
    (True, False)
    """
    held = stored.response.fields
    if combined(fields, "if-none-match") is not None:
        return has_tag(fields, held)
    since_s = _date_s(fields, "if-modified-since", stored.received_s)
    # Section 13.1.3 of RFC 9110: what is no date is no condition.
    if since_s is None or stored.response.status not in {200, 206}:
        return False
    changed_s = _date_s(held, "last-modified", stored.received_s)
    if changed_s is None:
        changed_s = stored.received_s if stored.terms.date_s is None else stored.terms.date_s
    return changed_s <= since_s


def same_part(fields: Fields, stored: StoredResponse) -> bool:
    """Evaluate If-Range against a stored response (RFC 9110 section 13.1.5).

    Parameters
    ----------
    fields : Fields
        Header fields of a request with Range.
    stored : StoredResponse
        The response that would answer it.

    Returns
    -------
    bool
        Whether a part of it may be sent: there is no If-Range, or its entity tag is the same, compared strongly, or
        its date is exactly that of Last-Modified, and that is no weak validator.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("etag", '"1"'),), 100)
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> same_part((("if-range", '"1"'),), kept), same_part((("if-range", '"2"'),), kept), same_part((), kept)
    (True, False, True)
    """
    said = first(fields, "if-range")
    if said is None:
        return True
    held = stored.response.fields
    if '"' in said:
        return same_strongly(said, first(held, "etag") or "")
    # RFC 9110 section 8.8.2.2: a date is strong if the response was made at least a second after it.
    changed_s, made_s = _date_s(held, "last-modified", stored.received_s), stored.terms.date_s
    if changed_s is None or made_s is None or made_s - changed_s < 1:
        return False
    return said == first(held, "last-modified")


def identified(stored: Sequence[StoredResponse], newer: Fields) -> tuple[StoredResponse, ...]:
    """Find the stored responses that a 304 confirms (RFC 9111 section 4.3.4).

    Parameters
    ----------
    stored : sequence of StoredResponse
        Those that the request named in its condition; the first one is what it selects, if it selects one.
    newer : Fields
        Header fields of the 304.

    Returns
    -------
    tuple of StoredResponse
        Those with the same strong validator, and none if no stored response has it; else the most recent one with
        the same weak validator; else, if only one was named at all, that one: a 304 says that the condition did not
        hold, and with one entity tag in it there is no doubt which one was meant.

    Examples
    --------
    >>> identified([], (("etag", '"1"'),))
    ()
    """
    tag = first(newer, "etag")
    if tag is not None:
        same = same_strongly if is_strong(tag) else same_weakly
        found = [one for one in stored if same(first(one.response.fields, "etag") or "", tag)]
        if is_strong(tag):
            return tuple(found)
        if found:
            return (max(found, key=_received_s),)
    changed = first(newer, "last-modified")
    if tag is None and changed is not None:
        found = [one for one in stored if first(one.response.fields, "last-modified") == changed]
        if found:
            return (max(found, key=_received_s),)
    return tuple(stored) if len(stored) == 1 else ()


def describes(newer: Fields, stored: Fields) -> bool:
    """Say whether an answer to HEAD is about the very content that is stored (RFC 9111 section 4.3.5).

    Parameters
    ----------
    newer : Fields
        Header fields of the answer to HEAD.
    stored : Fields
        Header fields of the stored response.

    Returns
    -------
    bool
        Whether its validators, as far as it has some, are those stored.

    Examples
    --------
    >>> describes((("etag", '"1"'),), (("etag", '"1"'),)), describes((("etag", '"2"'),), (("etag", '"1"'),))
    (True, False)
    """
    return all(first(newer, name) in {None, first(stored, name)} for name in ("etag", "last-modified"))


def freshened(stored: Fields, newer: Fields) -> Fields:
    """Update the fields of a stored response with those of a 304, or of an answer to HEAD (RFC 9111 section 3.2).

    Parameters
    ----------
    stored : Fields
        As they are stored.
    newer : Fields
        As they came.

    Returns
    -------
    Fields
        Newer ones in the place of older ones of the same name, but for those that are not stored at all and those
        that belong to the content.

    Examples
    --------
    >>> freshened((("etag", '"1"'), ("date", "Monday"), ("x", "1")), (("etag", 'W/"1"'), ("date", "Tuesday")))
    (('etag', '"1"'), ('x', '1'), ('date', 'Tuesday'))
    """
    nominated = {name.strip(" \t").lower() for name in (combined(newer, "connection") or "").split(",")}
    return replaced(stored, without(newer, NOT_STORED | OF_CONTENT | nominated))


def _date_s(fields: Fields, name: str, now_s: float) -> float | None:
    text = first(fields, name)
    return None if text is None else dates.parse(text, now_s)


def _received_s(stored: StoredResponse) -> float:
    return stored.received_s

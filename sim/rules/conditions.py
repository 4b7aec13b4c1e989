"""Conditional requests (RFC 9110 section 13): validation of stored responses, clients' conditions (RFC 9111 4.3)."""

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
"""Conditions that a cache sends when it validates and evaluates itself (RFC 9111 sections 4.3.1 and 4.3.2)."""

OF_CONTENT = frozenset({"content-encoding", "content-length", "content-md5", "content-range", "etag"})
"""Fields that describe the stored content, so that a 304 must not update them (RFC 9111 section 3.2)."""

IN_NOT_MODIFIED = frozenset(
    {
        *("cache-control", "cdn-cache-control", "content-location", "date", "etag", "expires", "vary"),
        *("last-modified", "via", "cache-status"),
    }
)
"""Fields that a 304 carries (RFC 9110 section 15.4.5), and those about its path: Via and Cache-Status."""

# An entity tag is no quoted string: a backslash in it escapes nothing (RFC 9110 section 8.8.3).
_TAG = re.compile(r'(?:W/)?"[^"]*"|[^\s,]+')


def entity_tags(value: str) -> list[str]:
    """Return the entity tags of a list (RFC 9110 section 8.8.3).

    Parameters
    ----------
    value : str
        Value of If-None-Match, If-Match or ETag.

    Returns
    -------
    list of str
        As written; a malformed one becomes a member that equals no valid entity tag.

    Examples
    --------
    >>> entity_tags('"a,b", W/"c", d')
    ['"a,b"', 'W/"c"', 'd']
    """
    return _TAG.findall(value)


def is_strong(tag: str) -> bool:
    """Return whether an entity tag is a strong validator (RFC 9110 sections 8.8.1 and 8.8.3).

    >>> is_strong('"a"'), is_strong('W/"a"'), is_strong("a")
    (True, False, False)
    """
    return len(tag) >= 2 and tag[0] == tag[-1] == '"'


def same_weakly(one: str, other: str) -> bool:
    """Return whether two entity tags are equivalent by weak comparison (RFC 9110 section 8.8.3.2).

    >>> same_weakly('W/"1"', '"1"'), same_weakly('W/"1"', 'W/"2"')
    (True, False)
    """
    return one.removeprefix("W/") == other.removeprefix("W/")


def same_strongly(one: str, other: str) -> bool:
    """Return whether two entity tags are equivalent by strong comparison (RFC 9110 section 8.8.3.2).

    >>> same_strongly('"1"', '"1"'), same_strongly('W/"1"', 'W/"1"')
    (True, False)
    """
    return one == other and is_strong(one)


def strong_tag(fields: Fields) -> str | None:
    """Return the strong entity tag of a response; None if it has none."""
    tag = first(fields, "etag")
    return tag if tag is not None and is_strong(tag) else None


def conditional(fields: Fields, stored: Sequence[StoredResponse]) -> Fields | None:
    """Return a request's fields with the conditions that validate stored responses (RFC 9111 section 4.3.1).

    Parameters
    ----------
    fields : Fields
        Header fields of the request to be satisfied.
    stored : sequence of StoredResponse
        The stored responses for its target; the selected one, if there is one, first.

    Returns
    -------
    Fields or None
        With If-None-Match (the client's entity tags and the stored ones) and If-Modified-Since, as far as the stored
        responses have validators; None if they have none.

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
        # "*" matches any response and may not stand in a list with entity tags (RFC 9110 section 13.1.2).
        value = "*" if "*" in tags else ", ".join(tags)
        fields = replaced(fields, (("if-none-match", value),))
    changed = first(stored[0].response.fields, "last-modified") if stored else None
    if changed is None or (theirs is not None and not own):
        return fields if own else None
    return replaced(fields, (("if-modified-since", changed),))


@lru_cache(maxsize=4096)
def has_tag(fields: Fields, held: Fields) -> bool:
    """Return whether a request's If-None-Match matches a response, so that 304 is sent (RFC 9110 section 13.1.2).

    Parameters
    ----------
    fields : Fields
        Header fields of the request.
    held : Fields
        Header fields of the response that would be sent.

    Returns
    -------
    bool
        Whether one of its entity tags equals the response's by weak comparison, or it is ``*``.

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
    """Return whether a client's condition makes a cache send 304 (RFC 9111 section 4.3.2, RFC 9110 section 13.2.2).

    Parameters
    ----------
    fields : Fields
        Header fields of the request.
    stored : StoredResponse
        The response that would be sent.

    Returns
    -------
    bool
        By If-None-Match if it is present, else by If-Modified-Since.  A response without Last-Modified counts as
        modified at its Date, or when it was received (RFC 9111 section 4.3.2).

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
    # RFC 9110 section 13.1.3: a value that is not a date must be ignored.
    if since_s is None or stored.response.status not in {200, 206}:
        return False
    changed_s = _date_s(held, "last-modified", stored.received_s)
    if changed_s is None:
        changed_s = stored.received_s if stored.terms.date_s is None else stored.terms.date_s
    return changed_s <= since_s


def same_part(fields: Fields, stored: StoredResponse) -> bool:
    """Return whether If-Range allows to send a part of a stored response (RFC 9110 section 13.1.5).

    Parameters
    ----------
    fields : Fields
        Header fields of a request with Range.
    stored : StoredResponse
        The response of which a part would be sent.

    Returns
    -------
    bool
        Whether there is no If-Range, or its entity tag equals the stored one by strong comparison, or its date equals
        Last-Modified exactly and is a strong validator.  Else the whole content is sent.

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
    # RFC 9110 section 8.8.2.2: Last-Modified is strong if it lies at least one second before Date.
    changed_s, made_s = _date_s(held, "last-modified", stored.received_s), stored.terms.date_s
    if changed_s is None or made_s is None or made_s - changed_s < 1:
        return False
    return said == first(held, "last-modified")


def identified(stored: Sequence[StoredResponse], newer: Fields) -> tuple[StoredResponse, ...]:
    """Return the stored responses that a 304 identifies for freshening (RFC 9111 section 4.3.4).

    Parameters
    ----------
    stored : sequence of StoredResponse
        Those whose validators the conditional request had; the selected one, if there is one, first.
    newer : Fields
        Header fields of the 304.

    Returns
    -------
    tuple of StoredResponse
        1. If the 304 has a strong entity tag: all that have the same one, maybe none.
        2. If it has a weak validator: the most recent one with the same.
        3. Else, if the request had the validators of a single stored response: that one, for the condition can have
           been about no other.

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
    """Return whether a response to HEAD describes the stored content (RFC 9111 section 4.3.5).

    Parameters
    ----------
    newer : Fields
        Header fields of the response to HEAD.
    stored : Fields
        Header fields of the stored response.

    Returns
    -------
    bool
        Whether each validator that it has equals the stored one.

    Examples
    --------
    >>> describes((("etag", '"1"'),), (("etag", '"1"'),)), describes((("etag", '"2"'),), (("etag", '"1"'),))
    (True, False)
    """
    return all(first(newer, name) in {None, first(stored, name)} for name in ("etag", "last-modified"))


def freshened(stored: Fields, newer: Fields) -> Fields:
    """Return the fields of a stored response, updated by those of a 304 or of a response to HEAD (RFC 9111 3.2).

    Parameters
    ----------
    stored : Fields
        The stored header fields.
    newer : Fields
        Header fields of the newer response.

    Returns
    -------
    Fields
        Newer fields replace stored ones of the same name, except fields that are never stored and fields that describe
        the stored content.

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

"""Combining partial content: several stored parts of one representation become one (RFC 9111 section 3.4)."""

from __future__ import annotations

from sim.messages import Fields, Response
from sim.rules.conditions import freshened, same_strongly, strong_tag
from sim.rules.fields import first, without
from sim.rules.ranges import content_range, held_part, joined
from sim.rules.request_directives import RequestDirectives
from sim.rules.storing import StoredResponse


def combined(older: StoredResponse, newer: StoredResponse) -> StoredResponse:
    """Return a stored response combined with a newer part of the same representation.

    Parameters
    ----------
    older : StoredResponse
        A whole response, or a part of one.
    newer : StoredResponse
        The response to be stored, selected by the same request fields.

    Returns
    -------
    StoredResponse
        Both parts, with the fields and the age of the newer one.  The newer one alone if it is complete, if the two do
        not share a strong validator (RFC 9111 section 3.4 requires one), or if bytes between them are missing.

    Examples
    --------
    >>> from sim.messages import Response
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> def part(said, content):
    ...     page = Response(206, (("etag", '"1"'), ("content-range", said)), 200, body=content)
    ...     return to_store(terms(SHARED, 206, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> whole = combined(part("bytes 0-4/10", b"01234"), part("bytes 5-9/10", b"56789"))
    >>> whole.response.status, whole.response.body, whole.part
    (200, b'0123456789', None)
    """
    tag = strong_tag(newer.response.fields)
    if newer.part is None or tag is None or not same_strongly(tag, strong_tag(older.response.fields) or ""):
        return newer
    held = held_part(older.response)
    fields = freshened(older.response.fields, newer.response.fields)
    both = None if held is None else joined(older.response, held, newer.response._replace(fields=fields), newer.part)
    if both is None:
        return newer
    part = content_range(both.fields) if both.status == 206 else None
    is_plain = part is None and not newer.terms.vary and not newer.terms.always_validated
    return newer._replace(response=both, part=part, plain=is_plain)


def asking_for_the_rest(asked: RequestDirectives, fields: Fields, stored: StoredResponse) -> Fields | None:
    """Return a request's fields, changed to ask only for the missing end of an incomplete stored response.

    Parameters
    ----------
    asked : RequestDirectives
        The request as the cache reads it.
    fields : Fields
        Header fields of the request.
    stored : StoredResponse
        The stored response that it selects.

    Returns
    -------
    Fields or None
        With Range, and with If-Range so that the server sends the whole content if it has changed (RFC 9110 sections
        14.2 and 13.1.5).  None if the request does not ask for the whole content itself, or if the stored part does
        not begin at byte 0 or has no strong entity tag.

    Examples
    --------
    >>> from sim.rules.request_directives import PLAIN
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> said = (("etag", '"1"'), ("content-range", "bytes 0-4/10"))
    >>> page = Response(206, said, 5, body=b"01234")
    >>> start = to_store(terms(SHARED, 206, said), (), page, asked_s=0.0, received_s=0.0)
    >>> asking_for_the_rest(PLAIN, (), start)
    (('range', 'bytes=5-'), ('if-range', '"1"'))
    """
    if not asked.reads or asked.head or asked.conditional or asked.for_origin or first(fields, "range") is not None:
        return None
    tag, held = strong_tag(stored.response.fields), held_part(stored.response)
    if tag is None or stored.part is None or held is None or held.first:
        return None
    return (*without(fields, {"if-range"}), ("range", f"bytes={held.last + 1}-"), ("if-range", tag))


def completed(stored: StoredResponse, newer: Response) -> Response | None:
    """Return the complete response from a stored part and the response to a request for the rest (RFC 9110 15.3.7.3).

    Parameters
    ----------
    stored : StoredResponse
        A part that begins at byte 0.
    newer : Response
        The response to a request with the fields that `asking_for_the_rest` returns.

    Returns
    -------
    Response or None
        With status 200.  If the content of `newer` is still a stream, it is the content here too, and belongs after the
        stored bytes.  None unless `newer` is certainly the rest: a 206 with the same strong entity tag, which begins at
        the first missing byte, ends at the last one, and has the length that its Content-Range states.

    Examples
    --------
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> said = (("etag", '"1"'), ("content-range", "bytes 0-4/10"))
    >>> page = Response(206, said, 5, body=b"01234")
    >>> start = to_store(terms(SHARED, 206, said), (), page, asked_s=0.0, received_s=0.0)
    >>> rest = Response(206, (("etag", '"1"'), ("content-range", "bytes 5-9/10")), 5, body=b"56789")
    >>> whole = completed(start, rest)
    >>> whole.status, whole.fields, whole.body
    (200, (('etag', '"1"'),), b'0123456789')
    """
    older, body = stored.response, newer.body
    held, added = held_part(older), content_range(newer.fields) if newer.status == 206 else None
    tag = strong_tag(newer.fields)
    if held is None or added is None or tag is None or not same_strongly(tag, strong_tag(older.fields) or ""):
        return None
    length = len(body) if isinstance(body, bytes) else getattr(body, "length", None)
    if added.first != held.last + 1 or (older.body is None) != (body is None):
        return None
    if body is not None and length != added.bytes:
        return None
    # Age is never stored (it is computed), but the response that is passed on now must carry it (RFC 9111 section 5.1).
    ages = tuple([pair for pair in newer.fields if pair[0] == "age"])
    whole = joined(older, held, newer._replace(fields=(*freshened(older.fields, newer.fields), *ages)), added)
    if whole is None or whole.status != 200:
        return None
    return whole if isinstance(body, bytes) else whole._replace(body=body)

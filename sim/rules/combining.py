"""Parts of the same content that came one after the other become one stored response (RFC 9111 section 3.4)."""

from __future__ import annotations

from sim.rules.ranges import content_range, held_part, joined
from sim.rules.storing import StoredResponse
from sim.rules.validation import freshened, same_strongly, strong_tag


def combined(older: StoredResponse, newer: StoredResponse) -> StoredResponse:
    """Add what came to what is stored, if both are of the same content.

    Parameters
    ----------
    older : StoredResponse
        A whole response, or a part of one.
    newer : StoredResponse
        What came to be stored for the same requests.

    Returns
    -------
    StoredResponse
        Both together, under the fields and the age of the newer one; the newer one alone if it is whole, if it has not
        the same strong entity tag, or if a gap would remain.

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

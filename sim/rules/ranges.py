"""Range requests and partial content (RFC 9110 section 14), and how stored parts are joined (RFC 9111 section 3.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from sim.messages import Fields, Response
from sim.rules.fields import lines, without

MOST_DIGITS = 18
"""Longest position accepted: no content is longer, and numbers from the network stay small."""

_POSITION = rf"[0-9]{{1,{MOST_DIGITS}}}"
_RANGE = re.compile(rf"bytes=[ \t]*(?:({_POSITION})-({_POSITION})?|-({_POSITION}))[ \t]*", re.IGNORECASE | re.ASCII)
_CONTENT_RANGE = re.compile(rf"bytes ({_POSITION})-({_POSITION})/({_POSITION}|\*)", re.IGNORECASE | re.ASCII)


class Part(NamedTuple):
    """A range of consecutive bytes of a content.

    Attributes
    ----------
    first, last : int
        Positions of its first and last byte, from 0; the range is empty if the last is before the first.
    length : int or None
        Complete length of the content in bytes; None if it is unknown.
    """

    first: int
    last: int
    length: int | None

    @property
    def bytes(self) -> int:
        """Its size in bytes."""
        return self.last - self.first + 1

    @property
    def is_whole(self) -> bool:
        """Whether it is the complete content."""
        return self.first == 0 and self.last + 1 == self.length


def content_range(fields: Fields) -> Part | None:
    """Return the range of a 206 by its Content-Range (RFC 9110 section 14.4).

    Parameters
    ----------
    fields : Fields
        Header fields of the response.

    Returns
    -------
    Part or None
        None if the field is absent, malformed, or not about one range of bytes.

    Examples
    --------
    >>> content_range((("content-range", "bytes 4-9/10"),))
    Part(first=4, last=9, length=10)
    >>> content_range((("content-range", "bytes 9-4/10"),)) is None
    True
    """
    said = lines(fields, "content-range")
    found = _CONTENT_RANGE.fullmatch(said[0].strip(" \t")) if len(said) == 1 else None
    if found is None:
        return None
    first, last = int(found[1]), int(found[2])
    length = None if found[3] == "*" else int(found[3])
    return None if last < first or (length is not None and length <= last) else Part(first, last, length)


def requested(value: str, length: int | None) -> Part | None:
    """Return the range that a Range field asks for (RFC 9110 section 14.1.2).

    Parameters
    ----------
    value : str
        Value of the Range field.
    length : int or None
        Complete length of the content in bytes; None if it is unknown.

    Returns
    -------
    Part or None
        Empty if the range is not satisfiable.  None if the field is to be ignored, as a server may (section 14.2): it
        is malformed, asks for several ranges, or depends on a length that is unknown.

    Examples
    --------
    >>> requested("bytes=2-5", 10), requested("bytes=8-", 10), requested("bytes=-3", 10)
    (Part(first=2, last=5, length=10), Part(first=8, last=9, length=10), Part(first=7, last=9, length=10))
    >>> requested("bytes=10-", 10).bytes, requested("bytes=0-1, 4-5", 10) is None
    (0, True)
    """
    found = _RANGE.fullmatch(value)
    if found is None:
        return None
    first, last, suffix = (None if text is None else int(text) for text in found.groups())
    if first is not None and last is not None and last < first:
        return None
    if length is None:
        return None if first is None or last is None else Part(first, last, None)
    if first is None:
        first = max(0, length - (suffix or 0))
    last = length - 1 if last is None else min(last, length - 1)
    return Part(first, last, length) if first < length else Part(length, length - 1, length)


def within(wanted: Part, held: Part) -> bool:
    """Return whether a range is not empty and lies within another one.

    >>> within(Part(2, 3, 10), Part(1, 5, 10)), within(Part(2, 6, 10), Part(1, 5, 10))
    (True, False)
    """
    return wanted.bytes > 0 and held.first <= wanted.first and wanted.last <= held.last


def cut(response: Response, held: Part, wanted: Part) -> Response:
    """Return the 206 with a part of a stored response (RFC 9110 section 15.3.7).

    Parameters
    ----------
    response : Response
        Complete or partial.
    held : Part
        The range that it holds.
    wanted : Part
        The range to be sent, within `held`.

    Returns
    -------
    Response
        With Content-Range, and these bytes only.

    Examples
    --------
    >>> cut(Response(200, (), 10, body=b"0123456789"), Part(0, 9, 10), Part(2, 4, 10))[1::5]
    ((('content-range', 'bytes 2-4/10'),), b'234')
    """
    body, start = response.body, wanted.first - held.first
    content = body[start : start + wanted.bytes] if isinstance(body, bytes) else None
    return _partial(response, wanted, content)


def unsatisfiable(length: int, size_bytes: int) -> Response:
    """Return the 416 for a range that a content of this length does not have (RFC 9110 section 15.5.17).

    >>> unsatisfiable(10, 200)[:2]
    (416, (('content-range', 'bytes */10'),))
    """
    return Response(416, (("content-range", f"bytes */{length}"),), size_bytes)


def content_bytes(response: Response) -> int:
    """Return the length of a stored content in bytes; for simulated content, which has none, the message's size."""
    body = response.body
    return len(body) if isinstance(body, bytes) else response.size_bytes


def held_part(response: Response) -> Part | None:
    """Return the range of the content that a response holds: all of it, unless it is a 206.

    Parameters
    ----------
    response : Response
        Received completely.

    Returns
    -------
    Part or None
        None if the content of a 206 does not have the length that its Content-Range states.

    Examples
    --------
    >>> held_part(Response(206, (("content-range", "bytes 4-9/10"),), 200, body=b"456789"))
    Part(first=4, last=9, length=10)
    >>> held_part(Response(206, (("content-range", "bytes 4-9/10"),), 200, body=b"45678")) is None
    True
    """
    if response.status != 206:
        length = content_bytes(response)
        return Part(0, length - 1, length)
    part = content_range(response.fields)
    if part is None or (isinstance(response.body, bytes) and len(response.body) != part.bytes):
        return None
    return part


def joined(one: Response, held: Part, other: Response, added: Part) -> Response | None:
    """Return the union of two parts of the same representation (RFC 9111 section 3.4).

    Parameters
    ----------
    one : Response
        The stored response.
    held : Part
        The range that it holds.
    other : Response
        A newer 206 with the same strong validator, and with the updated fields of the stored response.
    added : Part
        The range that it holds.

    Returns
    -------
    Response or None
        A 206, or a 200 if the content is complete now.  None if bytes between the two parts are missing, or if they
        disagree about the complete length.

    Examples
    --------
    >>> start = Response(206, (("content-range", "bytes 0-4/10"),), 5, body=b"01234")
    >>> end = Response(206, (("content-range", "bytes 3-9/10"),), 7, body=b"3456789")
    >>> joined(start, Part(0, 4, 10), end, Part(3, 9, 10))[::6]
    (200, b'0123456789')
    """
    length = held.length if added.length is None else added.length
    if (held.length not in {None, length}) or added.first > held.last + 1 or held.first > added.last + 1:
        return None
    union = Part(min(held.first, added.first), max(held.last, added.last), length)
    body = None
    if isinstance(one.body, bytes) and isinstance(other.body, bytes):
        # The bytes of the newer part win where the two overlap.
        before, after = one.body[: max(0, added.first - held.first)], one.body[max(0, added.last + 1 - held.first) :]
        body = before + other.body + after
    if union.is_whole:
        fields = without(other.fields, {"content-range"})
        return other._replace(status=200, fields=fields, size_bytes=union.bytes, body=body)
    return _partial(other, union, body)


def _partial(response: Response, part: Part, body: bytes | None) -> Response:
    """Return a 206; its size is that of its content, for this message has not crossed a wire."""
    said = f"bytes {part.first}-{part.last}/{'*' if part.length is None else part.length}"
    fields = (*without(response.fields, {"content-range"}), ("content-range", said))
    return response._replace(status=206, fields=fields, size_bytes=part.bytes, body=body)

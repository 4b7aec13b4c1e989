"""Parts of a content: what is asked for, what is stored, and how parts are put together (RFC 9110 14, RFC 9111 3.4)."""

from __future__ import annotations

import re
from typing import NamedTuple

from sim.messages import Fields, Response
from sim.rules.fields import lines, without

MOST_DIGITS = 18
"""Positions of more digits are malformed: no content is that long."""

_POSITION = rf"[0-9]{{1,{MOST_DIGITS}}}"
_RANGE = re.compile(rf"bytes=[ \t]*(?:({_POSITION})-({_POSITION})?|-({_POSITION}))[ \t]*", re.IGNORECASE | re.ASCII)
_CONTENT_RANGE = re.compile(rf"bytes ({_POSITION})-({_POSITION})/({_POSITION}|\*)", re.IGNORECASE | re.ASCII)


class Part(NamedTuple):
    """Some consecutive bytes of a content.

    Attributes
    ----------
    first, last : int
        Positions of its first and last byte, from 0 on; nothing at all if the last is before the first.
    length : int or None
        How long the whole content is, in bytes; None if nobody knows.
    """

    first: int
    last: int
    length: int | None

    @property
    def bytes(self) -> int:
        """How many bytes it has."""
        return self.last - self.first + 1

    @property
    def is_whole(self) -> bool:
        """Whether it is all there is."""
        return self.first == 0 and self.last + 1 == self.length


def content_range(fields: Fields) -> Part | None:
    """Read which part a 206 holds (RFC 9110 section 14.4).

    Parameters
    ----------
    fields : Fields
        Header fields of the response.

    Returns
    -------
    Part or None
        None if it does not tell of one part alone, or not validly.

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
    """Read which part a request wants (RFC 9110 section 14.1.2).

    Parameters
    ----------
    value : str
        Value of its Range field.
    length : int or None
        Length of the content in bytes; None if nobody knows.

    Returns
    -------
    Part or None
        The part, empty if the content has no such bytes; None if the field does not ask for one part in bytes, and is
        passed over as any server may (section 14.2), or if that depends on a length that nobody knows.

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
    """Say whether a part lies wholly within another one.

    >>> within(Part(2, 3, 10), Part(1, 5, 10)), within(Part(2, 6, 10), Part(1, 5, 10))
    (True, False)
    """
    return wanted.bytes > 0 and held.first <= wanted.first and wanted.last <= held.last


def cut(response: Response, held: Part, wanted: Part) -> Response:
    """Make a 206 of what is stored (RFC 9110 section 15.3.7).

    Parameters
    ----------
    response : Response
        A whole response, or a part of one.
    held : Part
        What it holds.
    wanted : Part
        What is wanted: within what it holds.

    Returns
    -------
    Response
        With Content-Range, and the bytes that are wanted.

    Examples
    --------
    >>> cut(Response(200, (), 10, body=b"0123456789"), Part(0, 9, 10), Part(2, 4, 10))[1::5]
    ((('content-range', 'bytes 2-4/10'),), b'234')
    """
    body, start = response.body, wanted.first - held.first
    content = body[start : start + wanted.bytes] if isinstance(body, bytes) else None
    return _told(response, wanted, content)


def unsatisfiable(length: int, size_bytes: int) -> Response:
    """Make a 416 for who asks for bytes that a content of this length has not (RFC 9110 section 15.5.17).

    >>> unsatisfiable(10, 200)[:2]
    (416, (('content-range', 'bytes */10'),))
    """
    return Response(416, (("content-range", f"bytes */{length}"),), size_bytes)


def content_bytes(response: Response) -> int:
    """Give the length of a stored content in bytes; where it is only imagined, the size of the message."""
    body = response.body
    return len(body) if isinstance(body, bytes) else response.size_bytes


def held_part(response: Response) -> Part | None:
    """Say which part of its content a response holds; all of it unless it is a 206.

    Parameters
    ----------
    response : Response
        A response whose content has come.

    Returns
    -------
    Part or None
        None if a 206 does not hold what it says.

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
    """Put two parts of the same content together (RFC 9111 section 3.4).

    Parameters
    ----------
    one : Response
        What is stored.
    held : Part
        What it holds.
    other : Response
        A newer 206 with the same strong validator, its fields those of what is stored brought up to date.
    added : Part
        What that holds.

    Returns
    -------
    Response or None
        A 206 of both, or a 200 if nothing is missing now; None if a gap would remain between them, or they do not agree
        on the length.

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
        # Where both have a byte, the newer one's counts.
        before, after = one.body[: max(0, added.first - held.first)], one.body[max(0, added.last + 1 - held.first) :]
        body = before + other.body + after
    if union.is_whole:
        fields = without(other.fields, {"content-range"})
        return other._replace(status=200, fields=fields, size_bytes=union.bytes, body=body)
    return _told(other, union, body)


def _told(response: Response, part: Part, body: bytes | None) -> Response:
    """Give a 206; its size is that of the content alone, for nobody has measured it."""
    said = f"bytes {part.first}-{part.last}/{'*' if part.length is None else part.length}"
    fields = (*without(response.fields, {"content-range"}), ("content-range", said))
    return response._replace(status=206, fields=fields, size_bytes=part.bytes, body=body)

"""HTTP/1.1 on a wire, without a socket: bytes to messages and back, by h11.

One `ServerWire` or `ClientWire` (in files of their own) goes with one connection.  What comes is fed in, what is
to be sent is given back.  Theory of operation: heads are held until they are complete, and looked at strictly
(`heads`).  Only then are they read: messages in their common form here (`common_form`), all others by h11, which
then also keeps the framing of their contents and the question whether the connection lives on.

Framing fields (Content-Length, Transfer-Encoding) and Host belong to the wire: they are taken off on receipt
and written anew.  A Content-Length stays where it does not frame anything: in an answer to HEAD and in a 304.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any, Final, TypeGuard

import h11

from sim.http1.fast_path import Outgoing, check_field
from sim.http1.limits import Limits
from sim.messages import Body, CacheStatus, Fields, Response

END: Final = b""
"""The end of a content, as `next_content` gives it."""

OURS = frozenset({"host", "content-length", "transfer-encoding"})
CODING = frozenset({"transfer-encoding"})
CONNECTION_OURS = frozenset(
    {"connection", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding", "host", "te", "trailer"}
)
_FROM_STORE = frozenset({CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.REVALIDATED, CacheStatus.COLLAPSED})
_NOTHING = h11.EndOfMessage()
REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}

HttpEvent = Any


def content_length(body: Body) -> int | None:
    """Say how long a content is, where that is known before all of it is there.

    Parameters
    ----------
    body : Body
        A content; a stream may have an attribute ``length``.

    Returns
    -------
    int or None
        Bytes; None for a stream whose end nobody knows.

    Examples
    --------
    >>> content_length(None), content_length(b"abc")
    (0, 3)
    """
    if body is None:
        return 0
    return len(body) if isinstance(body, bytes) else getattr(body, "length", None)


def is_stream(body: Body) -> TypeGuard[AsyncIterable[bytes]]:
    """Say whether a content comes part by part; quicker than asking whether it can be iterated over.

    Parameters
    ----------
    body : Body
        A content.

    Returns
    -------
    bool
        Whether it is neither absent nor all there.

    Examples
    --------
    >>> is_stream(None), is_stream(b"abc")
    (False, False)
    """
    return body is not None and type(body) is not bytes


def http_date() -> str:
    """Give the time now as an HTTP date (RFC 9110 section 5.6.7)."""
    return _date(int(time()))


@lru_cache(maxsize=2)
def _date(epoch_s: int) -> str:
    return formatdate(epoch_s, usegmt=True)


def with_age(response: Response) -> Response:
    """Write Age into an answer that comes from a store (RFC 9111 section 5.1).

    Parameters
    ----------
    response : Response
        As a node gave it; ``age_s`` counts if its cache answered.

    Returns
    -------
    Response
        With Age in whole seconds in place of any that was there.

    Examples
    --------
    >>> with_age(Response(200, (("age", "1"),), 0, CacheStatus.HIT, age_s=7.9)).fields
    (('age', '7'),)
    """
    if response.cache_status not in _FROM_STORE:
        return response
    kept = tuple(pair for pair in response.fields if pair[0] != "age")
    return response._replace(fields=(*kept, ("age", str(int(response.age_s)))))


def text_fields(headers: Any) -> Fields:
    """Give the fields of one of h11's events as texts."""
    return tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in headers)


def without(fields: Fields, names: frozenset[str]) -> Fields:
    """Take some fields off."""
    return tuple(pair for pair in fields if pair[0] not in names)


def raw_fields(fields: Fields, dropped: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """Give fields as h11 wants them, without some of them."""
    kept = [(name, value) for name, value in fields if name not in dropped]
    for name, value in kept:
        check_field(name, value)
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in kept]


class Wire:
    """What both ends do alike.

    Parameters
    ----------
    role : h11.CLIENT or h11.SERVER
        Which end this is.
    limits : Limits
        Bounds on what comes.
    by_h11 : bool
        Whether h11 reads and writes everything, also what has its common form.
    """

    def __init__(self, role: type[h11.CLIENT | h11.SERVER], limits: Limits, *, by_h11: bool) -> None:
        self._role = role
        self._limits = limits
        self._always_h11 = by_h11
        self._held = bytearray()
        self._h11 = h11.Connection(role, max_incomplete_event_size=limits.head_bytes)
        self._is_common = False
        self._is_in_content = False
        self._has_ended = False
        self._unread_bytes = 0
        self._outgoing = Outgoing(0)
        self.length: int | None = 0

    def feed(self, data: bytes) -> None:
        """Take what came; nothing at all says that nothing more will come."""
        if not data:
            self._has_ended = True
        if self._is_common:
            self._held += data
        elif self._is_in_content or not data:
            self._h11.receive_data(data)
        else:
            self._held += data

    @property
    def has_begun(self) -> bool:
        """Whether a part of a head is there."""
        return bool(self._held)

    def take_rest(self) -> bytes:
        """Take what came after the last message: the beginning of a tunnel."""
        rest = self._h11.trailing_data[0] + bytes(self._held)
        self._held.clear()
        return rest

    def _h11_reads(self, head: bytes) -> HttpEvent:
        self._is_common = False
        self._h11.receive_data(head)
        return self._h11.next_event()

    def _h11_reads_content(self) -> None:
        self._is_in_content = True
        if self._held:
            self._h11.receive_data(bytes(self._held))
            self._held.clear()

    def _common_part(self) -> bytes | None:
        """Give the next part of a content of declared length."""
        if not self._unread_bytes:
            return END
        if not self._held:
            return None
        part = bytes(self._held[: self._unread_bytes])
        del self._held[: self._unread_bytes]
        self._unread_bytes -= len(part)
        return part

    def _h11_next_cycle(self) -> bool:
        """Make ready for the next message; what came of it already goes back to be looked at."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._is_in_content = False
        rest = self._h11.trailing_data[0]
        if rest:
            self._held[:0] = rest
            self._h11 = h11.Connection(self._role, max_incomplete_event_size=self._limits.head_bytes)
        else:
            self._h11.start_next_cycle()
        return True

    def content(self, data: bytes) -> bytes:
        """Frame a part of the content that is sent."""
        if self._is_common:
            return self._outgoing.part(data)
        return self._h11.send(h11.Data(data=data)) or b"" if data else b""

    def end(self) -> bytes:
        """Frame the end of the content that is sent."""
        if self._is_common:
            return self._outgoing.end()
        return self._h11.send(_NOTHING) or b""

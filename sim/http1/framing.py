"""How one request and the response to it are framed on a connection (RFC 9112 section 6).

A wire makes one `Framing` for each exchange: `FastFraming` for heads in their common form (`fast_path`), `H11Framing`
for all others.  Both read from the same buffer of bytes that were received and not read yet, and leave there what
belongs to the next message.
"""

from __future__ import annotations

from email.utils import formatdate
from functools import lru_cache
from time import time
from typing import Any, Final, Protocol

import h11

from sim.http1.fast_path import REASONS, check_field, request_line, status_line, write_fields
from sim.messages import Fields, Request, Response

END: Final = b""
"""The end of a content, in place of its next part."""

HttpEvent = Any

_NO_NAMES: frozenset[str] = frozenset()
_CHUNKED = b"transfer-encoding: chunked\r\n"
CLOSE: Final = b"connection: close\r\n"


class Framing(Protocol):
    """The framing of one exchange, seen from one of its ends."""

    @property
    def awaits_content(self) -> bool:
        """Whether a part of the received content has not been read yet."""

    @property
    def awaits_continue(self) -> bool:
        """Whether the client holds its content back until it receives 100 Continue."""

    @property
    def is_http_11(self) -> bool:
        """Whether the other end speaks HTTP/1.1."""

    @property
    def is_tunnel(self) -> bool:
        """Whether the connection has become a tunnel (RFC 9110 section 9.3.6)."""

    def request_head(
        self, request: Request, target: str, dropped: frozenset[str], length: int | None, *, no_content: bool
    ) -> bytes:
        """Frame the head of a request, whose content, if any, is sent in chunks where it has no length."""

    def response_head(
        self, response: Response, dropped: frozenset[str], length: int | None, *, no_content: bool, close: bool
    ) -> bytes:
        """Frame the head of a response, whose content, if any, is sent in chunks where it has no length."""

    def part(self, data: bytes) -> bytes:
        """Frame a part of the content that is sent."""

    def end(self) -> bytes:
        """Frame the end of the content that is sent."""

    def feed(self, data: bytes) -> None:
        """Take bytes that were received; none at all mean that the other end has finished sending."""

    def begin_content(self, length: int | None) -> None:
        """Begin to read the content that follows the received head: so many bytes, or None if its end shows itself."""

    def next_part(self) -> bytes | None:
        """Return the next part of the received content, `END` after the last, None while nothing is there."""

    def next_cycle(self) -> bool:
        """Whether both messages are complete and the connection stays open; what was received beyond goes back."""

    def rest(self) -> bytes:
        """Return what was received beyond the message."""


class FastFraming:
    r"""Framing without h11: a received content of declared length, a sent one of declared length or in chunks.

    Parameters
    ----------
    held : bytearray
        What was received and is not read yet; shared with the wire.

    Examples
    --------
    >>> chunks = FastFraming(bytearray())
    >>> head = chunks.response_head(Response(200, (), 0), frozenset(), None, no_content=False, close=False)
    >>> chunks.part(b"hi"), chunks.end()
    (b'2\r\nhi\r\n', b'0\r\n\r\n')
    """

    __slots__ = ("_has_ended", "_held", "_must_close", "_unread_bytes", "_unsent_bytes")

    awaits_continue = is_tunnel = False
    is_http_11 = True

    def __init__(self, held: bytearray) -> None:
        self._held = held
        self._has_ended = False
        self._must_close = False
        self._unread_bytes = 0
        self._unsent_bytes: int | None = 0

    @property
    def awaits_content(self) -> bool:
        """Whether a part of the received content has not been read yet."""
        return self._unread_bytes > 0

    def request_head(
        self, request: Request, target: str, dropped: frozenset[str], length: int | None, *, no_content: bool
    ) -> bytes:
        """Frame the head of a request."""
        self._unsent_bytes = 0 if no_content else length
        host = write_fields((("host", request.host),), _NO_NAMES)
        framing = b"" if no_content else _CHUNKED if length is None else b"content-length: %d\r\n" % length
        lines = write_fields(request.fields, dropped)
        return b"".join((request_line(request.method, target), host, lines, framing, b"\r\n"))

    def response_head(
        self, response: Response, dropped: frozenset[str], length: int | None, *, no_content: bool, close: bool
    ) -> bytes:
        """Frame the head of a response."""
        fields = response.fields
        self._unsent_bytes = 0 if no_content else length
        self._must_close = close
        lines = write_fields(fields, dropped)
        date = b"" if _has_date(fields) else _date_line(http_date())
        # An answer to HEAD declares the length of a content that it does not have.
        framing = b"" if length is None else b"content-length: %d\r\n" % length
        if length is None and not no_content:
            framing = _CHUNKED
        return b"".join((status_line(response.status), lines, date, framing, CLOSE if close else b"", b"\r\n"))

    def part(self, data: bytes) -> bytes:
        """Frame a part of the content that is sent."""
        if self._unsent_bytes is None:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        self._unsent_bytes -= len(data)
        if self._unsent_bytes < 0:
            raise h11.LocalProtocolError("the content is longer than was declared")
        return data

    def end(self) -> bytes:
        """Frame the end of the content that is sent."""
        if self._unsent_bytes:
            raise h11.LocalProtocolError("the content is shorter than was declared")
        return b"0\r\n\r\n" if self._unsent_bytes is None else b""

    def feed(self, data: bytes) -> None:
        """Take bytes that were received."""
        if data:
            self._held += data
        else:
            self._has_ended = True

    def begin_content(self, length: int | None) -> None:
        """Begin to read the content that follows the received head."""
        self._unread_bytes = length or 0

    def next_part(self) -> bytes | None:
        """Return the next part of the received content."""
        if not self._unread_bytes:
            return END
        if not self._held:
            if self._has_ended:
                raise h11.RemoteProtocolError("the content ended in its middle")
            return None
        part = bytes(self._held[: self._unread_bytes])
        del self._held[: self._unread_bytes]
        self._unread_bytes -= len(part)
        return part

    def next_cycle(self) -> bool:
        """Whether both messages are complete and the connection stays open."""
        return not self._must_close and not self._unread_bytes

    def rest(self) -> bytes:
        """Return what was received beyond the message."""
        return bytes(self._held)


class H11Framing:
    """Framing by h11, which reads and writes heads and contents of any form.

    Parameters
    ----------
    role : h11.CLIENT or h11.SERVER
        Which end this is.
    held : bytearray
        What was received and is not read yet; shared with the wire.
    head_bytes : int
        Bound on what h11 keeps of an incomplete line.
    """

    __slots__ = ("_h11", "_held", "_is_complete", "_is_in_content")

    def __init__(self, role: type[h11.CLIENT | h11.SERVER], held: bytearray, head_bytes: int) -> None:
        self._h11 = h11.Connection(role, max_incomplete_event_size=head_bytes)
        self._held = held
        self._is_in_content = False
        self._is_complete = False

    @property
    def awaits_content(self) -> bool:
        """Whether a part of the received content has not been read yet."""
        return self._h11.their_state is h11.SEND_BODY

    @property
    def awaits_continue(self) -> bool:
        """Whether the client holds its content back until it receives 100 Continue."""
        return self._h11.they_are_waiting_for_100_continue

    @property
    def is_http_11(self) -> bool:
        """Whether the other end speaks HTTP/1.1."""
        return self._h11.their_http_version != b"1.0"

    @property
    def is_tunnel(self) -> bool:
        """Whether the connection has become a tunnel."""
        return self._h11.our_state is h11.SWITCHED_PROTOCOL

    def read_head(self, head: bytes) -> HttpEvent:
        """Return h11's event for a complete head."""
        self._h11.receive_data(head)
        return self._h11.next_event()

    def note_sent(self, method: str) -> None:
        """Put h11 into the state after a request that `FastFraming` has sent; it needs the method alone."""
        self._h11.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
        self._h11.send(h11.EndOfMessage())

    def request_head(
        self, request: Request, target: str, dropped: frozenset[str], length: int | None, *, no_content: bool
    ) -> bytes:
        """Frame the head of a request."""
        headers = [(b"host", request.host.encode("ascii", "replace")), *_raw(request.fields, dropped)]
        if length is None:
            headers.append((b"transfer-encoding", b"chunked"))
        elif not no_content:
            headers.append((b"content-length", b"%d" % length))
        return self._h11.send(h11.Request(method=request.method, target=target, headers=headers)) or b""

    def response_head(
        self,
        response: Response,
        dropped: frozenset[str],
        length: int | None,
        *,
        no_content: bool,  # noqa: ARG002 (h11 knows by method and status)
        close: bool,
    ) -> bytes:
        """Frame the head of a response."""
        headers = _raw(response.fields, dropped)
        if not _has_date(response.fields):
            headers.append((b"date", http_date().encode()))
        if length is not None:
            headers.append((b"content-length", b"%d" % length))
        if close:
            headers.append((b"connection", b"close"))
        reason = REASONS.get(response.status, b"")
        return self._h11.send(h11.Response(status_code=response.status, headers=headers, reason=reason)) or b""

    def part(self, data: bytes) -> bytes:
        """Frame a part of the content that is sent."""
        return self._h11.send(h11.Data(data=data)) or b"" if data else b""

    def end(self) -> bytes:
        """Frame the end of the content that is sent."""
        return self._h11.send(h11.EndOfMessage()) or b""

    def feed(self, data: bytes) -> None:
        """Take bytes that were received."""
        if self._is_in_content:
            self._h11.receive_data(data)
        else:
            self._held += data

    def begin_content(self, length: int | None) -> None:
        """Begin to read the content that follows the received head."""
        if length == 0:
            self.next_part()  # the end of the message, which moves h11's state on
            return
        self._is_in_content = True
        if self._held:
            self._h11.receive_data(bytes(self._held))
            self._held.clear()

    def next_part(self) -> bytes | None:
        """Return the next part of the received content."""
        if self._is_complete:
            return END
        event = self._h11.next_event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        self._is_complete = event is not h11.NEED_DATA
        return END if self._is_complete else None

    def next_cycle(self) -> bool:
        """Whether both messages are complete and the connection stays open."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._held[:0] = self._h11.trailing_data[0]
        self._is_in_content = False
        return True

    def rest(self) -> bytes:
        """Return what was received beyond the message."""
        return self._h11.trailing_data[0] + bytes(self._held)


def _has_date(fields: Fields) -> bool:
    return any(name == "date" for name, _ in fields)


def http_date() -> str:
    """Return the time now as an HTTP date (RFC 9110 section 5.6.7)."""
    return _date(int(time()))


@lru_cache(maxsize=2)
def _date(epoch_s: int) -> str:
    return formatdate(epoch_s, usegmt=True)


@lru_cache(maxsize=2)
def _date_line(date: str) -> bytes:
    return f"date: {date}\r\n".encode("ascii")


def _raw(fields: Fields, dropped: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """Return fields as h11 wants them, without some of them; each is checked as the fast path checks it."""
    kept = [(name, value) for name, value in fields if name not in dropped]
    for name, value in kept:
        check_field(name, value)
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in kept]

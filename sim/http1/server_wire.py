"""The server's end of a wire: requests in, responses out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, cast

import h11

from sim.http1 import head_checks, targets
from sim.http1.errors import RefusedError
from sim.http1.fast_path import Outgoing, is_common, read_fields, write_fields
from sim.http1.limits import Limits
from sim.http1.wire import (
    CONNECTION_OURS,
    END,
    OURS,
    REASONS,
    HttpEvent,
    Wire,
    content_length,
    http_date,
    is_stream,
    raw_fields,
    text_fields,
    without,
)
from sim.messages import Fields, Request, Response

_NEITHER = CONNECTION_OURS | {"content-length"}
_LONGEST_REMEMBERED = 2048


class _Asked(NamedTuple):
    """What a request's head says."""

    method: str
    target: str
    authority: str
    fields: Fields
    length: int


class ServerWire(Wire):
    r"""Requests in, responses out.

    Parameters
    ----------
    scheme : str
        ``https`` under TLS, else ``http``.
    authority : str
        Where the server is reached: the host of a request of HTTP/1.0 that names none.
    limits : Limits
        Bounds on requests.
    by_h11 : bool
        Whether h11 reads and writes everything, also what has its common form.

    Attributes
    ----------
    length : int or None
        Length of the request's content; None if it comes in chunks.
    sends_no_content : bool
        Whether the response that was begun has no content, whatever its body is.

    Examples
    --------
    >>> wire = ServerWire("http", "127.0.0.1:80", Limits())
    >>> wire.feed(b"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n")
    >>> wire.next_request().target
    'http://a.example/x'
    >>> wire.start(Response(204, (("date", "now"),), 0)).splitlines()
    [b'HTTP/1.1 204 No Content', b'date: now', b'']
    """

    def __init__(self, scheme: str, authority: str, limits: Limits, *, by_h11: bool = False) -> None:
        super().__init__(h11.SERVER, limits, by_h11=by_h11)
        self._scheme = scheme
        self._authority = authority
        self._read_common = _reader(limits)
        self._received_bytes = 0
        self._method = ""
        self._has_started = False
        self._must_close = False
        self.sends_no_content = False

    def next_request(self) -> Request | None:
        """Give the next request, once its head is there.

        Returns
        -------
        Request or None
            Its content is None, or all of it, or ``b""`` where `next_content` gives it (`is_streaming`).

        Raises
        ------
        RefusedError
            If it is malformed or out of bounds.
        """
        head = head_checks.take_head(self._held, self._limits)
        if head is None:
            return None
        self._has_started = self._must_close = False
        asked = self._read_common(head, self._scheme)
        if asked is not None and not self._always_h11:
            return self._common_request(asked, len(head))
        try:
            return self._h11_request(self._h11_reads(head), len(head))
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, str(error)) from error

    def _common_request(self, asked: _Asked, head_bytes: int) -> Request:
        self._is_common = True
        self._method, target, authority, fields, length = asked
        self.length = self._unread_bytes = length
        body = None
        if length:
            self._check_length(length)
            body = (self._common_part() or b"") if len(self._held) >= length else b""
        return Request(0, self._method, target, authority, fields, head_bytes + length, body=body)

    def _h11_request(self, event: HttpEvent, head_bytes: int) -> Request:
        method = self._method = event.method.decode("ascii")
        fields = text_fields(event.headers)
        names = dict(fields)
        host = names.get("host")
        if host is None and event.http_version == b"1.0" and method != "CONNECT":
            host = self._authority
        target, authority = targets.received(method, event.target.decode("ascii"), host, self._scheme)
        body = self._h11_begins_content(names)
        size_bytes = head_bytes + (self.length or 0)
        return Request(0, method, target, authority, without(fields, OURS), size_bytes, body=body)

    def _h11_begins_content(self, names: dict[str, str]) -> bytes | None:
        self._received_bytes = 0
        self.length = None if "transfer-encoding" in names else int(names.get("content-length", 0))
        if self.length == 0:
            self._h11.next_event()  # the end of the message, which moves h11's state on
            return None
        self._check_length(self.length or 0)
        whole = self.length is not None and len(self._held) >= self.length
        self._h11_reads_content()
        return self._whole_content() if whole else b""

    def _check_length(self, length: int) -> None:
        if length > self._limits.body_bytes:
            raise RefusedError(413, f"the content is larger than {self._limits.body_bytes:.0f} bytes")

    def _whole_content(self) -> bytes:
        parts = []
        while part := self.next_content():
            parts.append(part)
        return b"".join(parts)

    @property
    def is_streaming(self) -> bool:
        """Whether the request's content is not all here yet."""
        return self._unread_bytes > 0 if self._is_common else self._h11.their_state is h11.SEND_BODY

    @property
    def is_waiting_for_continue(self) -> bool:
        """Whether the client holds its content back until it hears 100 Continue."""
        return not self._is_common and self._h11.they_are_waiting_for_100_continue

    @property
    def speaks_11(self) -> bool:
        """Whether the client understands interim answers."""
        return self._is_common or self._h11.their_http_version != b"1.0"

    def next_content(self) -> bytes | None:
        """Give the next part of the request's content.

        Returns
        -------
        bytes or None
            `END` after the last part; None while nothing is there.

        Raises
        ------
        RefusedError
            With 400 if the framing is broken or the content cut off, with 413 if there is too much of it.
        """
        if self._is_common:
            part = self._common_part()
            if part is None and self._has_ended:
                raise RefusedError(400, "the content ended in its middle")
            return part
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, str(error)) from error
        if isinstance(event, h11.Data):
            self._received_bytes += len(event.data)
            self._check_length(self._received_bytes)
            return bytes(event.data)
        return None if event is h11.NEED_DATA else END

    def interim(self, status: int, fields: Fields = ()) -> bytes:
        """Frame an interim response (RFC 9110 section 15.2); nothing for a client of HTTP/1.0."""
        if not self.speaks_11 or self._has_started:
            return b""
        return b"%b%b\r\n" % (_status_line(status), write_fields(fields, CONNECTION_OURS))

    def start(self, response: Response, *, close: bool = False) -> bytes:
        """Frame the head of a response, and its content where it has no stream of it.

        Parameters
        ----------
        response : Response
            The response.
        close : bool
            Whether the connection ends with it.

        Returns
        -------
        bytes
            What is to be sent.

        Raises
        ------
        h11.LocalProtocolError
            If it holds what cannot be sent.
        """
        no_content = self._method == "HEAD" or response.status in {204, 304}
        head = (self._common_head if self._is_common else self._h11_head)(response, no_content=no_content, close=close)
        self._has_started = True
        self.sends_no_content = no_content or self.is_switched
        body = response.body
        if not self.sends_no_content and is_stream(body):
            return head
        if body and not self.sends_no_content:
            head += self.content(cast("bytes", body))
        return head if self.is_switched else head + self.end()

    def _common_head(self, response: Response, *, no_content: bool, close: bool) -> bytes:
        fields = response.fields
        lines = write_fields(fields, CONNECTION_OURS if no_content else _NEITHER)
        date = b"" if any(name == "date" for name, _ in fields) else _date_line(http_date())
        length = self._declared_length(response, no_content=no_content)
        self._outgoing = Outgoing(0 if no_content else length)
        self._must_close = close
        framing = b"" if length is None else b"content-length: %d\r\n" % length
        if length is None and not no_content:
            framing = _CHUNKED
        return b"".join((_status_line(response.status), lines, date, framing, _CLOSE if close else b"", b"\r\n"))

    def _declared_length(self, response: Response, *, no_content: bool) -> int | None:
        """Give the length to declare: of the content, or of what GET would have got in place of this HEAD."""
        if not no_content:
            return content_length(response.body)
        would_have_one = self._method == "HEAD" and response.body is not None and response.status not in {204, 304}
        said_already = any(name == "content-length" for name, _ in response.fields)
        return content_length(response.body) if would_have_one and not said_already else None

    def _h11_head(self, response: Response, *, no_content: bool, close: bool) -> bytes:
        headers = raw_fields(response.fields, CONNECTION_OURS if no_content else _NEITHER)
        if not any(name == b"date" for name, _ in headers):
            headers.append((b"date", http_date().encode()))
        length = self._declared_length(response, no_content=no_content)
        if length is not None and not self._opens_tunnel(response):
            headers.append((b"content-length", b"%d" % length))
        if close:
            headers.append((b"connection", b"close"))
        reason = REASONS.get(response.status, b"")
        return self._h11.send(h11.Response(status_code=response.status, headers=headers, reason=reason)) or b""

    def _opens_tunnel(self, response: Response) -> bool:
        return self._method == "CONNECT" and 200 <= response.status < 300  # noqa: PLR2004

    @property
    def is_switched(self) -> bool:
        """Whether the connection is a tunnel now."""
        return not self._is_common and self._h11.our_state is h11.SWITCHED_PROTOCOL

    @staticmethod
    def refusal(fault: RefusedError) -> bytes:
        """Frame the answer to a request that is refused; nothing can follow it."""
        phrase = REASONS.get(fault.status, b"").decode()
        text = f"{fault.status} {phrase}: {fault.reason}\n".encode()
        head = f"date: {http_date()}\r\ncontent-type: text/plain\r\ncontent-length: {len(text)}\r\n"
        return b"".join((_status_line(fault.status), head.encode(), _CLOSE, b"\r\n", text))

    def next_cycle(self) -> bool:
        """Make ready for the next request; False if the connection must be closed."""
        if self._is_common:
            return not self._must_close and not self._unread_bytes
        return self._h11_next_cycle()


_CHUNKED = b"transfer-encoding: chunked\r\n"
_CLOSE = b"connection: close\r\n"


@lru_cache(maxsize=256)
def _status_line(status: int) -> bytes:
    return b"HTTP/1.1 %d %b\r\n" % (status, REASONS.get(status, b""))


@lru_cache(maxsize=2)
def _date_line(date: str) -> bytes:
    return f"date: {date}\r\n".encode("ascii")


@lru_cache(maxsize=16)
def _reader(limits: Limits) -> Callable[[bytes, str], _Asked | None]:
    """Make what looks at heads and reads those in their common form; clients send the same ones over and over."""

    def read(head: bytes, scheme: str) -> _Asked | None:
        head_checks.check_request(head, limits)
        line, fields = read_fields(head)
        method, target, version = line.split(" ")
        names = dict(fields)
        if not is_common(names, version) or method == "CONNECT":
            return None
        absolute, authority = targets.received(method, target, names.get("host"), scheme)
        return _Asked(method, absolute, authority, without(fields, OURS), int(names.get("content-length", 0)))

    remembered = lru_cache(maxsize=1024)(read)
    return lambda head, scheme: (remembered if len(head) <= _LONGEST_REMEMBERED else read)(head, scheme)

"""The server's end of a wire: requests in, responses out."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, cast

import h11

from sim.http1 import head_checks, targets
from sim.http1.errors import RefusedError
from sim.http1.fast_path import REASONS, is_common, read_fields, status_line, write_fields
from sim.http1.framing import CLOSE, FastFraming, HttpEvent, http_date
from sim.http1.limits import Limits
from sim.http1.wire import CONNECTION_OURS, OURS, Wire, content_length, is_stream, opens_tunnel, text_fields
from sim.messages import Fields, Request, Response
from sim.rules.fields import without

_NEITHER = CONNECTION_OURS | {"content-length"}
_LONGEST_REMEMBERED = 2048


class _RequestHead(NamedTuple):
    """What a request's head says; ``length`` is None where the content comes in chunks."""

    method: str
    target: str
    authority: str
    fields: Fields
    length: int | None


class ServerWire(Wire):
    r"""Requests in, responses out.

    Parameters
    ----------
    scheme : str
        ``https`` under TLS, else ``http``.
    authority : str
        Where the server is reached: the host of a request of HTTP/1.0 without Host.
    limits : Limits
        Bounds on requests.
    by_h11 : bool
        Whether h11 reads and writes everything, even heads in their common form.

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
        self._read = _reader(limits)
        self._received_bytes = 0
        self._method = ""
        self._has_started = False
        self.sends_no_content = False

    def next_request(self) -> Request | None:
        """Return the next request, once its head is complete.

        Returns
        -------
        Request or None
            Its content is None, or all of it, or ``b""`` where `next_content` returns it (`is_streaming`).

        Raises
        ------
        RefusedError
            If it is malformed or out of bounds.
        """
        head = head_checks.take_head(self._held, self._limits)
        if head is None:
            return None
        self._has_started = False
        self._received_bytes = 0
        read = self._read(head, self._scheme)
        if read is None or self._always_h11:
            read = self._read_by_h11(head)
        else:
            self._framing = FastFraming(self._held)
        self._method, target, authority, fields, length = read
        self._check_length(length or 0)
        self.length = length
        is_here = length is not None and len(self._held) >= length
        self._framing.begin_content(length)
        body = None if length == 0 else self._whole_content() if is_here else b""
        return Request(0, self._method, target, authority, fields, len(head) + (length or 0), body=body)

    def _read_by_h11(self, head: bytes) -> _RequestHead:
        try:
            event: HttpEvent = self._by_h11().read_head(head)
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, str(error)) from error
        method, fields = event.method.decode("ascii"), text_fields(event.headers)
        names = dict(fields)
        host = names.get("host")
        if host is None and event.http_version == b"1.0" and method != "CONNECT":
            host = self._authority
        target, authority = targets.received(method, event.target.decode("ascii"), host, self._scheme)
        length = None if "transfer-encoding" in names else int(names.get("content-length", 0))
        return _RequestHead(method, target, authority, without(fields, OURS), length)

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
        """Whether a part of the request's content has not been read yet."""
        return self._framing.awaits_content

    @property
    def is_waiting_for_continue(self) -> bool:
        """Whether the client holds its content back until it receives 100 Continue."""
        return self._framing.awaits_continue

    @property
    def speaks_11(self) -> bool:
        """Whether the client understands interim responses."""
        return self._framing.is_http_11

    def next_content(self) -> bytes | None:
        """Return the next part of the request's content.

        Returns
        -------
        bytes or None
            `END` after the last part; None while nothing is there.

        Raises
        ------
        RefusedError
            With 400 if the framing is broken or the content cut off, with 413 if there is too much of it.
        """
        try:
            part = self._framing.next_part()
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, str(error)) from error
        if part:
            self._received_bytes += len(part)
            self._check_length(self._received_bytes)
        return part

    def interim(self, status: int, fields: Fields = ()) -> bytes:
        """Frame an interim response (RFC 9110 section 15.2); nothing for a client of HTTP/1.0."""
        if not self.speaks_11 or self._has_started:
            return b""
        return b"%b%b\r\n" % (status_line(status), write_fields(fields, CONNECTION_OURS))

    def start(self, response: Response, *, close: bool = False) -> bytes:
        """Frame the head of a response, and its content unless that is a stream.

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
        dropped = CONNECTION_OURS if no_content else _NEITHER
        length = self._declared_length(response, no_content=no_content)
        head = self._framing.response_head(response, dropped, length, no_content=no_content, close=close)
        self._has_started = True
        is_tunnel = self._framing.is_tunnel
        self.sends_no_content = no_content or is_tunnel
        body = response.body
        if not self.sends_no_content and is_stream(body):
            return head
        if body and not self.sends_no_content:
            head += self.content(cast("bytes", body))
        return head if is_tunnel else head + self.end()

    def _declared_length(self, response: Response, *, no_content: bool) -> int | None:
        """Return the length to declare: of the content, or of that which GET would have got in place of this HEAD."""
        if not no_content:
            return None if opens_tunnel(self._method, response.status) else content_length(response.body)
        would_have_one = self._method == "HEAD" and response.body is not None and response.status not in {204, 304}
        said_already = any(name == "content-length" for name, _ in response.fields)
        return content_length(response.body) if would_have_one and not said_already else None

    @staticmethod
    def refusal(fault: RefusedError) -> bytes:
        """Frame the response to a request that is refused; the connection ends with it."""
        phrase = REASONS.get(fault.status, b"").decode()
        text = f"{fault.status} {phrase}: {fault.reason}\n".encode()
        head = f"date: {http_date()}\r\ncontent-type: text/plain\r\ncontent-length: {len(text)}\r\n"
        return b"".join((status_line(fault.status), head.encode(), CLOSE, b"\r\n", text))

    def next_cycle(self) -> bool:
        """Make ready for the next request; False if the connection must be closed."""
        return self._framing.next_cycle()


@lru_cache(maxsize=16)
def _reader(limits: Limits) -> Callable[[bytes, str], _RequestHead | None]:
    """Return a function that checks heads and reads those in their common form; it remembers heads that repeat."""

    def read(head: bytes, scheme: str) -> _RequestHead | None:
        head_checks.check_request(head, limits)
        line, fields = read_fields(head)
        method, target, version = line.split(" ")
        names = dict(fields)
        if not is_common(names, version) or method == "CONNECT":
            return None
        absolute, authority = targets.received(method, target, names.get("host"), scheme)
        return _RequestHead(method, absolute, authority, without(fields, OURS), int(names.get("content-length", 0)))

    remembered = lru_cache(maxsize=1024)(read)
    return lambda head, scheme: (remembered if len(head) <= _LONGEST_REMEMBERED else read)(head, scheme)

"""HTTP/1.1 on a wire, without a socket: bytes to messages and back, by h11.

One `ServerWire` or `ClientWire` goes with one connection.  What comes is fed in, what is to be sent is given
back.  Theory of operation: heads are held until they are complete, looked at strictly (`heads`), and only
then read by h11, which also keeps the framing of contents and the question whether the connection lives on.

Framing fields (Content-Length, Transfer-Encoding) and Host belong to the wire: they are taken off on receipt
and written anew.  A Content-Length stays where it does not frame anything: in an answer to HEAD and in a 304.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from time import time
from typing import Any, Final

import h11

from sim.lab import heads, targets
from sim.lab.faults import CutOffError, RefusedError, UpstreamError
from sim.lab.limits import Limits
from sim.messages import Body, CacheStatus, Fields, Request, Response

END: Final = b""
"""The end of a content, as `next_content` gives it."""

_OURS = frozenset({"host", "content-length", "transfer-encoding"})
_CODING = frozenset({"transfer-encoding"})
_CONNECTION_OURS = frozenset(
    {"connection", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding", "host", "te", "trailer"}
)
_FROM_STORE = frozenset({CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.REVALIDATED, CacheStatus.COLLAPSED})
_NOTHING = h11.EndOfMessage()
_REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}

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


def _text(headers: Any) -> Fields:
    return tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in headers)


def _without(fields: Fields, names: frozenset[str]) -> Fields:
    return tuple(pair for pair in fields if pair[0] not in names)


def _raw(fields: Fields, dropped: frozenset[str]) -> list[tuple[bytes, bytes]]:
    try:
        return [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields if name not in dropped]
    except UnicodeEncodeError as error:
        raise h11.LocalProtocolError(f"a field holds what cannot be sent: {error.object!r}") from error


class _Wire:
    """What both ends do alike: hold bytes until h11 may have them."""

    def __init__(self, role: type[h11.CLIENT | h11.SERVER], limits: Limits) -> None:
        self._role = role
        self._limits = limits
        self._held = bytearray()
        self._h11 = h11.Connection(role, max_incomplete_event_size=limits.head_bytes)
        self._in_content = False

    def feed(self, data: bytes) -> None:
        """Take what came; nothing at all says that nothing more will come."""
        if self._in_content or not data:
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

    def _head(self, take: Any) -> HttpEvent | None:
        head = heads.take_head(self._held, self._limits)
        if head is None:
            return None
        take(head, self._limits)
        self._head_bytes = len(head)
        self._h11.receive_data(head)
        return self._h11.next_event()

    def _content_follows(self) -> None:
        self._in_content = True
        if self._held:
            self._h11.receive_data(bytes(self._held))
            self._held.clear()

    def _next_cycle(self) -> None:
        """Make ready for the next message; what came of it already goes back to be looked at."""
        self._in_content = False
        rest = self._h11.trailing_data[0]
        if rest:
            self._held[:0] = rest
            self._h11 = h11.Connection(self._role, max_incomplete_event_size=self._limits.head_bytes)
        else:
            self._h11.start_next_cycle()

    def content(self, data: bytes) -> bytes:
        """Frame a part of the content that is sent."""
        return self._h11.send(h11.Data(data=data)) or b"" if data else b""

    def end(self) -> bytes:
        """Frame the end of the content that is sent."""
        return self._h11.send(_NOTHING) or b""


class ServerWire(_Wire):
    r"""Requests in, responses out.

    Parameters
    ----------
    scheme : str
        ``https`` under TLS, else ``http``.
    authority : str
        Where the server is reached: the host of a request of HTTP/1.0 that names none.
    limits : Limits
        Bounds on requests.

    Examples
    --------
    >>> wire = ServerWire("http", "127.0.0.1:80", Limits())
    >>> wire.feed(b"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n")
    >>> wire.next_request().target
    'http://a.example/x'
    >>> wire.start(Response(204, (("date", "now"),), 0)).splitlines()
    [b'HTTP/1.1 204 No Content', b'date: now', b'']
    """

    def __init__(self, scheme: str, authority: str, limits: Limits) -> None:
        super().__init__(h11.SERVER, limits)
        self._scheme = scheme
        self._authority = authority
        self._received_bytes = 0
        self._method = ""
        self.length: int | None = 0
        self._has_no_content = False

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
        try:
            event = self._head(heads.check_request)
            if event is None:
                return None
            return self._request(event)
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, str(error)) from error

    def _request(self, event: HttpEvent) -> Request:
        method = self._method = event.method.decode("ascii")
        fields = _text(event.headers)
        names = dict(fields)
        host = names.get("host")
        if host is None and event.http_version == b"1.0" and method != "CONNECT":
            host = self._authority
        target, authority = targets.received(method, event.target.decode("ascii"), host, self._scheme)
        body = self._begin_content(names)
        size_bytes = self._head_bytes + (self.length or 0)
        return Request(0, method, target, authority, _without(fields, _OURS), size_bytes, body=body)

    def _begin_content(self, names: dict[str, str]) -> bytes | None:
        self._received_bytes = 0
        self.length = None if "transfer-encoding" in names else int(names.get("content-length", 0))
        if self.length == 0:
            self._h11.next_event()  # the end of the message, which moves h11's state on
            return None
        if self.length is not None and self.length > self._limits.body_bytes:
            raise RefusedError(413, f"the content is larger than {self._limits.body_bytes:.0f} bytes")
        whole = self.length is not None and len(self._held) >= self.length
        self._content_follows()
        return self._whole_content() if whole else b""

    def _whole_content(self) -> bytes:
        parts = []
        while part := self.next_content():
            parts.append(part)
        return b"".join(parts)

    @property
    def is_streaming(self) -> bool:
        """Whether the request's content is not all here yet."""
        return self._h11.their_state is h11.SEND_BODY

    @property
    def is_waiting_for_continue(self) -> bool:
        """Whether the client holds its content back until it hears 100 Continue."""
        return self._h11.they_are_waiting_for_100_continue

    @property
    def speaks_11(self) -> bool:
        """Whether the client understands interim answers."""
        return self._h11.their_http_version != b"1.0"

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
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise RefusedError(error.error_status_hint, str(error)) from error
        if isinstance(event, h11.Data):
            self._received_bytes += len(event.data)
            if self._received_bytes > self._limits.body_bytes:
                raise RefusedError(413, f"the content is larger than {self._limits.body_bytes:.0f} bytes")
            return bytes(event.data)
        return None if event is h11.NEED_DATA else END

    def interim(self, status: int, fields: Fields = ()) -> bytes:
        """Frame an interim response (RFC 9110 section 15.2); nothing for a client of HTTP/1.0."""
        if not self.speaks_11 or self._h11.our_state is not h11.SEND_RESPONSE:
            return b""
        headers = _raw(fields, _CONNECTION_OURS)
        interim = h11.InformationalResponse(status_code=status, headers=headers, reason=_REASONS.get(status, b""))
        return self._h11.send(interim) or b""

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
        """
        no_content = self._method == "HEAD" or response.status in {204, 304}
        headers = self._response_headers(response, no_content=no_content)
        if close:
            headers.append((b"connection", b"close"))
        reason = _REASONS.get(response.status, b"")
        head = self._h11.send(h11.Response(status_code=response.status, headers=headers, reason=reason)) or b""
        self._has_no_content = no_content or self._h11.our_state is h11.SWITCHED_PROTOCOL
        if self._has_no_content or not isinstance(response.body, AsyncIterable):
            body = b"" if self._has_no_content or response.body is None else response.body
            return head + (self.content(body) if body else b"") + self._end_unless_switched()  # type: ignore[arg-type]
        return head

    def _response_headers(self, response: Response, *, no_content: bool) -> list[tuple[bytes, bytes]]:
        dropped = _CONNECTION_OURS if no_content else _CONNECTION_OURS | {"content-length"}
        headers = _raw(response.fields, dropped)
        if not any(name == b"date" for name, _ in headers):
            headers.append((b"date", http_date().encode()))
        length = content_length(response.body)
        if length is not None and not no_content and not self._is_tunnel(response):
            headers.append((b"content-length", b"%d" % length))
        return headers

    def _is_tunnel(self, response: Response) -> bool:
        return self._method == "CONNECT" and 200 <= response.status < 300  # noqa: PLR2004

    def _end_unless_switched(self) -> bytes:
        return b"" if self._h11.our_state is h11.SWITCHED_PROTOCOL else self.end()

    @property
    def is_switched(self) -> bool:
        """Whether the connection is a tunnel now."""
        return self._h11.our_state is h11.SWITCHED_PROTOCOL

    @property
    def sends_no_content(self) -> bool:
        """Whether the response that was begun has no content, whatever its body is."""
        return self._has_no_content

    def refusal(self, fault: RefusedError) -> bytes:
        """Frame the answer to a request that is refused; nothing can follow it."""
        text = f"{fault.status} {_REASONS.get(fault.status, b'').decode()}: {fault.reason}\n".encode()
        head = (
            f"HTTP/1.1 {fault.status} {_REASONS.get(fault.status, b'').decode()}\r\ndate: {http_date()}\r\n"
            f"content-type: text/plain\r\ncontent-length: {len(text)}\r\nconnection: close\r\n\r\n"
        )
        return head.encode() + text

    def next_cycle(self) -> bool:
        """Make ready for the next request; False if the connection must be closed."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            return False
        self._next_cycle()
        return True


class ClientWire(_Wire):
    r"""Requests out, responses in.

    Parameters
    ----------
    limits : Limits
        Bounds on heads of responses.

    Examples
    --------
    >>> wire = ClientWire(Limits())
    >>> request = Request(0, "GET", "http://a.example/x", "a.example", ())
    >>> wire.start(request).splitlines()
    [b'GET /x HTTP/1.1', b'host: a.example', b'']
    >>> wire.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    >>> wire.next_response().status, wire.next_content()
    (200, b'hi')
    """

    def __init__(self, limits: Limits) -> None:
        super().__init__(h11.CLIENT, limits)
        self.length: int | None = 0
        self.frames_nothing = False
        self._method = ""

    def start(self, request: Request, *, absolute_form: bool = False) -> bytes:
        """Frame a request, and its content where it has no stream of it.

        Parameters
        ----------
        request : Request
            The request.
        absolute_form : bool
            Whether the next node is a forward proxy.

        Returns
        -------
        bytes
            What is to be sent.
        """
        self._method = request.method
        headers = [(b"host", request.host.encode("ascii")), *_raw(request.fields, _CONNECTION_OURS | _OURS)]
        length = content_length(request.body)
        if length is None:
            headers.append((b"transfer-encoding", b"chunked"))
        elif length or request.body is not None or request.method in {"POST", "PUT", "PATCH"}:
            headers.append((b"content-length", b"%d" % length))
        target = targets.to_send(request.method, request.target, absolute_form=absolute_form)
        head = self._h11.send(h11.Request(method=request.method, target=target, headers=headers)) or b""
        if isinstance(request.body, AsyncIterable):
            return head
        return head + self.content(request.body or b"") + self.end()

    def next_response(self) -> Response | None:
        """Give the next response, interim ones too, once its head is there.

        Returns
        -------
        Response or None
            Without its content, which `next_content` gives.

        Raises
        ------
        UpstreamError
            If it is malformed or out of bounds.
        """
        try:
            event = self._head(heads.check_response)
        except (RefusedError, h11.RemoteProtocolError) as error:
            raise UpstreamError("http_protocol_error", str(error)) from error
        if event is None:
            return None
        fields = _text(event.headers)
        if event.status_code < 200:  # noqa: PLR2004
            return Response(event.status_code, fields, self._head_bytes)
        return self._final(event.status_code, fields)

    def _final(self, status: int, fields: Fields) -> Response:
        names = dict(fields)
        self.frames_nothing = self._method == "HEAD" or status in {204, 304} or self._is_tunnel(status)
        if self.frames_nothing:
            self.length = 0
        elif "transfer-encoding" in names:
            self.length = None
        else:
            self.length = int(names["content-length"]) if "content-length" in names else None
        self._content_follows()
        kept = _without(fields, _CODING if self._method == "HEAD" or status == 304 else _OURS)  # noqa: PLR2004
        return Response(status, kept, self._head_bytes + (self.length or 0))

    def _is_tunnel(self, status: int) -> bool:
        return self._method == "CONNECT" and 200 <= status < 300  # noqa: PLR2004

    @property
    def is_tunnel(self) -> bool:
        """Whether the connection is a tunnel now."""
        return self._h11.their_state is h11.SWITCHED_PROTOCOL

    def next_content(self) -> bytes | None:
        """Give the next part of the response's content.

        Returns
        -------
        bytes or None
            `END` after the last part; None while nothing is there.

        Raises
        ------
        UpstreamError
            If the framing is broken, or the content was cut off.
        """
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise CutOffError(str(error)) from error
        if isinstance(event, h11.Data):
            return bytes(event.data)
        return None if event is h11.NEED_DATA else END

    def next_cycle(self) -> bool:
        """Make ready for the next request; False if the connection must be closed."""
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE or self._h11.trailing_data[0]:
            return False
        self._next_cycle()
        return True

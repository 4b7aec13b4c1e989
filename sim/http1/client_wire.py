"""The client's end of a wire: requests out, responses in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import h11

from sim.http1 import head_checks, targets
from sim.http1.errors import CutOffError, RefusedError, UpstreamError
from sim.http1.fast_path import Outgoing, is_common, read_fields, request_line, write_fields
from sim.http1.limits import Limits
from sim.http1.wire import (
    CODING,
    CONNECTION_OURS,
    END,
    OURS,
    Wire,
    content_length,
    is_stream,
    raw_fields,
    text_fields,
    without,
)
from sim.messages import Fields, Request, Response

_DROPPED = CONNECTION_OURS | OURS
_HAVE_CONTENT = frozenset({"POST", "PUT", "PATCH"})
_LONGEST_REMEMBERED = 2048


class _Answered(NamedTuple):
    """What a response's head says; ``length`` is None where nothing is declared."""

    status: int
    fields: Fields
    length: int | None
    is_common: bool


class ClientWire(Wire):
    r"""Requests out, responses in.

    Parameters
    ----------
    limits : Limits
        Bounds on heads of responses.
    by_h11 : bool
        Whether h11 reads and writes everything, also what has its common form.

    Attributes
    ----------
    length : int or None
        Length of the response's content, where its head says so.
    frames_nothing : bool
        Whether the response has no content by its nature.

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

    def __init__(self, limits: Limits, *, by_h11: bool = False) -> None:
        super().__init__(h11.CLIENT, limits, by_h11=by_h11)
        self._read = _reader(limits)
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

        Raises
        ------
        h11.LocalProtocolError
            If it holds what cannot be sent.
        """
        method, body = request.method, request.body
        self._method = method
        target = targets.to_send(method, request.target, absolute_form=absolute_form)
        streams = is_stream(body)
        self._is_common = not (streams or self._always_h11 or method == "CONNECT")
        if self._is_common:
            return self._common_start(request, target, body or b"")  # type: ignore[arg-type]
        length = content_length(body)
        headers = [(b"host", request.host.encode("ascii", "replace")), *raw_fields(request.fields, _DROPPED)]
        if length is None:
            headers.append((b"transfer-encoding", b"chunked"))
        elif length or body is not None or method in _HAVE_CONTENT:
            headers.append((b"content-length", b"%d" % length))
        head = self._h11.send(h11.Request(method=method, target=target, headers=headers)) or b""
        return head if streams else head + self.content(body or b"") + self.end()  # type: ignore[arg-type]

    def _common_start(self, request: Request, target: str, body: bytes) -> bytes:
        method = request.method
        self._outgoing = Outgoing(0)
        lines = write_fields(request.fields, _DROPPED)
        host = write_fields((("host", request.host),), frozenset())
        has_content = body or request.body is not None or method in _HAVE_CONTENT
        length = b"content-length: %d\r\n" % len(body) if has_content else b""
        return b"".join((request_line(method, target), host, lines, length, b"\r\n", body))

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
            head = head_checks.take_head(self._held, self._limits)
            if head is None:
                return None
            answered = self._read(head, self._method == "HEAD")
            if self._is_common and not answered.is_common:
                self._hand_over()
            if self._is_common:
                return self._common_final(answered, len(head))
            event = self._h11_reads(head)
        except (RefusedError, h11.RemoteProtocolError) as error:
            raise UpstreamError("http_protocol_error", str(error)) from error
        fields = text_fields(event.headers)
        if event.status_code < 200:  # noqa: PLR2004
            return Response(event.status_code, fields, len(head))
        return self._h11_final(event.status_code, fields, len(head))

    def _hand_over(self) -> None:
        """Let h11 read the answer: it must believe that it sent the request."""
        self._is_common = False
        self._h11.send(h11.Request(method=self._method, target="/", headers=[("host", "h")]))
        self._h11.send(h11.EndOfMessage())

    def _common_final(self, answered: _Answered, head_bytes: int) -> Response:
        status, fields, length, _ = answered
        self.frames_nothing = self._method == "HEAD" or status in {204, 304}
        self.length = self._unread_bytes = 0 if self.frames_nothing or length is None else length
        return Response(status, fields, head_bytes + self.length)

    def _h11_final(self, status: int, fields: Fields, head_bytes: int) -> Response:
        names = dict(fields)
        self.frames_nothing = self._method == "HEAD" or status in {204, 304} or self._opens_tunnel(status)
        if self.frames_nothing:
            self.length = 0
        elif "transfer-encoding" in names:
            self.length = None
        else:
            self.length = int(names["content-length"]) if "content-length" in names else None
        self._h11_reads_content()
        return Response(status, _kept(fields, status, is_head=self._method == "HEAD"), head_bytes + (self.length or 0))

    def _opens_tunnel(self, status: int) -> bool:
        return self._method == "CONNECT" and 200 <= status < 300  # noqa: PLR2004

    @property
    def is_tunnel(self) -> bool:
        """Whether the connection is a tunnel now."""
        return not self._is_common and self._h11.their_state is h11.SWITCHED_PROTOCOL

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
        if self._is_common:
            part = self._common_part()
            if part is None and self._has_ended:
                raise CutOffError("closed in the middle of the content")
            return part
        try:
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise CutOffError(str(error)) from error
        if isinstance(event, h11.Data):
            return bytes(event.data)
        return None if event is h11.NEED_DATA else END

    def next_cycle(self) -> bool:
        """Make ready for the next request; False if the connection must be closed."""
        if self._is_common:
            return not self._unread_bytes and not self._held
        return not self._h11.trailing_data[0] and self._h11_next_cycle()


def _kept(fields: Fields, status: int, *, is_head: bool) -> Fields:
    """Take off what framed the content on this wire; a Content-Length that frames nothing stays."""
    return without(fields, CODING if is_head or status == 304 else OURS)  # noqa: PLR2004


@lru_cache(maxsize=16)
def _reader(limits: Limits) -> Callable[[bytes, bool], _Answered]:
    """Make what looks at heads and reads them; within a second, servers send the same ones over and over."""

    def read(head: bytes, is_head: bool) -> _Answered:  # noqa: FBT001
        head_checks.check_response(head, limits)
        line, fields = read_fields(head)
        names = dict(fields)
        version, status = line[:8], int(line[9:12])
        nothing = is_head or status in {204, 304}
        declared = names.get("content-length")
        common = is_common(names, version) and status >= 200 and (nothing or declared is not None)  # noqa: PLR2004
        return _Answered(status, _kept(fields, status, is_head=is_head), int(declared) if declared else None, common)

    remembered = lru_cache(maxsize=1024)(read)
    return lambda head, is_head: (remembered if len(head) <= _LONGEST_REMEMBERED else read)(head, is_head)

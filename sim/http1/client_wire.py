"""The client's end of a wire: requests out, responses in."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, cast

import h11

from sim.http1 import head_checks, targets
from sim.http1.errors import CutOffError, RefusedError, UpstreamError
from sim.http1.fast_path import is_common, read_fields
from sim.http1.framing import FastFraming, H11Framing
from sim.http1.limits import Limits
from sim.http1.wire import CODING, CONNECTION_OURS, OURS, Wire, content_length, is_stream, opens_tunnel, text_fields
from sim.messages import Fields, Request, Response
from sim.rules.fields import without

_DROPPED = CONNECTION_OURS | OURS
_HAVE_CONTENT = frozenset({"POST", "PUT", "PATCH"})
_LONGEST_REMEMBERED = 2048
_FIRST_FINAL = 200


class _ResponseHead(NamedTuple):
    """What a response's head says; ``length`` is None where none is declared."""

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
        Whether h11 reads and writes everything, even heads in their common form.

    Attributes
    ----------
    length : int or None
        Length of the response's content, where its head declares it.
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
        """Frame a request, and its content unless that is a stream.

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
        if streams or self._always_h11 or method == "CONNECT":
            self._by_h11()
        else:
            self._framing = FastFraming(self._held)
        no_content = body is None and method not in _HAVE_CONTENT
        head = self._framing.request_head(request, target, _DROPPED, content_length(body), no_content=no_content)
        return head if streams else head + self.content(cast("bytes", body or b"")) + self.end()

    def next_response(self) -> Response | None:
        """Return the next response, interim ones too, once its head is complete.

        Returns
        -------
        Response or None
            Without its content, which `next_content` returns.

        Raises
        ------
        UpstreamError
            If it is malformed or out of bounds.
        """
        try:
            head = head_checks.take_head(self._held, self._limits)
            if head is None:
                return None
            read = self._read(head, self._method == "HEAD")
            if not (read.is_common and isinstance(self._framing, FastFraming)):
                read = self._read_by_h11(head)
        except (RefusedError, h11.RemoteProtocolError) as error:
            raise UpstreamError("http_protocol_error", str(error)) from error
        status, fields, length, _ = read
        if status < _FIRST_FINAL:
            return Response(status, fields, len(head))
        self.frames_nothing = self._method == "HEAD" or status in {204, 304} or opens_tunnel(self._method, status)
        self.length = length = 0 if self.frames_nothing else length
        self._framing.begin_content(length)
        return Response(status, fields, len(head) + (length or 0))

    def _read_by_h11(self, head: bytes) -> _ResponseHead:
        framing = self._framing
        if not isinstance(framing, H11Framing):
            framing = self._by_h11()
            framing.note_sent(self._method)
        event = framing.read_head(head)
        status, fields = event.status_code, text_fields(event.headers)
        if status < _FIRST_FINAL:
            return _ResponseHead(status, fields, 0, is_common=False)
        declared = dict(fields).get("content-length")
        kept = _kept(fields, status, is_head=self._method == "HEAD")
        return _ResponseHead(status, kept, int(declared) if declared else None, is_common=False)

    def next_content(self) -> bytes | None:
        """Return the next part of the response's content.

        Returns
        -------
        bytes or None
            `END` after the last part; None while nothing is there.

        Raises
        ------
        CutOffError
            If the framing is broken, or the content was cut off.
        """
        try:
            return self._framing.next_part()
        except h11.RemoteProtocolError as error:
            raise CutOffError(str(error)) from error

    def next_cycle(self) -> bool:
        """Make ready for the next request; False if the connection must be closed, as when more came than was asked."""
        return not self._framing.rest() and self._framing.next_cycle()


def _kept(fields: Fields, status: int, *, is_head: bool) -> Fields:
    """Take off what framed the content on this wire; a Content-Length that frames nothing stays."""
    return without(fields, CODING if is_head or status == 304 else OURS)  # noqa: PLR2004


@lru_cache(maxsize=16)
def _reader(limits: Limits) -> Callable[[bytes, bool], _ResponseHead]:
    """Return a function that checks heads and reads them; it remembers heads that repeat within a second."""

    def read(head: bytes, is_head: bool) -> _ResponseHead:  # noqa: FBT001
        head_checks.check_response(head, limits)
        line, fields = read_fields(head)
        names = dict(fields)
        version, status = line[:8], int(line[9:12])
        nothing = is_head or status in {204, 304}
        declared = names.get("content-length")
        common = is_common(names, version) and status >= _FIRST_FINAL and (nothing or declared is not None)
        return _ResponseHead(
            status, _kept(fields, status, is_head=is_head), int(declared) if declared else None, common
        )

    remembered = lru_cache(maxsize=1024)(read)
    return lambda head, is_head: (remembered if len(head) <= _LONGEST_REMEMBERED else read)(head, is_head)

"""One connection to a next node: exchanges on it, one after the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import NamedTuple

import h11

from sim.http1.client_wire import ClientWire
from sim.http1.errors import CutOffError, UpstreamError
from sim.http1.limits import Limits
from sim.http1.stream import SilenceError, Stream
from sim.http1.streaming import ResponseContent
from sim.http1.tunnel import Tunnel
from sim.http1.wire import is_stream
from sim.messages import Fields, Request, Response

CONTINUE = 100
MOST_INTERIM = 32
"""Interim responses that are accepted before the final one."""

FIRST_FINAL = 200


class StaleError(Exception):
    """The connection was closed before one byte of a response came."""


class OutgoingRequest(NamedTuple):
    """A request, whether its target is sent in absolute form, and what is called with interim responses."""

    request: Request
    absolute_form: bool = False
    on_interim: Callable[[int, Fields], None] | None = None


class Upstream:
    """A connection to a next node.

    Parameters
    ----------
    stream : Stream
        The connection.
    limits : Limits
        Times and sizes.
    when_free : callable
        Called with this object after each exchange after which the connection may be kept.
    """

    def __init__(self, stream: Stream, limits: Limits, when_free: Callable[[Upstream], None]) -> None:
        self.stream = stream
        self.local: tuple[str, int] = stream.fact("sockname")[:2]
        self.remote: tuple[str, int] = stream.fact("peername")[:2]
        self._limits = limits
        self._when_free = when_free
        self._wire = ClientWire(limits)
        self.loop = asyncio.get_running_loop()
        self._upload: asyncio.Task[None] | None = None
        self._may_upload: asyncio.Event | None = None
        self.idle_since_s = 0.0

    async def exchange(self, exchange: OutgoingRequest) -> Response:
        """Send a request and wait for the head of the response; see `ConnectionPool.send`."""
        try:
            return await self._exchange(exchange)
        except BaseException:
            self.break_off()
            raise

    async def _exchange(self, exchange: OutgoingRequest) -> Response:
        request = exchange.request
        before_bytes = self.stream.received_bytes
        try:
            self.stream.write(self._wire.start(request, absolute_form=exchange.absolute_form))
            if is_stream(request.body):
                self._begin_upload(request.body, request.fields)
            response = await self._read_head(exchange.on_interim)
        except ConnectionError as fault:
            self._raise_upload_fault()
            if self.stream.received_bytes == before_bytes:
                raise StaleError from fault
            raise CutOffError(str(fault)) from fault
        except h11.LocalProtocolError as fault:
            raise UpstreamError("http_request_error", str(fault)) from fault
        return await self._with_content(response)

    async def _read_head(self, on_interim: Callable[[int, Fields], None] | None) -> Response:
        interim = 0
        while interim < MOST_INTERIM:
            response = self._wire.next_response() if self._wire.has_begun else None
            if response is None:
                await self._read_more()
            elif response.status >= FIRST_FINAL:
                return response
            else:
                interim += 1
                self._note_interim(response, on_interim)
        raise UpstreamError("http_protocol_error", "too many interim responses")

    def _note_interim(self, response: Response, on_interim: Callable[[int, Fields], None] | None) -> None:
        if response.status == CONTINUE:
            self._let_upload()
        elif on_interim is not None:
            on_interim(response.status, response.fields)

    async def _read_more(self) -> None:
        try:
            data = await self.stream.read(self.loop.time() + self._limits.answer_timeout_s)
        except SilenceError as fault:
            raise UpstreamError("http_response_timeout", "the next node sent nothing for too long") from fault
        if not data:
            raise ConnectionResetError("closed before the response was complete")
        self._wire.feed(data)

    async def _with_content(self, response: Response) -> Response:
        if self._wire.is_tunnel:
            tunnel = Tunnel(self.stream, self._wire.take_rest(), self._limits.tunnel_timeout_s)
            return response._replace(body=tunnel)
        parts = []
        while part := self._wire.next_content():
            parts.append(part)
        if part is None:
            content = ResponseContent(self, self._wire.length, b"".join(parts), self._limits.kept_bytes)
            return response._replace(body=content)
        self._finish()
        has_content = parts or not self._wire.frames_nothing
        return response._replace(body=b"".join(parts) if has_content else None)

    async def read_content(self) -> bytes:
        """Wait for the next part of the response's content; empty at its end."""
        try:
            while (part := self._wire.next_content()) is None:
                await self._read_content_bytes()
        except BaseException:
            self.break_off()
            raise
        if not part:
            self._finish()
        return part

    async def _read_content_bytes(self) -> None:
        try:
            data = await self.stream.read(self.loop.time() + self._limits.answer_timeout_s)
        except SilenceError as fault:
            raise CutOffError("the next node sent nothing for too long") from fault
        except ConnectionError as fault:
            raise CutOffError(str(fault)) from fault
        self._wire.feed(data)

    def _finish(self) -> None:
        """Return the connection to its pool, if both messages are complete and both ends keep it open."""
        is_uploading = self._upload is not None and not self._upload.done()
        if is_uploading or not self._wire.next_cycle():
            self.break_off()
        else:
            self._upload = None
            self._when_free(self)

    def break_off(self) -> None:
        """Close the connection in the middle of an exchange."""
        if self._upload is not None:
            self._upload.cancel()
        self.stream.close()

    def _begin_upload(self, body: AsyncIterable[bytes], fields: Fields) -> None:
        self._may_upload = asyncio.Event()
        if not any(name == "expect" and value.lower() == "100-continue" for name, value in fields):
            self._may_upload.set()
        self._upload = asyncio.create_task(self._send_content(body))

    def _let_upload(self) -> None:
        if self._may_upload is not None:
            self._may_upload.set()

    async def _send_content(self, body: AsyncIterable[bytes]) -> None:
        """Send the content while the response is awaited, which may come before its end."""
        try:
            await self._wait_for_continue()
            async for part in body:
                self.stream.write(self._wire.content(part))
                await self.stream.drain(self._limits.write_timeout_s)
            self.stream.write(self._wire.end())
        except Exception:
            self.stream.abort()
            raise

    async def _wait_for_continue(self) -> None:
        if self._may_upload is not None and not self._may_upload.is_set():
            try:
                async with asyncio.timeout(self._limits.continue_timeout_s):
                    await self._may_upload.wait()
            except TimeoutError:
                return  # a client must not wait for 100 Continue indefinitely (RFC 9110 section 10.1.1)

    def _raise_upload_fault(self) -> None:
        """Raise the upload's own error, where that is what broke the connection."""
        upload = self._upload
        if upload is not None and upload.done() and not upload.cancelled():
            fault = upload.exception()
            if fault is not None and not isinstance(fault, ConnectionError):
                raise fault

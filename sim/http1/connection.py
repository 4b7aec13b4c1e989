"""One connection of a server: it reads a request's head, awaits the response, sends it, and begins again.

Contents are streamed both ways, no faster than the slower side reads them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Awaitable, Callable
from math import inf
from typing import Protocol

import h11

from sim.http1.errors import RefusedError, UpstreamError, as_response
from sim.http1.limits import Limits
from sim.http1.peer import Done, Peer, peer_of
from sim.http1.server_wire import ServerWire
from sim.http1.stream import SilenceError, Stream
from sim.http1.streaming import close_all
from sim.http1.tunnel import Tunnel, relay
from sim.messages import Fields, Request, Response

LINGER_S = 1.0
"""How long the rest of a refused request is read and discarded, so that the client can read the refusal."""

LINGER_BYTES = 1024 * 1024

log = logging.getLogger("proxysim.lab")


Answer = Callable[[Request, Peer], Awaitable[Response]]


class Serving(Protocol):
    """What a connection needs of its server."""

    answer: Answer
    limits: Limits
    on_done: Callable[[Done], None] | None
    is_stopping: bool


class RequestContent:
    """The content of a request, read from its connection as it is asked for."""

    def __init__(self, connection: Connection, length: int | None) -> None:
        self.length = length
        self._connection = connection

    def __aiter__(self) -> RequestContent:
        """Return the content itself: it can be read once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next part."""
        part = await self._connection.read_content()
        if not part:
            raise StopAsyncIteration
        return part


class Connection:
    """One client's connection: its requests one after the other.

    Parameters
    ----------
    serving : Serving
        The server, as its connections see it.
    stream : Stream
        The connection.

    Attributes
    ----------
    is_idle : bool
        Whether no byte of a next request has been received.
    """

    def __init__(self, serving: Serving, stream: Stream) -> None:
        self._limits = serving.limits
        self._serving = serving
        self._stream = stream
        self._loop = asyncio.get_running_loop()
        self.is_idle = True
        ip, port = stream.fact("sockname")[:2]
        self._wire = ServerWire("https" if stream.is_tls else "http", f"{ip}:{port}", serving.limits)
        self._request: Request | None = None
        self._response: Response | None = None
        self._status = 0
        self._started_s = 0.0
        self._has_answered = False
        self._cancel: Callable[[], object] | None = None
        self._peer = peer_of(stream, self._interim)

    def leave(self) -> None:
        """Close an idle connection."""
        self.is_idle = False
        self._stream.close()

    def turn_away(self) -> None:
        """Refuse the connection with 503, since there are too many."""
        self._stream.write(self._wire.refusal(RefusedError(503, "too many connections")))
        self._stream.close()

    async def converse(self) -> None:
        """Answer requests until one side ends the connection."""
        task = asyncio.current_task()
        self._cancel = task.cancel if task else None
        try:
            while await self._exchange():
                pass
        except (ConnectionError, SilenceError):
            self._stream.abort()
        except Exception:
            log.exception("connection of %s", self._peer.ip)
            self._stream.abort()
        finally:
            self._stream.when_lost = None
            await self._stream.gone(self._limits.write_timeout_s)

    async def _exchange(self) -> bool:
        """Answer one request; return False if it was the last."""
        self._request = self._response = None
        self._status = 0
        before_bytes = self._stream.sent_bytes
        try:
            request = self._request = await self._next_request()
            if request is None:
                return False
            self._started_s = self._loop.time()
            self._stream.when_lost = self._cancel
            if self._limits.total_timeout_s == inf:
                return await self._answer(request)
            async with asyncio.timeout(self._limits.total_timeout_s):
                return await self._answer(request)
        except RefusedError as fault:
            await self._refuse(fault)
        except TimeoutError:
            await self._refuse(RefusedError(504, "the request took too long to answer"))
        finally:
            self._stream.when_lost = None
            if self._serving.on_done is not None and (self._request or self._status):
                self._report(self._serving.on_done, self._stream.sent_bytes - before_bytes)
        return False

    def _report(self, report: Callable[[Done], None], sent_bytes: int) -> None:
        seconds = self._loop.time() - self._started_s if self._request else 0.0
        report(Done(self._peer.ip, self._request, self._response, self._status, sent_bytes, seconds))

    async def _next_request(self) -> Request | None:
        """Wait for a request's head; None if the client has finished, or stays idle too long."""
        self._has_answered = False
        self.is_idle = True
        deadline_s = self._loop.time() + self._limits.idle_timeout_s
        wire = self._wire
        while not wire.has_begun or (request := wire.next_request()) is None:
            if self.is_idle and wire.has_begun:
                self.is_idle = False
                deadline_s = self._loop.time() + self._limits.head_timeout_s
            try:
                data = await self._stream.read(deadline_s)
            except SilenceError:
                if self.is_idle:
                    return None
                raise RefusedError(408, "the request took too long") from None
            if not data:
                if wire.has_begun:
                    raise RefusedError(400, "the connection ended in the middle of the request")
                return None
            wire.feed(data)
        self.is_idle = False
        return self._with_stream(request)

    def _with_stream(self, request: Request) -> Request:
        if self._wire.is_streaming:
            return request._replace(body=RequestContent(self, self._wire.length))
        return request

    async def read_content(self) -> bytes:
        """Wait for the next part of the request's content; empty at its end."""
        if self._wire.is_waiting_for_continue:
            self._interim(100, ())
        while (part := self._wire.next_content()) is None:
            try:
                data = await self._stream.read(self._loop.time() + self._limits.read_timeout_s)
            except SilenceError:
                raise RefusedError(408, "the content took too long") from None
            self._wire.feed(data)
        return part

    def _interim(self, status: int, fields: Fields) -> None:
        self._stream.write(self._wire.interim(status, fields))

    async def _answer(self, request: Request) -> bool:
        try:
            response = await self._serving.answer(request, self._peer)
        except (RefusedError, ConnectionError):
            raise
        except UpstreamError as fault:
            response = as_response(fault)
        except Exception as fault:
            log.exception("answering %s %s", request.method, request.target)
            raise RefusedError(500, "internal error") from fault
        return await self._send(response)

    async def _send(self, response: Response) -> bool:
        """Send a response; return False if the connection ends with it."""
        body = response.body
        is_last = self._serving.is_stopping or self._wire.is_streaming or self._stream.at_eof
        try:
            head = self._wire.start(response, close=is_last)
        except h11.LocalProtocolError as fault:
            await close_all([body])
            raise RefusedError(502, f"the response cannot be sent: {fault}") from fault
        self._has_answered = True
        self._response = response
        self._status = response.status
        self._stream.write(head)
        if self._wire.is_tunnel and isinstance(body, Tunnel):
            await relay(self._stream, self._wire.take_rest(), body)
            return False
        if body is not None and not isinstance(body, bytes):
            await self._send_content(body)
        await self._stream.drain(self._limits.write_timeout_s)
        if self._wire.is_streaming:
            await self._linger()
        return self._wire.next_cycle() and not self._serving.is_stopping

    async def _send_content(self, body: AsyncIterable[bytes]) -> None:
        try:
            if self._wire.sends_no_content:
                return
            async for part in body:
                self._stream.write(self._wire.content(part))
                await self._stream.drain(self._limits.write_timeout_s)
            self._stream.write(self._wire.end())
        except (UpstreamError, RefusedError, h11.LocalProtocolError) as fault:
            # The head has been sent, so only a broken connection can show that the content is incomplete.
            raise ConnectionAbortedError(str(fault)) from fault
        finally:
            await close_all([body])

    async def _refuse(self, fault: RefusedError) -> None:
        if self._has_answered:
            self._stream.abort()
            return
        self._status = fault.status
        self._stream.write(self._wire.refusal(fault))
        await self._linger()

    async def _linger(self) -> None:
        """Finish sending and read on a little: a reset could take the response from a client that is still sending."""
        self._stream.write_eof()
        deadline_s = self._loop.time() + LINGER_S
        start = self._stream.received_bytes
        try:
            while self._stream.received_bytes - start < LINGER_BYTES and await self._stream.read(deadline_s):
                pass
        except (SilenceError, ConnectionError):
            pass

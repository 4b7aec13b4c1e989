"""One TCP connection as a stream of bytes in each direction, with bounds on memory and on time.

Faster than asyncio's own streams (no second buffer, and one timer for all waits of a connection); and it distinguishes
a peer that has finished sending from one whose connection is lost.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any, NamedTuple, cast

from sim.rules.proxy_protocol import ProxiedAddresses

HIGH_WATER_BYTES = 128 * 1024
"""Received and unread bytes beyond which reading pauses, so that TCP slows the peer down."""

_RESET = struct.pack("ii", 1, 0)


class SilenceError(Exception):
    """The peer sent nothing, or took nothing, for longer than allowed."""


class ReceivedProxyHeader(NamedTuple):
    """The PROXY header with which a proxy in front began a connection.

    Attributes
    ----------
    by : tuple of str and int
        The proxy's own address, noted at accept: the kernel no longer knows it once the connection is reset.
    ends : ProxiedAddresses or None
        The addresses of the client's connection; None for a connection of the proxy itself (LOCAL).
    """

    by: tuple[str, int]
    ends: ProxiedAddresses | None


class Stream(asyncio.Protocol):
    """One connection.

    Parameters
    ----------
    when_made : callable or None
        Called with the stream once it is connected.
    proxy_header : ReceivedProxyHeader or None
        The PROXY header with which it began.

    Attributes
    ----------
    proxy_header : ReceivedProxyHeader or None
        The same.
    when_lost, when_closed : callable or None
        Called once the connection is lost: the first for its present user, the second for its owner's count.
    at_eof : bool
        Whether the peer has finished sending.
    is_lost : bool
        Whether the connection is closed or broken.
    """

    def __init__(
        self, when_made: Callable[[Stream], None] | None = None, proxy_header: ReceivedProxyHeader | None = None
    ) -> None:
        self._when_made = when_made
        self.proxy_header = proxy_header
        self.when_lost: Callable[[], object] | None = None
        self.when_closed: Callable[[], None] | None = None
        self.at_eof = False
        self.is_lost = False
        self.received_bytes = 0
        self.sent_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._chunks: list[bytes] = []
        self._waiting_bytes = 0
        self._is_paused = False
        self._reader: asyncio.Future[None] | None = None
        self._deadline_s = inf
        self._timer: asyncio.TimerHandle | None = None
        self._fault: Exception | None = None
        self._writable: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] | None = None

    # called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self.transport = cast("asyncio.Transport", transport)
        self.is_tls = transport.get_extra_info("ssl_object") is not None
        if self._when_made is not None:
            self._when_made(self)

    def data_received(self, data: bytes) -> None:
        """Keep received bytes, and wake the reader."""
        self._chunks.append(data)
        self.received_bytes += len(data)
        self._waiting_bytes += len(data)
        if self._waiting_bytes > HIGH_WATER_BYTES and not self._is_paused:
            self._is_paused = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        """Note that the peer has finished sending; a plain connection stays open for sending."""
        self.at_eof = True
        self._wake()
        return not self.is_tls

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection is closed or broken."""
        self.is_lost = True
        self.at_eof = True
        self._fault = self._fault or exc
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake()
        for waiting in (self._writable, self._gone):
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        for notify in (self.when_lost, self.when_closed):
            if notify is not None:
                notify()

    def pause_writing(self) -> None:
        """Note that the send buffer is full."""
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        """Note that the send buffer has room again."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # called by the connection's user

    def fact(self, name: str) -> Any:
        """Return a fact of the transport, such as ``peername``."""
        return self.transport.get_extra_info(name)

    @property
    def ends(self) -> ProxiedAddresses:
        """The client's address and the one that it connected to: by the PROXY header, else by the kernel."""
        if self.proxy_header is not None and self.proxy_header.ends is not None:
            return self.proxy_header.ends
        ip, port = self.fact("sockname")[:2]
        peer_ip, peer_port = self.proxy_header.by if self.proxy_header else self.fact("peername")[:2]
        return ProxiedAddresses(peer_ip, ip, peer_port, port)

    @property
    def is_quiet(self) -> bool:
        """Whether the connection is open and nothing unread is there, so that it can be used again."""
        return not (self.at_eof or self._chunks or self.transport.is_closing())

    async def read(self, deadline_s: float = inf) -> bytes:
        """Wait for received bytes.

        Parameters
        ----------
        deadline_s : float
            Until when to wait, on the clock of the event loop.

        Returns
        -------
        bytes
            All that is there; empty once the peer has finished sending.

        Raises
        ------
        SilenceError
            If nothing came in time.
        ConnectionError
            If the connection broke.
        """
        if not self._chunks and not self.at_eof:
            await self._wait(deadline_s)
        if self._chunks:
            return self._take()
        if isinstance(self._fault, OSError):
            raise ConnectionResetError(str(self._fault)) from self._fault
        return b""

    async def _wait(self, deadline_s: float) -> None:
        if deadline_s <= self._loop.time():
            raise SilenceError
        self._reader = self._loop.create_future()
        self._deadline_s = deadline_s
        if deadline_s < inf and (self._timer is None or self._timer.when() > deadline_s):
            self._arm(deadline_s)
        try:
            await self._reader
        finally:
            self._reader = None
            self._deadline_s = inf

    def _arm(self, deadline_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline_s, self._on_time)

    def _on_time(self) -> None:
        """End the wait if its deadline has passed; it may have moved on since the timer was set."""
        self._timer = None
        if self._deadline_s == inf or self.is_lost:
            return
        if self._loop.time() < self._deadline_s:
            self._arm(self._deadline_s)
        elif self._reader is not None and not self._reader.done():
            self._reader.set_exception(SilenceError())

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def _take(self) -> bytes:
        chunks = self._chunks
        data = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        self._chunks = []
        self._waiting_bytes = 0
        if self._is_paused:
            self._is_paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()
        return data

    def write(self, data: bytes) -> None:
        """Send bytes; await `drain` before sending many more."""
        if self.is_lost:
            raise ConnectionResetError("the connection is lost")
        if data:
            self.sent_bytes += len(data)
            self.transport.write(data)

    async def drain(self, timeout_s: float) -> None:
        """Wait until the peer has taken most of what it was sent.

        Parameters
        ----------
        timeout_s : float
            Longest time without progress, in seconds.

        Raises
        ------
        SilenceError
            If it took nothing for so long; the connection is aborted then, since its send buffer will never empty.
        ConnectionError
            If the connection is lost.
        """
        while self._writable is not None and not self.is_lost:
            before = self.transport.get_write_buffer_size()
            await asyncio.wait([self._writable], timeout=timeout_s)
            if self._writable is not None and self.transport.get_write_buffer_size() >= before:
                self.abort()
                raise SilenceError
        if self.is_lost:
            raise ConnectionResetError("the connection is lost")

    def write_eof(self) -> None:
        """Finish sending; under TLS that closes the connection."""
        if self.transport.can_write_eof():
            if not self.transport.is_closing():
                with suppress(OSError):  # the peer has reset the connection, and asyncio has not noticed yet
                    self.transport.write_eof()
        else:
            self.transport.close()

    def close(self) -> None:
        """Close, once everything is sent."""
        self.transport.close()

    def abort(self) -> None:
        """Reset the connection, so that the peer takes no message for complete."""
        sock = self.fact("socket")
        if sock is not None and not self.is_lost and sock.fileno() >= 0:
            # Without this the kernel would close in good order where nothing unread is there.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.transport.abort()

    async def gone(self, timeout_s: float) -> None:
        """Close, and wait until that is done; abort if the peer takes too long."""
        self.transport.close()
        if self.is_lost:
            return
        self._gone = self._loop.create_future()
        await asyncio.wait([self._gone], timeout=timeout_s)
        if not self.is_lost:
            self.transport.abort()
            await asyncio.wait([self._gone], timeout=timeout_s)

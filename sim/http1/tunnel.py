"""Tunnels: what a 2xx response to CONNECT carries (RFC 9110 section 9.3.6), and how a server relays it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from sim.http1.stream import Stream


class Tunnel:
    """The far end of a tunnel: iterate asynchronously over what it sends, and send to it.

    Parameters
    ----------
    stream : Stream
        The connection to the far end.
    early : bytes
        Bytes that it has sent already.
    timeout_s : float
        Longest silence, in seconds.
    """

    length = None

    def __init__(self, stream: Stream, early: bytes, timeout_s: float) -> None:
        self.stream = stream
        self.timeout_s = timeout_s
        self._early = early

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield what the far end sends, until it has finished."""
        if self._early:
            yield self._early
        while data := await self.stream.read():
            yield data

    async def send(self, data: bytes) -> None:
        """Send to the far end, no faster than it reads."""
        self.stream.write(data)
        await self.stream.drain(self.timeout_s)

    def send_eof(self) -> None:
        """Finish sending to the far end, and still receive from it."""
        self.stream.write_eof()

    async def aclose(self) -> None:
        """Close the connection to the far end."""
        self.stream.close()


async def relay(near: Stream, early: bytes, tunnel: Tunnel) -> None:
    """Relay bytes both ways until both ends have finished, one is lost, or both are silent for too long.

    Parameters
    ----------
    near : Stream
        The connection to the client.
    early : bytes
        Bytes that the client has sent into the tunnel already.
    tunnel : Tunnel
        The far end.
    """
    inward = asyncio.create_task(_outbound(near, early, tunnel))
    outward = asyncio.create_task(_inbound(near, tunnel))
    both = {inward, outward}
    try:
        await _until_done(both, near, tunnel)
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        tunnel.stream.close()


async def _until_done(both: set[asyncio.Task[None]], near: Stream, tunnel: Tunnel) -> None:
    pending = both
    while pending:
        carried = near.received_bytes + tunnel.stream.received_bytes
        done, pending = await asyncio.wait(pending, timeout=tunnel.timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if any(task.exception() for task in done):
            near.abort()  # a reset, so that neither end takes what was cut off for complete
            tunnel.stream.abort()
            return
        if not done and near.received_bytes + tunnel.stream.received_bytes == carried:
            return


async def _outbound(near: Stream, early: bytes, tunnel: Tunnel) -> None:
    if early:
        await tunnel.send(early)
    while data := await near.read():
        await tunnel.send(data)
    tunnel.send_eof()


async def _inbound(near: Stream, tunnel: Tunnel) -> None:
    async for data in tunnel:
        near.write(data)
        await near.drain(tunnel.timeout_s)
    near.write_eof()

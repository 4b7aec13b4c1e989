"""Small conversations over real sockets on loopback, each with a bound on its time and nothing left behind."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress

import pytest

from sim.http1.errors import UpstreamError
from sim.http1.limits import Limits
from sim.http1.pool import Facts
from sim.http1.server import serve
from sim.messages import Request, Response

QUICK = Limits(
    head_timeout_s=0.3,
    read_timeout_s=0.3,
    write_timeout_s=0.3,
    idle_timeout_s=0.6,
    connect_timeout_s=0.5,
    answer_timeout_s=0.5,
    continue_timeout_s=0.3,
    tunnel_timeout_s=0.5,
)
"""Limits that a test can wait for."""

LONGEST_S = 20.0


def run(conversation):
    """Run a coroutine function; it must end in time, and leave no task behind."""

    async def bounded():
        async with asyncio.timeout(LONGEST_S):
            result = await conversation()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, left
        return result

    return asyncio.run(bounded())


async def say(port, data, *, finish=False, ip="127.0.0.1"):
    """Connect, send bytes, and give everything that comes back until the other end closes."""
    reader, writer = await asyncio.open_connection(ip, port)
    try:
        writer.write(data)
        if finish:
            writer.write_eof()
        return await reader.read()
    finally:
        await hang_up(writer)


async def hang_up(writer):
    """Close, whatever the other end has done already."""
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()


def reset(writer):
    """Break a connection off, so that the other end hears of it as an error."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def raw_server(*scripts, ip="127.0.0.1"):
    """A server of bytes: each connection is handed to the next of some scripts ``(reader, writer)``."""
    left = list(scripts)
    tasks = set()

    async def converse(reader, writer):
        tasks.add(asyncio.current_task())
        script = left.pop(0) if len(left) > 1 else left[0]
        with suppress(ConnectionError, asyncio.CancelledError):  # the other end has hung up, or the test is over
            await script(reader, writer)
        await hang_up(writer)

    server = await asyncio.start_server(converse, ip, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def saying(answer):
    """Make a script that answers every head with the same bytes."""

    async def script(reader, writer):
        while True:
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                return
            writer.write(answer)
            await writer.drain()

    return script


def saying_once(answer):
    """Make a script that answers one head and closes."""

    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return script


class Streamed:
    """A stream of unknown, or known, length."""

    def __init__(self, length=None):
        self.length = length

    async def __aiter__(self):
        yield b""


async def ask(pool, port, request=None, **settings):
    """Send a request to a port of 127.0.0.1, and give the answer with all its content, and the facts."""
    facts = Facts()
    response = await pool.send(request or get(), ("127.0.0.1", port), facts=facts, **settings)
    return response._replace(body=await content(response)), facts


async def failing(pool, port, request=None):
    """Send a request that gets no whole answer, and give the error's word."""
    with pytest.raises(UpstreamError) as caught:
        await ask(pool, port, request)
    return caught.value.error


async def content(response):
    """Read a response's content to its end."""
    if response.body is None or isinstance(response.body, bytes):
        return response.body or b""
    return b"".join([part async for part in response.body])


async def echo(request: Request, peer) -> Response:
    """Answer with what was asked: the target in a field, the content as content."""
    body = await content(request)
    return Response(200, (("x-target", request.target), ("x-peer", peer.ip)), 0, body=body)


def served(answer=echo, **settings):
    """Serve at a free port of 127.0.0.1."""
    return serve(answer, "127.0.0.1", 0, **settings)


def get(target="http://a.example/x", method="GET", fields=(), body=None):
    """Make a request."""
    host = target if method == "CONNECT" else target.split("/")[2]
    return Request(0, method, target, host, fields, body=body)

"""The server as a whole: how many connections, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from sim.http1.limits import Limits
from sim.messages import Response
from tests.support.sockets import content, hang_up, run, say, served

GET = b"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"
LAST = b"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


def status(said):
    return int(said.split(b" ", 2)[1])


def test_at_the_limit_an_idle_connection_makes_room_and_busy_ones_do_not():
    async def conversation():
        gate = asyncio.Event()

        async def slow(request, peer):
            await gate.wait()
            return Response(204, (), 0)

        async with served(slow, limits=Limits(connections=2)) as server:
            idle_reader, idle_writer = await asyncio.open_connection("127.0.0.1", server.port)
            busy = [asyncio.create_task(say(server.port, LAST))]
            await asyncio.sleep(0.1)
            busy.append(asyncio.create_task(say(server.port, LAST)))
            assert await idle_reader.read() == b""
            await asyncio.sleep(0.1)
            refused = await say(server.port, b"")
            gate.set()
            answers = await asyncio.gather(*busy)
            await hang_up(idle_writer)
        return status(refused), [status(answer) for answer in answers]

    assert run(conversation) == (503, [204, 204])


def test_stopping_lets_requests_in_flight_finish():
    async def conversation():
        async def slow(request, peer):
            await asyncio.sleep(0.3)
            return Response(200, (), 0, body=b"done")

        async with served(slow) as server:
            idle = asyncio.create_task(say(server.port, b""))
            busy = asyncio.create_task(say(server.port, GET))
            await asyncio.sleep(0.1)
            await server.stop()
            with pytest.raises(ConnectionRefusedError):
                await say(server.port, GET)
            return await idle, await busy

    idle, busy = run(conversation)
    assert idle == b""
    assert busy.endswith(b"\r\n\r\ndone")
    assert b"onnection: close" in busy


def test_stopping_does_not_wait_for_ever():
    async def conversation():
        async def never(request, peer):
            await asyncio.sleep(60)

        async with served(never) as server:
            busy = asyncio.create_task(say(server.port, GET))
            await asyncio.sleep(0.1)
            await server.stop(grace_s=0.2)
            return await busy

    assert run(conversation) == b""


def test_the_peer_is_what_the_kernel_says():
    async def conversation():
        peers = []

        async def look(request, peer):
            peers.append(peer)
            return Response(200, (), 0, body=await content(request))

        async with served(look) as server:
            await say(server.port, LAST)
            assert server.port == peers[0].local_port
        return peers[0]

    peer = run(conversation)
    assert (peer.ip, peer.local_ip, peer.tls) == ("127.0.0.1", "127.0.0.1", None)

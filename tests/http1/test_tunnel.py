from __future__ import annotations

import asyncio

from sim.http1.limits import Limits
from sim.http1.pool import ConnectionPool
from tests.support.sockets import QUICK, get, hang_up, raw_server, run, served


def tunnelling(pool, port):
    async def answer(request, peer):
        return await pool.open_tunnel(("127.0.0.1", port))

    return answer


async def through(pool, port, limits, conversation):
    """Open a tunnel to a port through one of our servers, and talk into it."""
    async with served(tunnelling(pool, port), limits=limits) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(b"CONNECT 127.0.0.1:443 HTTP/1.1\r\nHost: 127.0.0.1:443\r\n\r\nearly ")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"content-length" not in head
        assert b"transfer-encoding" not in head.lower()
        try:
            return await conversation(reader, writer)
        finally:
            await hang_up(writer)
            await pool.close()


def test_bytes_go_both_ways_and_each_end_may_finish_first():
    async def conversation():
        async def far(reader, writer):
            heard = await reader.read()
            writer.write(b"heard: " + heard)

        async def near(reader, writer):
            writer.write(b"and late")
            writer.write_eof()
            return await reader.read()

        async with raw_server(far) as port:
            return await through(ConnectionPool(), port, Limits(), near)

    assert run(conversation) == b"heard: early and late"


def test_the_far_end_may_finish_first():
    async def conversation():
        heard = []

        async def far(reader, writer):
            writer.write(b"bye")
            writer.write_eof()
            heard.append(await reader.read())

        async def near(reader, writer):
            assert await reader.read() == b"bye"
            writer.write(b"still here")
            writer.write_eof()
            await asyncio.sleep(0.1)

        async with raw_server(far) as port:
            await through(ConnectionPool(), port, Limits(), near)
        return heard

    assert run(conversation) == [b"early still here"]


def test_a_silent_tunnel_is_closed():
    async def conversation():
        async def far(reader, writer):
            await reader.read()

        async def near(reader, writer):
            return await reader.read()

        async with raw_server(far) as port:
            return await through(ConnectionPool("", QUICK), port, QUICK, near)

    assert run(conversation) == b""


def test_the_pool_asks_a_proxy_for_a_tunnel():
    async def conversation():
        async def far(reader, writer):
            writer.write(b"heard: " + await reader.read())

        inner, outer = ConnectionPool(), ConnectionPool()
        async with raw_server(far) as port, served(tunnelling(inner, port)) as proxy:
            response = await outer.send(get("127.0.0.1:443", "CONNECT"), ("127.0.0.1", proxy.port))
            assert response.status == 200
            await response.body.send(b"you")
            response.body.send_eof()
            heard = b"".join([part async for part in response.body])
            await outer.close()
            await inner.close()
        return heard

    assert run(conversation) == b"heard: you"

from __future__ import annotations

import asyncio

from sim.http1.pool import ConnectionPool
from tests.support.sockets import QUICK, content, get, raw_server, run

EXPECT = (("expect", "100-continue"),)


async def parts():
    yield b"the "
    yield b"content"


def post(port, limits=QUICK):
    async def send():
        pool = ConnectionPool("", limits)
        response = await pool.send(get(method="POST", fields=EXPECT, body=parts()), ("127.0.0.1", port))
        heard = await content(response)
        await pool.close()
        return response.status, heard

    return send()


def test_content_is_held_back_until_it_is_asked_for():
    async def conversation():
        before = []

        async def script(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            before.append(len(reader._buffer))
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await reader.readuntil(b"0\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        async with raw_server(script) as port:
            return await post(port), before

    assert run(conversation) == ((200, b"ok"), [0])


def test_a_final_answer_spares_the_content():
    async def conversation():
        heard = []

        async def script(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno")
            heard.append(await reader.read())

        async with raw_server(script) as port:
            answer = await post(port)
            await asyncio.sleep(0.1)
            return answer, heard

    assert run(conversation) == ((403, b"no"), [b""])


def test_nobody_waits_for_ever_for_100_continue():
    async def conversation():
        async def script(reader, writer):
            await reader.readuntil(b"0\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        async with raw_server(script) as port:
            return await post(port)

    assert run(conversation) == (200, b"ok")

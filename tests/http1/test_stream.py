from __future__ import annotations

import asyncio

import pytest

from sim.http1.stream import HIGH_WATER_BYTES, SilenceError, Stream
from tests.support.sockets import raw_server, reset, run


async def connect(port):
    _, stream = await asyncio.get_running_loop().create_connection(Stream, "127.0.0.1", port)
    return stream


def now_s():
    return asyncio.get_running_loop().time()


async def send_much(stream):
    for _ in range(1000):
        stream.write(b"x" * 65536)
        await stream.drain(0.1)


async def silent(reader, writer):
    await reader.read()


def test_what_comes_is_read_and_the_end_is_told():
    async def conversation():
        async def script(reader, writer):
            writer.write(b"abc")

        async with raw_server(script) as port:
            stream = await connect(port)
            assert await stream.read(now_s() + 5) == b"abc"
            assert await stream.read(now_s() + 5) == b""
            assert stream.at_eof
            assert not stream.is_lost
            await stream.gone(1)
            assert stream.is_lost
            with pytest.raises(ConnectionError):
                stream.write(b"x")

    run(conversation)


def test_silence_ends_the_waiting_also_when_the_deadline_has_moved():
    async def conversation():
        async with raw_server(silent) as port:
            stream = await connect(port)
            for seconds in (0.05, 0.1, 0.02):
                started_s = now_s()
                with pytest.raises(SilenceError):
                    await stream.read(now_s() + seconds)
                assert 0.9 * seconds <= now_s() - started_s < seconds + 1
            with pytest.raises(SilenceError):
                await stream.read(now_s() - 1)
            await stream.gone(1)

    run(conversation)


def test_a_sender_is_slowed_down_while_nobody_reads():
    async def conversation():
        sent = 0

        async def script(reader, writer):
            nonlocal sent
            while sent < 64 * 1024 * 1024:
                writer.write(b"x" * 65536)
                await writer.drain()
                sent += 65536

        async with raw_server(script) as port:
            stream = await connect(port)
            await asyncio.sleep(0.3)
            assert stream.received_bytes < HIGH_WATER_BYTES + 512 * 1024
            before = stream.received_bytes
            assert len(await stream.read()) == before
            await stream.read(now_s() + 1)
            assert stream.received_bytes > before
            await stream.gone(1)

    run(conversation)


def test_a_peer_that_takes_nothing_is_broken_off():
    async def conversation():
        async def script(reader, writer):
            await asyncio.sleep(5)

        async with raw_server(script) as port:
            stream = await connect(port)
            with pytest.raises(SilenceError):
                await send_much(stream)
            assert stream.transport.is_closing()
            await stream.gone(1)

    run(conversation)


def test_half_closed_still_receives():
    async def conversation():
        async def script(reader, writer):
            writer.write(b"heard " + await reader.read())

        async with raw_server(script) as port:
            stream = await connect(port)
            stream.write(b"all")
            stream.write_eof()
            assert await stream.read(now_s() + 5) == b"heard all"
            await stream.gone(1)

    run(conversation)


def test_a_reset_is_an_error_and_tells_who_waits():
    async def conversation():
        async def script(reader, writer):
            await reader.read(1)
            reset(writer)

        async with raw_server(script) as port:
            stream = await connect(port)
            told = []
            stream.when_lost = lambda: told.append("user")
            stream.when_closed = lambda: told.append("count")
            stream.write(b"xyz")
            with pytest.raises(ConnectionError):
                await stream.read(now_s() + 5)
            await stream.gone(1)
            assert told == ["user", "count"]
            assert not stream.is_quiet

    run(conversation)

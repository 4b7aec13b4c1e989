"""A client, the reverse proxy's node in a live world, and a backend that speaks bytes: what goes through, and how."""

from __future__ import annotations

import asyncio
import tracemalloc
from contextlib import asynccontextmanager

import pytest

from sim.http1.limits import Limits
from sim.http1.pool import ConnectionPool
from sim.serving.destinations import Destination
from sim.serving.live_world import Live
from sim.serving.proxy_nodes import reverse_node
from sim.serving.proxy_options import ReverseOptions
from tests.support.sockets import QUICK, hang_up, raw_server, run, say, saying, saying_once, served

LAST = b"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n"


@asynccontextmanager
async def proxied(script, limits=QUICK, **options):
    """The reverse proxy before a script."""
    async with raw_server(script) as port:

        async def destinations(request, edge):
            return Destination(("127.0.0.1", port))

        node = reverse_node(ReverseOptions(**options), ("backend",))
        live = Live(node, destinations, ConnectionPool("", limits))
        async with served(live.answer, limits=limits) as server:
            yield server
        await live.finish(1)


def told(script, data, **options):
    async def conversation():
        async with proxied(script, **options) as server:
            return await say(server.port, data)

    return run(conversation)


def test_interim_responses_are_forwarded_and_an_old_client_is_spared():
    script = saying_once(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No\r\n\r\n")
    said = told(script, LAST)
    assert said.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n")
    assert b"HTTP/1.1 204" in said
    assert told(script, b"GET /x HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 204")


def test_an_expectation_goes_to_the_backend_whose_word_comes_back():
    heads = []

    async def willing(reader, writer):
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        heads.append(await reader.readuntil(b"0\r\n\r\n") if b"chunked" in heads[0].lower() else await reader.read(2))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async def conversation():
        async with proxied(willing) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            first = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"hi")
            rest = await reader.read()
            await hang_up(writer)
        return first, rest

    first, rest = run(conversation)
    assert first.startswith(b"HTTP/1.1 100 ")
    assert rest.endswith(b"ok")
    assert b"expect: 100-continue" in heads[0].lower()
    assert b"hi" in heads[1]

    async def unwilling(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    said = told(unwilling, POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 417 ")


def test_chunks_come_in_and_go_out_and_an_upgrade_does_not():
    heard = []

    async def script(reader, writer):
        heard.append(await reader.readuntil(b"0\r\n\r\n"))
        writer.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-T: y\r\n\r\n2\r\nok\r\n0\r\nTrailer: z\r\n\r\n"
        )

    chunks = b"3\r\nabc\r\n3;ext=1\r\ndef\r\n0\r\nLate: 1\r\n\r\n"
    said = told(script, POST + b"Transfer-Encoding: chunked\r\nUpgrade: h2c\r\n\r\n" + chunks)
    assert b"upgrade" not in heard[0].lower()
    assert b"late" not in heard[0].lower(), "trailers may be thrown away (RFC 9110 section 6.5.1)"
    assert heard[0].count(b"abc") == heard[0].count(b"def") == 1
    assert said.endswith(b"content-length: 2\r\nConnection: close\r\n\r\nok"), (
        "all of it was there: no chunks are needed"
    )


def test_what_is_nominated_by_connection_is_not_forwarded():
    heard = []

    async def script(reader, writer):
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No\r\n\r\n")

    told(script, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x-secret\r\nX-Secret: 1\r\nTE: trailers\r\n\r\n")
    assert b"secret" not in heard[0].lower()
    assert b"\r\nte:" not in heard[0].lower()


def test_malformed_and_missing_answers_are_502_and_late_ones_504():
    async def mute(reader, writer):
        await reader.read()

    assert told(saying_once(b"HTTP/1.1 200 OK\r\nX : y\r\n\r\n"), LAST).startswith(b"HTTP/1.1 502")
    assert told(saying_once(b""), LAST).startswith(b"HTTP/1.1 502")
    assert told(mute, LAST).startswith(b"HTTP/1.1 504")
    assert told(mute, LAST, timeout="100 ms").startswith(b"HTTP/1.1 504")


def test_a_large_content_goes_through_without_being_held():
    size = 40_000_000

    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nCache-Control: max-age=60\r\n\r\n" % size)
        for _ in range(size // 100_000):
            writer.write(bytes(100_000))
            await writer.drain()

    async def conversation():
        async with proxied(script, limits=Limits(), cache="1 MiB") as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(LAST)
            await reader.readuntil(b"\r\n\r\n")
            tracemalloc.start()
            received = 0
            while part := await reader.read(1_000_000):
                received += len(part)
                if received < 10_000_000:
                    await asyncio.sleep(0.001)  # slower than the backend
            _, most = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            await hang_up(writer)
        return received, most

    received, most = run(conversation)
    assert received == size
    assert most < 8_000_000


def test_a_slow_client_does_not_keep_others_waiting():
    async def conversation():
        async with proxied(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n" + bytes(500_000))) as server:
            slow = [await asyncio.open_connection("127.0.0.1", server.port, limit=100) for _ in range(20)]
            for _, writer in slow:
                writer.write(LAST)
            started_s = asyncio.get_running_loop().time()
            assert len(await say(server.port, LAST)) > 500_000
            seconds = asyncio.get_running_loop().time() - started_s
            for _, writer in slow:
                await hang_up(writer)
        return seconds

    assert run(conversation) < 5


SAID = b'Cache-Control: max-age=60\r\nETag: "1"\r\n'
SMALL, LARGE = 5, 50_000
"""Halves of contents that come with their head, and that do not come in one piece."""


def origin_of_halves(asked, half, *, gives, declares=True):
    """An origin that gives the first half, then so many bytes of the second one, and what is asked for whole."""

    async def script(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        is_asked_for_part = b"range: bytes=" in head
        first = half if b"range: bytes=%d-" % half in head else 0
        asked.append(first if is_asked_for_part else None)
        told, status, body = b"Content-Length: %d\r\n" % (2 * half), b"200 OK", b"a" * half + b"b" * half
        if is_asked_for_part:
            status, body = b"206 Partial", b"b" * gives if first else b"a" * half
            told = b"Content-Range: bytes %d-%d/%d\r\n" % (first, first + half - 1, 2 * half)
            told += b"Content-Length: %d\r\n" % half if declares or not first else b""
        writer.write(b"HTTP/1.1 %s\r\n%s%sConnection: close\r\n\r\n%s" % (status, told, SAID, body))
        await hang_up(writer)

    return script


def in_turn(script, *requests):
    async def conversation():
        said = []
        async with proxied(script, cache="1 MiB") as server:
            for request in requests:
                try:
                    said.append(await say(server.port, request))
                except ConnectionResetError:
                    said.append(None)
        return said

    return run(conversation)


def first_half(half):
    return LAST.replace(b"Host", b"Range: bytes=0-%d\r\nHost" % (half - 1))


def content(half):
    return b"\r\n\r\n" + b"a" * half + b"b" * half


@pytest.mark.parametrize("half", [SMALL, LARGE])
def test_a_stored_part_is_completed_by_the_rest_and_stored_whole(half):
    asked = []
    part, whole, again = in_turn(origin_of_halves(asked, half, gives=half), first_half(half), LAST, LAST)
    assert part.startswith(b"HTTP/1.1 206")
    assert asked == [0, half]
    for said in (whole, again):
        assert said.startswith(b"HTTP/1.1 200")
        assert said.endswith(content(half))
        assert b"content-length: %d\r\n" % (2 * half) in said.lower()
        assert b"content-range" not in said.lower()
    assert b"; fwd=partial; fwd-status=206\r\n" in whole
    assert b"; hit; ttl=" in again


@pytest.mark.parametrize("half", [SMALL, LARGE])
def test_a_rest_that_is_cut_off_does_not_look_complete_and_the_part_stays(half):
    asked = []
    script = origin_of_halves(asked, half, gives=half - 1)
    _, cut_off, part = in_turn(script, first_half(half), LAST, first_half(half))
    # Either the connection is broken off, or fewer bytes come than were declared.
    assert cut_off is None or (b"content-length: %d\r\n" % (2 * half) in cut_off.lower() and b"b" * half not in cut_off)
    assert asked == [0, half]
    assert part.endswith(b"\r\n\r\n" + b"a" * half)


def test_a_rest_of_which_nobody_says_how_long_it_is_is_not_relied_upon():
    asked = []
    _, whole = in_turn(origin_of_halves(asked, LARGE, gives=LARGE, declares=False), first_half(LARGE), LAST)
    assert asked == [0, LARGE, None]
    assert whole.startswith(b"HTTP/1.1 200")
    assert whole.endswith(content(LARGE))

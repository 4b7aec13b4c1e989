"""Conversations of bytes with the server; each ends in an answer or a closed connection, and leaves no task."""

from __future__ import annotations

import asyncio
import logging

import pytest

from sim.http1.errors import CutOffError, UpstreamError
from sim.http1.limits import Limits
from sim.messages import Response
from tests.support.sockets import QUICK, echo, hang_up, reset, run, say, served

GET = b"GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n"
LAST = b"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"


def told(data, answer=echo, *, finish=False, **limits):
    """Send bytes to a server, and give all that it says until it closes."""

    async def conversation():
        async with served(answer, limits=Limits(**limits) if limits else QUICK) as server:
            return await say(server.port, data, finish=finish)

    return run(conversation)


def status(said):
    return int(said.split(b" ", 2)[1])


def test_kept_alive_and_pipelined():
    said = told(GET + GET + LAST)
    assert said.count(b"HTTP/1.1 200 OK") == 3
    assert said.count(b"connection: close") + said.count(b"Connection: close") == 1


def test_half_closed_clients_are_answered():
    assert told(GET, finish=True).startswith(b"HTTP/1.1 200")
    assert status(told(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhi", finish=True)) == 400
    assert status(told(b"GET / HTTP/1.1\r\nHo", finish=True)) == 400
    assert told(b"", finish=True) == b""


def test_http_10():
    assert b"x-target: http://127.0.0.1:" in told(b"GET /old HTTP/1.0\r\n\r\n")

    async def stream(request, peer):
        return Response(200, (), 0, body=streamed())

    async def streamed():
        yield b"one "
        yield b"two"

    said = told(b"GET /old HTTP/1.0\r\n\r\n", stream)
    assert said.endswith(b"\r\n\r\none two")
    assert told(LAST, stream).endswith(b"\r\n\r\n4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET /x HTTP/1.1\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", 400),
        (b"GET /x HTTP/1.1\nHost: a\n\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"GET /x HTTP/3.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1234567\r\n" * 10_000, 431),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_refused_and_closed(data, expected):
    said = told(data + GET)
    assert status(said) == expected
    assert b"connection: close" in said
    assert said.count(b"\r\ndate: ") == 1, "what follows a refused request is not answered"


def test_contents_have_a_limit_whether_declared_or_not():
    head = b"POST / HTTP/1.1\r\nHost: a\r\n"
    assert status(told(head + b"Content-Length: 11\r\n\r\n", body_bytes=10)) == 413
    chunks = b"6\r\nabcdef\r\n" * 2 + b"0\r\n\r\n"
    assert status(told(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks, body_bytes=10)) == 413
    assert status(told(head + b"Connection: close\r\nContent-Length: 10\r\n\r\n" + b"x" * 10, body_bytes=10)) == 200


def test_slow_heads_and_contents_time_out():
    assert status(told(b"GET / HTTP/1.1\r\nHost")) == 408
    assert status(told(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhi")) == 408
    assert told(b"") == b"", "an idle connection is closed without a word"


def test_a_head_that_drips_does_not_win_time():
    async def conversation():
        async with served(limits=QUICK) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            started_s = asyncio.get_running_loop().time()
            for byte in GET:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.03)
                if reader.at_eof() or reader._buffer:
                    break
            said = await reader.read()
            await hang_up(writer)
            return status(said), asyncio.get_running_loop().time() - started_s

    code, seconds = run(conversation)
    assert code == 408
    assert seconds < 5


def test_a_reader_that_takes_nothing_is_broken_off():
    async def conversation():
        ended = asyncio.Event()

        async def endless(request, peer):
            return Response(200, (), 0, body=zeros())

        async def zeros():
            try:
                while True:
                    yield bytes(65536)
            finally:
                ended.set()

        async with served(endless, limits=QUICK) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
            writer.write(GET)
            async with asyncio.timeout(5):
                await ended.wait()
            await hang_up(writer)

    run(conversation)


def test_expect_100_continue_is_answered_when_the_content_is_wanted():
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"

    async def conversation(answer):
        async with served(answer, limits=QUICK) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(head)
            first = await reader.readuntil(b"\r\n\r\n")
            if status(first) == 100:
                writer.write(b"hi")
            rest = await reader.read()
            await hang_up(writer)
            return first + rest

    async def denied(request, peer):
        return Response(403, (), 0)

    wanted = run(lambda: conversation(echo))
    assert wanted.startswith(b"HTTP/1.1 100 ")
    assert wanted.endswith(b"\r\n\r\nhi")
    unwanted = run(lambda: conversation(denied))
    assert status(unwanted) == 403


def test_interim_answers_go_before_the_answer():
    async def hints(request, peer):
        peer.interim(103, (("link", "</x>"),))
        return Response(204, (), 0)

    assert told(LAST, hints).startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 204")
    assert told(b"GET / HTTP/1.0\r\n\r\n", hints).startswith(b"HTTP/1.1 204")


def test_an_answer_that_is_cut_off_does_not_look_complete():
    async def cut_off(request, peer):
        async def part():
            yield b"half"
            raise CutOffError

        return Response(200, (), 0, body=part())

    for head in (GET, b"GET / HTTP/1.0\r\n\r\n"):
        with pytest.raises(ConnectionResetError):
            told(head, cut_off)


def test_what_goes_wrong_while_answering_is_told():
    async def nobody(request, peer):
        raise UpstreamError("connection_refused")

    async def injected(request, peer):
        return Response(200, (("x", "a\r\ny: b"),), 0)

    assert status(told(LAST, nobody)) == 502
    assert status(told(LAST, injected)) == 502


def test_an_error_of_the_program_is_500_and_logged(caplog):
    async def broken(request, peer):
        raise RuntimeError("oops")

    with caplog.at_level(logging.ERROR, "proxysim.lab"):
        assert status(told(LAST, broken)) == 500
    assert "oops" in caplog.text


def test_an_answer_may_take_no_longer_than_the_total():
    async def slow(request, peer):
        await asyncio.sleep(10)

    assert status(told(GET, slow, total_timeout_s=0.2)) == 504


def test_a_client_that_is_gone_stops_the_work():
    async def conversation():
        stopped = asyncio.Event()

        async def slow(request, peer):
            try:
                await asyncio.sleep(10)
            finally:
                stopped.set()

        async with served(slow) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(GET)
            await asyncio.sleep(0.1)
            reset(writer)
            async with asyncio.timeout(2):
                await stopped.wait()

    run(conversation)


def test_a_large_content_streams_through_without_being_held():
    async def conversation():
        seen = 0

        async def count(request, peer):
            nonlocal seen
            async for part in request.body:
                seen += len(part)
                assert len(part) < 1024 * 1024
            return Response(200, (), 0, body=str(seen).encode())

        async with served(count) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 20000000\r\n\r\n")
            for _ in range(200):
                writer.write(bytes(100_000))
                await writer.drain()
            said = await reader.read()
            await hang_up(writer)
            return said

    assert run(conversation).endswith(b"20000000")


def test_content_that_nobody_wanted_costs_the_connection():
    async def early(request, peer):
        return Response(200, (), 0, body=b"early")

    said = told(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + b"x" * 1000, early)
    assert said.endswith(b"early")
    assert b"onnection: close" in said

from __future__ import annotations

import asyncio

import pytest

from sim.http1.limits import Limits
from sim.http1.pool import ConnectionPool
from tests.support.sockets import QUICK, ask, failing, get, raw_server, run, saying, saying_once, served

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def test_the_source_address_is_what_the_server_sees_and_a_connection_is_used_again():
    async def conversation():
        async with served() as server:
            pool = ConnectionPool("127.3.2.1")
            first, fresh = await ask(pool, server.port)
            _, again = await ask(pool, server.port)
            await pool.close()
        return first, fresh, again

    response, fresh, again = run(conversation)
    assert ("x-peer", "127.3.2.1") in response.fields
    assert (fresh.is_reused, again.is_reused) == (False, True)
    assert fresh.connect_s > 0
    assert again.connect_s == 0
    assert fresh.local == again.local
    assert fresh.local[0] == "127.3.2.1"


def test_idle_connections_are_bounded_in_number_and_time():
    async def conversation():
        async with served() as server:
            pool = ConnectionPool("", Limits(max_idle=2, idle_timeout_s=0.2))
            await asyncio.gather(*(ask(pool, server.port) for _ in range(5)))
            kept = pool.idle_connections
            await asyncio.sleep(0.4)
            later = pool.idle_connections
            await pool.close()
        return kept, later

    assert run(conversation) == (2, 0)


def closing_after_one(reader_writer_answer=OK):
    """Two answers promised, one given: the connection closes when the second request has come."""

    async def script(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reader_writer_answer)
        await reader.readuntil(b"\r\n\r\n")

    return script


@pytest.mark.parametrize(
    ("method", "body", "is_repeated"), [("GET", None, True), ("PUT", b"x", True), ("POST", b"x", False)]
)
def test_only_what_may_be_repeated_is_sent_again_on_a_new_connection(method, body, is_repeated):
    async def conversation():
        async with raw_server(closing_after_one(), saying(OK)) as port:
            pool = ConnectionPool()
            await ask(pool, port)
            request = get(method=method, body=body)
            if is_repeated:
                response, facts = await ask(pool, port, request)
                assert (response.status, facts.is_repeated) == (200, True)
            else:
                assert await failing(pool, port, request) == "connection_terminated"
            await pool.close()

    run(conversation)


def test_a_connection_that_closed_while_idle_is_not_used():
    async def conversation():
        async with raw_server(saying_once(OK), saying(OK)) as port:
            pool = ConnectionPool()
            await ask(pool, port)
            await asyncio.sleep(0.05)
            _, facts = await ask(pool, port)
            await pool.close()
        return facts

    facts = run(conversation)
    assert not facts.is_reused
    assert not facts.is_repeated


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", "connection_terminated"),
        (b"HTTP/1.1 2", "http_response_incomplete"),
        (b"nonsense\r\n\r\n", "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70000 + b"\r\n\r\n", "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "http_response_incomplete"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + OK, "http_protocol_error"),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100 + OK, "http_protocol_error"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", "http_response_incomplete"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "http_response_incomplete"),
    ],
)
def test_malformed_and_cut_off_answers(answer, error):
    async def conversation():
        async with raw_server(saying_once(answer)) as port:
            pool = ConnectionPool()
            failed = await failing(pool, port)
            await pool.close()
            assert pool.idle_connections == 0
        return failed

    assert run(conversation) == error


def test_times_are_bounded():
    async def conversation():
        async def mute(reader, writer):
            await reader.read()

        async def stuck(reader, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi")
            await reader.read()

        errors = []
        for script in (mute, stuck):
            async with raw_server(script) as port:
                pool = ConnectionPool("", QUICK)
                errors.append(await failing(pool, port))
                await pool.close()
        return errors

    assert run(conversation) == ["http_response_timeout", "http_response_incomplete"]


def test_nobody_there():
    async def conversation():
        async with raw_server(saying(OK)) as port:
            pass
        pool = ConnectionPool()
        failed = await failing(pool, port)
        await pool.close()
        return failed

    assert run(conversation) == "connection_refused"


def test_an_answer_that_is_not_wanted_is_closed_and_its_connection_with_it():
    async def conversation():
        async def endless(reader, writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                writer.write(b"x" * 1000)
                await writer.drain()

        async with raw_server(endless) as port:
            pool = ConnectionPool()
            response = await pool.send(get(), ("127.0.0.1", port))
            assert await anext(aiter(response.body))
            await response.body.aclose()
            await pool.close()
            assert pool.idle_connections == 0

    run(conversation)


def test_interim_responses_are_told_and_100_is_kept():
    async def conversation():
        heard = []
        answer = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK
        async with raw_server(saying(answer)) as port:
            pool = ConnectionPool()
            response, _ = await ask(pool, port, on_interim=lambda status, fields: heard.append((status, fields)))
            await pool.close()
        return response.body, heard

    assert run(conversation) == (b"hi", [(103, (("link", "x"),))])


def test_a_stream_goes_out_in_chunks_and_the_answer_may_come_before_its_end():
    async def conversation():
        async def parts():
            yield b"a" * 10
            await asyncio.sleep(10)
            yield b"never sent"

        async with raw_server(saying_once(b"HTTP/1.1 413 No\r\nContent-Length: 2\r\n\r\nno")) as port:
            pool = ConnectionPool()
            response, _ = await ask(pool, port, get(method="POST", body=parts()))
            await pool.close()
            assert pool.idle_connections == 0
        return response.status, response.body

    assert run(conversation) == (413, b"no")

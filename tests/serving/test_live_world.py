from __future__ import annotations

import asyncio
import gzip
from dataclasses import replace
from enum import IntEnum

import pytest

from sim.http1.pool import ConnectionPool
from sim.messages import CacheStatus, Response
from sim.nodes.world import DeadlinePassedError, Gate
from sim.serving.destinations import Destination
from sim.serving.live_world import Live
from sim.serving.proxy_nodes import reverse_node
from sim.serving.proxy_options import ReverseOptions
from tests.support.sockets import QUICK, raw_server, run, say, saying, saying_once, served

LAST = b"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
LARGE = b"x" * 500_000
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"


class Step(IntEnum):
    """A step of a test's node."""

    ONLY = 1


class Scripted:
    """A node that does what a test says."""

    name = "scripted"

    def __init__(self, handle):
        self.handle = handle


def asked(handle, script=None, data=LAST, on_step=None, kept_bytes=1_000_000):
    """Ask a node once over a socket; its next node speaks by a script."""

    async def conversation():
        async with raw_server(script or saying(OK % (2, b"hi"))) as port:

            async def destinations(request, edge):
                return Destination(("127.0.0.1", port))

            live = Live(
                Scripted(handle),
                destinations,
                ConnectionPool("", replace(QUICK, kept_bytes=kept_bytes)),
                on_step=on_step,
            )
            async with served(live.answer) as server:
                said = await say(server.port, data)
            await live.finish(1)
            assert live.pool.open_connections == 0
            return said

    return run(conversation)


def test_a_node_sends_and_passes_on():
    told = []

    async def handle(request, world):
        world.step(Step.ONLY, "detail", "stage")
        assert (world.peer_ip, request.request_id) == ("127.0.0.1", 0)
        assert 0 <= request.draws.balance_draw < 1
        assert await world.serve(0.0)
        return await world.send(request, None)

    said = asked(handle, on_step=lambda *step: told.append(step))
    assert said.endswith(b"\r\n\r\nhi")
    assert told == [(0, Step.ONLY, "detail", "stage")]


@pytest.mark.parametrize(("script", "status"), [(saying_once(b""), 502), (saying_once(b"nonsense\r\n\r\n"), 502)])
def test_what_goes_wrong_is_an_answer_with_a_line_for_people(script, status):
    async def handle(request, world):
        response = await world.send(request, None)
        assert response.error
        return response

    said = asked(handle, script)
    assert said.startswith(b"HTTP/1.1 %d" % status)
    assert b"\r\n\r\n502: " in said


def test_what_is_passed_on_is_heard_of_when_it_is_whole():
    kept = []

    async def handle(request, world):
        response = await world.send(request, None)
        response.body.when_whole(response, kept.append)
        assert not kept
        return response

    said = asked(handle, saying(OK % (len(LARGE), LARGE)))
    assert said.endswith(LARGE)
    assert [one.body for one in kept] == [LARGE]


@pytest.mark.parametrize("kept_bytes", [1000, 1_000_000])
def test_of_what_is_cut_off_or_too_large_one_hears_that_it_is_lost(kept_bytes):
    kept = []
    declared = len(LARGE) if kept_bytes == 1000 else len(LARGE) + 1

    async def handle(request, world):
        response = await world.send(request, None)
        response.body.when_whole(response, kept.append)
        return response

    script = saying_once(OK % (declared, LARGE))
    if kept_bytes == 1000:
        assert asked(handle, script, kept_bytes=kept_bytes).endswith(LARGE)
    else:
        with pytest.raises(ConnectionResetError):
            asked(handle, script)
    assert kept == [None]


def test_a_content_follows_upon_what_is_there_already():
    kept = []

    async def handle(request, world):
        response = await world.send(request, None)
        response.body.preceded_by(b"before")
        response.body.when_whole(response, kept.append)
        return response

    assert asked(handle, saying(OK % (len(LARGE), LARGE))).endswith(b"\r\n\r\nbefore" + LARGE)
    assert [one.body for one in kept] == [b"before" + LARGE]


def test_a_content_that_came_with_its_head_is_no_stream():
    async def handle(request, world):
        response = await world.send(request, None)
        assert response.body == b"hi"
        return response

    assert asked(handle).endswith(b"\r\n\r\nhi")


@pytest.mark.parametrize(
    ("status", "told"), [(200, b"; fwd=uri-miss\r\n"), (404, b"; fwd=uri-miss; fwd-status=200\r\n")]
)
def test_the_next_nodes_status_is_told_where_the_answers_is_another_one(status, told):
    async def handle(request, world):
        response = await world.send(request, None)
        return response._replace(status=status, cache_status=CacheStatus.URI_MISS)

    assert told in asked(handle)


def test_of_a_next_node_that_said_nothing_no_status_is_told():
    statuses = []

    async def handle(request, world):
        response = await world.send(request, None)
        statuses.append(world.received_status)
        return response._replace(cache_status=CacheStatus.URI_MISS)

    assert b"; fwd=uri-miss\r\n" in asked(handle, saying_once(b""))
    assert statuses == [None]


def test_an_answer_that_is_not_passed_on_is_closed():
    async def handle(request, world):
        await world.send(request, None)
        return Response(204, (), 0)

    assert asked(handle, saying(OK % (len(LARGE), LARGE))).startswith(b"HTTP/1.1 204")


def test_what_is_begun_aside_is_done_and_read_to_its_end():
    kept = []

    async def handle(request, world):
        async def refresh():
            await asyncio.sleep(0.05)
            response = await world.send(request, None)
            response.body.when_whole(response, kept.append)

        world.spawn(refresh())
        return Response(204, (), 0)

    assert asked(handle, saying(OK % (len(LARGE), LARGE))).startswith(b"HTTP/1.1 204")
    assert [one.body for one in kept] == [LARGE]


def test_waiting_within_a_time_and_at_a_gate():
    async def handle(request, world):
        gate = Gate()
        with pytest.raises(DeadlinePassedError):
            await world.within(0.05, world.wait(gate))
        waiting = asyncio.ensure_future(world.wait(gate))
        await asyncio.sleep(0)
        world.open(gate)
        await world.within(1, waiting)
        await world.wait(gate)
        assert world.now() >= 0.05
        assert world.epoch_s > 1_600_000_000
        return Response(200, (), 0, CacheStatus.HIT, age_s=5.7, body=b"")

    said = asked(handle)
    assert b"200 OK" in said
    assert b"age: 5\r\n" in said


@pytest.mark.parametrize("accepts", [b"Accept-Encoding: gzip\r\n", b""], ids=["accepted", "not accepted"])
@pytest.mark.parametrize("size", [500_000, 2_000], ids=["streamed", "at once"])
def test_a_proxy_with_compress_sends_what_a_real_client_can_decode(size, accepts):
    node = reverse_node(ReverseOptions(settings=("transforms=[compress]",)), ("app",))
    page = (b"All work and no play makes Jack a dull boy.\n" * (size // 44 + 1))[:size]
    said = asked(node.handle, saying(OK % (size, page)), LAST.replace(b"Connection", accepts + b"Connection"))
    head, _, body = said.partition(b"\r\n\r\n")
    if accepts:
        assert b"content-encoding: gzip" in head.lower()
        assert b"content-length: %d" % size not in head.lower()
        body = gzip.decompress(_unchunked(body) if b"chunked" in head.lower() else body)
    assert body == page


def _unchunked(body):
    parts = []
    while body:
        size, _, body = body.partition(b"\r\n")
        parts.append(body[: int(size, 16)])
        body = body[int(size, 16) + 2 :]
    return b"".join(parts)

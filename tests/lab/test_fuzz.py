"""Mutated requests and answers: the proxy always answers or closes, smuggles nothing, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path
from random import Random

import h11
import pytest

from sim.http1.limits import Limits
from sim.http1.pool import ConnectionPool
from sim.http1.stream import Stream
from sim.serving.destinations import Destination
from sim.serving.live_world import Live
from sim.serving.proxy_nodes import reverse_node
from sim.serving.proxy_options import ReverseOptions
from tests.support.sockets import hang_up, raw_server, run, served

LIMITS = Limits(
    head_bytes=4000,
    head_timeout_s=0.2,
    read_timeout_s=0.2,
    idle_timeout_s=0.2,
    answer_timeout_s=0.2,
    write_timeout_s=0.2,
    body_bytes=3000,
    kept_bytes=10_000,
)
REQUESTS = [
    b"GET /x HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\n\r\n",
    b"GET http://a.example/x?y HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive, x\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 5\r\n\r\nhello",
    b"POST /x HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: a.example\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi",
    b"HEAD /x HTTP/1.0\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 0\r\n\r\n",
    b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n\x16\x03\x01",
]
ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Control: max-age=9\r\n\r\nok",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nok",
    b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
]
SPICE = [
    b"\r\n", b"\n", b"\r", b"\x00", b" ", b"\t", b":", b",", b"\r\n\r\n", b"0\r\n\r\n", b"Content-Length: 3\r\n",
    b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: x\r\n", b"Host: b.example\r\n",
    b"GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n", b"HTTP/1.1", b"\xff\xfe", b"ffffffffff",
    b"-1", b" HTTP/1.1\r\n",
    b"Connection: close\r\n", b"Upgrade: websocket\r\n", b"a" * 5000, b"X: y\r\n" * 200,
]  # fmt: skip


def mutated(dice, seeds):
    """One or two messages, cut, spiced, doubled or shuffled."""
    data = bytearray(b"".join(dice.choices(seeds, k=dice.choice([1, 1, 2]))))
    for _ in range(dice.choice([0, 1, 1, 2, 3])):
        at = dice.randrange(len(data) + 1)
        change = dice.randrange(5)
        if change == 0:
            data[at:at] = dice.choice(SPICE)
        elif change == 1:
            del data[at : at + dice.randrange(1, 9)]
        elif change == 2 and at < len(data):
            data[at] = dice.randrange(256)
        elif change == 3:
            data[at : at + len(data) // 3] = data[at : at + len(data) // 3] * 2
        else:
            del data[at:]
    return bytes(data)


class Origin:
    """Hears requests as an independent implementation understands them, and counts those that are complete."""

    def __init__(self):
        self.targets = []
        self.faults = []

    async def script(self, reader, writer):
        heard = h11.Connection(h11.SERVER)
        while True:
            event = self._next(heard)
            if event is h11.NEED_DATA:
                heard.receive_data(await reader.read(4096))
            elif isinstance(event, h11.Request):
                target = event.target
                if heard.they_are_waiting_for_100_continue:
                    writer.write(heard.send(h11.InformationalResponse(status_code=100, headers=[])))
            elif isinstance(event, h11.EndOfMessage):
                self.targets.append(target)
                writer.write(b"HTTP/1.1 299 OK\r\nContent-Length: 2\r\n\r\nok")
                return
            elif not isinstance(event, h11.Data):
                return

    def _next(self, heard):
        try:
            return heard.next_event()
        except h11.RemoteProtocolError as fault:
            if "peer" not in str(fault):  # a request that was cut off is no fault of the proxy's
                self.faults.append(str(fault))
            return h11.ConnectionClosed()


async def talk(port, data, dice, *, finish=False):
    """Send bytes in one piece or two, and give what comes back until the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(4):
            cut = dice.randrange(len(data) + 1)
            writer.write(data[:cut])
            if dice.random() < 0.5:
                await asyncio.sleep(0)
            writer.write(data[cut:])
            if finish or dice.random() < 0.8:
                writer.write_eof()
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        await hang_up(writer)


def proxied(port, cache=None):
    async def destinations(request, edge):
        return Destination(("127.0.0.1", port))

    node = reverse_node(ReverseOptions(cache=cache), ("origin",))
    return Live(node, destinations, ConnectionPool("", LIMITS))


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def check_nothing_is_left(live, before):
    assert live.pool.open_connections == 0
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Stream)] == []
    assert open_files() <= before


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
@pytest.mark.parametrize("seed", range(4))
def test_mutated_requests(seed):
    dice = Random(seed)
    inputs = [mutated(dice, REQUESTS) for _ in range(150)]
    left = []

    async def conversation():
        before = open_files()
        origin = Origin()
        async with raw_server(origin.script) as port:
            live = proxied(port)
            async with served(live.answer, limits=LIMITS) as server:
                for batch in range(0, len(inputs), 30):
                    answers = await asyncio.gather(
                        *(talk(server.port, data, dice) for data in inputs[batch : batch + 30])
                    )
                    for data, said in zip(inputs[batch:], answers, strict=False):
                        assert said == b"" or said.startswith(b"HTTP/1.1 "), (data, said)
                assert await talk(server.port, REQUESTS[0], Random(1)), "it still answers"
            await live.finish(1)
        left.append((live, before))
        return origin

    origin = run(conversation)
    check_nothing_is_left(*left[0])
    assert origin.faults == [], "what the proxy sends is well-formed"
    assert len(origin.targets) > 50


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_smuggled(seed):
    """Each request that the origin hears was answered as one by the proxy: both agree on where messages end."""
    dice = Random(100 + seed)

    async def conversation():
        origin = Origin()
        async with raw_server(origin.script) as port:
            live = proxied(port)
            async with served(live.answer, limits=LIMITS) as server:
                for _ in range(150):
                    data = mutated(dice, REQUESTS[:5])
                    before = len(origin.targets)
                    said = await talk(server.port, data, Random(0), finish=True)
                    assert len(origin.targets) - before <= said.count(b"HTTP/1.1 299 "), (data, said)
            await live.finish(1)

    run(conversation)


@pytest.mark.parametrize("seed", range(2))
def test_mutated_answers(seed):
    dice = Random(200 + seed)
    left = []

    async def conversation():
        before = open_files()

        async def script(reader, writer):
            await reader.read(4096)
            writer.write(mutated(dice, ANSWERS))
            if dice.random() < 0.3:
                await reader.read()

        async with raw_server(script) as port:
            live = proxied(port, cache="1 MiB")
            async with served(live.answer, limits=LIMITS) as server:
                for number in range(6):
                    requests = [
                        f"GET /{number}/{i} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode()
                        for i in range(20)
                    ]
                    for said in await asyncio.gather(*(talk(server.port, data, Random(0)) for data in requests)):
                        assert said == b"" or said.startswith(b"HTTP/1.1 "), said
            await live.finish(1)
        left.append((live, before))

    run(conversation)
    check_nothing_is_left(*left[0])

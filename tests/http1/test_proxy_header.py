"""For whom a connection is, told in its first bytes: believed of some, and told to the next node."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from ipaddress import ip_network

import pytest

from sim.http1.certificates import Authority
from sim.http1.endpoints import LOOPBACK
from sim.http1.limits import Limits
from sim.http1.pool import ConnectionKey, ConnectionPool, OutgoingRequest, Tls
from sim.http1.proxy_header import LONGEST_BYTES
from sim.http1.server import Server
from sim.messages import Response
from sim.rules.proxy_protocol import SIGNATURE, ProxiedAddresses, parse, write
from sim.serving.destinations import Destination
from sim.serving.live_world import Live
from sim.serving.proxy_nodes import reverse_node
from sim.serving.proxy_options import ReverseOptions
from tests.support.sockets import QUICK, get, hang_up, raw_server, run, say, served

TOLD = ProxiedAddresses("192.0.2.7", "203.0.113.1", 4711, 80)
TOLD_6 = ProxiedAddresses("2001:db8::7", "2001:db8::1", 4711, 80)
LAST = b"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def told(*parts, proxies_in_front=LOOPBACK, tls=None, finish=False):
    """Say some bytes to a server that wants a header first: what came back, whom it answered, and what was logged."""
    peers, log = [], []

    async def answer(request, peer):
        peers.append(peer)
        return Response(204, (), 0)

    async def conversation():
        async with served(answer, limits=QUICK, proxies_in_front=proxies_in_front, tls=tls) as server:
            server.on_done = log.append
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            said = b""
            with suppress(ConnectionError):  # what was not read breaks the connection off
                for part in parts:
                    writer.write(part)
                    await writer.drain()
                    await asyncio.sleep(0)
                if finish:
                    writer.write_eof()
                said = await reader.read()
            await hang_up(writer)
            return said

    return run(conversation), peers, log


@pytest.mark.parametrize("ends", [TOLD, TOLD_6])
@pytest.mark.parametrize("version", [1, 2])
def test_the_address_told_is_the_clients_and_the_real_one_stays_known(version, ends):
    said, (peer,), (done,) = told(write(ends, version) + LAST)
    assert said.startswith(b"HTTP/1.1 204")
    assert peer.ends == ends
    assert peer.proxied_by[0] == "127.0.0.1"
    assert done.peer_ip == ends.source_ip


@pytest.mark.parametrize("header", [write(None, 2), write(None, 1), b"PROXY UNKNOWN any thing\r\n"])
def test_who_speaks_for_itself_keeps_its_own_address(header):
    _, (peer,), _ = told(header + LAST)
    assert (peer.ip, peer.proxied_by) == ("127.0.0.1", None)
    assert peer.port


@pytest.mark.parametrize("version", [1, 2])
def test_it_may_come_byte_by_byte(version):
    said, (peer,), _ = told(*(bytes([one]) for one in write(TOLD, version)), LAST)
    assert said.startswith(b"HTTP/1.1 204")
    assert peer.ip == "192.0.2.7"


def test_what_follows_the_addresses_is_skipped():
    whole = write(TOLD, 2)
    with_more = whole[:14] + (12 + 1000).to_bytes(2, "big") + whole[16:] + b"\x04" + bytes(999)
    assert told(with_more + LAST)[1][0].ip == "192.0.2.7"


@pytest.mark.parametrize(
    "data",
    [
        LAST,
        b"PROXY TCP4 192.0.2.7 203.0.113.1 4711\r\n" + LAST,
        b"PROXY TCP4 2001:db8::7 2001:db8::1 1 1\r\n" + LAST,
        b"PROXY TCP6 fe80::1%\x1b[2J fe80::2 1 1\r\n" + LAST,
        b"PROXY TCP4 " + b"1" * 200,
        SIGNATURE + b"\x31\x11\x00\x0c" + bytes(12) + LAST,
        SIGNATURE + b"\x21\x11\x00\x04" + bytes(4) + LAST,
        SIGNATURE + b"\x21\x11\xff\xff" + bytes(LONGEST_BYTES) + LAST,
        write(TOLD, 2)[:-1],
        b"",
    ],
)
def test_whoever_does_not_say_it_well_or_not_in_time_gets_no_answer(data):
    said, peers, (done,) = told(data)
    assert (said, peers) == (b"", [])
    assert (done.peer_ip, done.status) == ("127.0.0.1", 0)


def test_a_header_that_ends_in_its_middle():
    assert told(write(TOLD)[:-1], finish=True)[:2] == (b"", [])


def test_whoever_is_not_trusted_is_not_listened_to():
    elsewhere = (ip_network("10.0.0.0/8"),)
    said, peers, (done,) = told(write(TOLD) + LAST, proxies_in_front=elsewhere)
    assert (said, peers, done.peer_ip) == (b"", [], "127.0.0.1")


def test_without_the_setting_a_header_is_a_malformed_request():
    said, peers, _ = told(write(TOLD) + LAST, proxies_in_front=None)
    assert said.startswith(b"HTTP/1.1 400")
    assert peers == []


@pytest.mark.parametrize("header", [write(TOLD), write(None, 2)])
def test_a_check_that_ends_with_a_reset_disturbs_nobody(header, caplog):
    async def conversation():
        async with served(limits=QUICK, proxies_in_front=LOOPBACK) as server:
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", server.port)) as sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    sock.sendall(header)
                await asyncio.sleep(0)
            return await say(server.port, header + LAST)

    assert run(conversation).startswith(b"HTTP/1.1 200")
    assert [one for one in caplog.records if one.levelname in ("WARNING", "ERROR")] == []


def test_no_more_are_awaited_than_there_may_be_connections():
    async def conversation():
        limits = Limits(connections=1, head_timeout_s=5)
        async with served(limits=limits, proxies_in_front=LOOPBACK) as server:
            _, silent = await asyncio.open_connection("127.0.0.1", server.port)
            await asyncio.sleep(0.05)
            with suppress(ConnectionError):
                assert await say(server.port, write(TOLD) + LAST) == b""
            await server.stop()
            await hang_up(silent)

    run(conversation)


def test_a_header_stands_before_the_handshake():
    authority = Authority()

    async def conversation():
        peers = []

        async def answer(request, peer):
            peers.append(peer)
            return Response(204, (), 0)

        async with served(answer, tls=authority.server_context("localhost"), proxies_in_front=LOOPBACK) as server:
            pool = ConnectionPool("", QUICK, proxy_protocol=2)
            way = ConnectionKey(
                ("127.0.0.1", server.port),
                Tls(authority.client_context(), "localhost"),
                proxy_header=pool.proxy_header(TOLD),
            )
            response = await pool.exchange(way, OutgoingRequest(get("https://localhost/")))
            await pool.close()
            # Neither does a handshake that fails disturb anybody.
            with suppress(ConnectionError):
                await say(server.port, write(TOLD) + LAST)
        return response.status, peers

    status, (peer,) = run(conversation)
    assert status == 204
    assert (peer.ip, peer.tls.sni) == ("192.0.2.7", "localhost")


def recording(heard):
    """A backend that notes the header of each connection, and the requests on it."""

    async def script(reader, writer):
        early = b""
        while (header := parse(early)) is None:
            early += await reader.readexactly(1)
        requests = []
        heard.append((early, header.ends, requests))
        while True:
            try:
                requests.append(await reader.readuntil(b"\r\n\r\n"))
            except asyncio.IncompleteReadError:
                return
            writer.write(OK)

    return script


def clients(version, conversations, **settings):
    """Let clients talk to a reverse proxy that tells of them; what its backend heard."""
    heard = []

    async def conversation():
        async with raw_server(recording(heard)) as port:

            async def destinations(request, edge):
                return Destination(("127.0.0.1", port))

            node = reverse_node(ReverseOptions(**settings), ("backend-1",))
            live = Live(node, destinations, ConnectionPool("", Limits(max_idle=2), version))
            async with served(live.answer, proxies_in_front=LOOPBACK) as server:
                for data in conversations:
                    assert (await say(server.port, data)).endswith(b"ok")
                kept = live.pool.idle_connections
            await live.finish(1)
        return kept

    return heard, run(conversation)


@pytest.mark.parametrize("version", [1, 2])
def test_the_next_node_is_told_at_the_beginning_of_each_connection(version):
    first = LAST.replace(b"Connection: close\r\n", b"")
    heard, kept = clients(version, [write(TOLD) + first + LAST, write(TOLD_6) + LAST])
    assert [(early, ends, len(requests)) for early, ends, requests in heard] == [
        (write(TOLD, version), TOLD, 2),
        (write(TOLD_6, version), TOLD_6, 1),
    ]
    assert b"x-forwarded-for: 192.0.2.7\r\n" in heard[0][2][0].lower()
    assert kept == 2


def test_connections_that_are_for_one_client_each_are_not_kept_without_bound():
    heard, kept = clients(1, [write(TOLD._replace(source_port=port)) + LAST for port in range(1, 6)])
    assert [ends.source_port for _, ends, _ in heard] == [1, 2, 3, 4, 5]
    assert kept == 2


def test_it_listens_at_an_address_of_version_6_too():
    if not socket.has_ipv6:
        pytest.skip("this machine speaks no IPv6")

    async def conversation():
        server = Server(lambda request, peer: _none(), QUICK, proxies_in_front=LOOPBACK)
        try:
            await server.start("::1", 0)
        except OSError:
            pytest.skip("this machine has no address ::1")
        said = await say(server.port, write(TOLD) + LAST, ip="::1")
        await server.stop()
        return said

    assert run(conversation).startswith(b"HTTP/1.1 204")


async def _none():
    return Response(204, (), 0)

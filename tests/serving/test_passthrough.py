from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from sim.http1.certificates import Authority
from sim.http1.errors import UpstreamError
from sim.http1.pool import ConnectionPool, Tls
from sim.serving.passthrough import serve_passthrough
from tests.support.sockets import QUICK, ask, failing, get, run, say, served

pytest.importorskip("trustme")


@asynccontextmanager
async def two_sites(limits=QUICK):
    """Two sites with certificates of their own behind one proxy that has none."""
    authority, inner = Authority(), ConnectionPool("127.0.0.5", limits)
    one, two = (authority.server_context(name) for name in ("one.example", "two.example"))
    async with served(tls=one) as first, served(tls=two) as second:
        ports = {"one.example": first.port, "two.example": second.port}

        async def route(name, peer_ip):
            assert peer_ip == "127.0.0.1"
            if name not in ports:
                raise UpstreamError("destination_not_found", name)
            return "127.0.0.1", ports[name]

        async with serve_passthrough(route, inner, "127.0.0.1", 0, limits=limits) as proxy:
            yield proxy, authority.client_context()
        await inner.close()


def test_the_name_chooses_the_site_which_ends_tls_itself():
    async def conversation():
        async with two_sites() as (proxy, trusted):
            pool = ConnectionPool()
            answers = [
                (await ask(pool, proxy.port, get(f"https://{name}/"), tls=Tls(trusted, name)))[0]
                for name in ("one.example", "two.example")
            ]
            unknown = await failing_under_tls(pool, proxy.port, trusted)
            await pool.close()
        return [dict(answer.fields) for answer in answers], unknown

    fields, unknown = run(conversation)
    assert [one["x-target"] for one in fields] == ["https://one.example/", "https://two.example/"]
    assert {one["x-peer"] for one in fields} == {"127.0.0.5"}, "the site sees the proxy's address"
    assert unknown == "tls_protocol_error"


async def failing_under_tls(pool, port, trusted):
    with pytest.raises(UpstreamError) as caught:
        await ask(pool, port, tls=Tls(trusted, "three.example"))
    return caught.value.error


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\nHost: one.example\r\n\r\n", b"\x16\x03\x01\x00\x00"])
def test_what_is_no_tls_is_broken_off(data):
    async def conversation():
        async with two_sites() as (proxy, _):
            try:
                return await say(proxy.port, data)
            except ConnectionResetError:
                return b""

    assert run(conversation) == b""


def test_who_says_nothing_or_half_is_not_waited_for():
    async def conversation():
        async with two_sites() as (proxy, _):
            started_s = asyncio.get_running_loop().time()
            for data in (b"", b"\x16\x03\x01\x02\x00\x01"):
                with suppress(ConnectionResetError):
                    assert await say(proxy.port, data) == b""
            return asyncio.get_running_loop().time() - started_s

    assert run(conversation) < 5


def test_plain_http_to_a_tls_site_fails_in_good_order():
    async def conversation():
        async with served(tls=Authority().server_context("one.example"), limits=QUICK) as server:
            pool = ConnectionPool()
            failed = await failing(pool, server.port)
            await pool.close()
        return failed

    assert run(conversation) in {"connection_terminated", "http_response_incomplete"}

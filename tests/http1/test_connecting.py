from __future__ import annotations

import asyncio
import socket

import pytest

from sim.http1.certificates import Authority
from sim.http1.connecting import ConnectionKey, Connector, Facts
from sim.http1.errors import UpstreamError
from sim.http1.pool import ConnectionPool, Tls
from tests.support.sockets import QUICK, ask, get, raw_server, run, saying_once, served

pytest.importorskip("trustme")


@pytest.mark.parametrize("name", ["b.example", "a.example"])
def test_a_wrong_name_and_a_strange_authority_are_not_trusted(name):
    async def conversation():
        authority = Authority()
        stranger = Authority() if name == "a.example" else authority
        async with served(tls=authority.server_context("a.example")) as server:
            pool = ConnectionPool()
            with pytest.raises(UpstreamError) as caught:
                await ask(pool, server.port, tls=Tls(stranger.client_context(), name))
            await pool.close()
            await asyncio.sleep(0.05)
        return caught.value.error

    assert run(conversation) == "tls_certificate_error"


def test_tls_through_a_tunnel():
    async def conversation():
        authority = Authority()
        inner, outer = ConnectionPool(), ConnectionPool()
        async with served(tls=authority.server_context("a.example")) as origin:

            async def proxy(request, peer):
                assert request.target == "a.example:443"
                return await inner.open_tunnel(("127.0.0.1", origin.port))

            async with served(proxy) as server:
                tls = Tls(authority.client_context(), "a.example")
                response, facts = await ask(outer, server.port, get(), tls=tls, tunnel="a.example:443")
                _, again = await ask(outer, server.port, get(), tls=tls, tunnel="a.example:443")
                await outer.close()
            await inner.close()
        return response, facts, again

    response, facts, again = run(conversation)
    assert ("x-target", "https://a.example/x") in response.fields
    assert facts.tls_s > 0
    assert again.is_reused


def test_no_name_is_looked_up_and_the_source_address_is_bound(monkeypatch):
    def asked(*_, **__):
        raise AssertionError("a name was looked up")

    async def conversation():
        async with served() as server:
            monkeypatch.setattr(socket, "getaddrinfo", asked)
            connector = Connector("127.4.3.2", QUICK)
            stream = await connector.connect(ConnectionKey(("127.0.0.1", server.port), None, ""), Facts())
            seen = stream.fact("sockname")[0], len(connector.streams)
            await stream.gone(1)
        return seen, len(connector.streams)

    assert run(conversation) == (("127.4.3.2", 1), 0)


def test_a_proxy_that_opens_no_tunnel():
    async def conversation():
        async with raw_server(saying_once(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")) as port:
            connector = Connector("", QUICK)
            with pytest.raises(UpstreamError) as caught:
                await connector.connect(ConnectionKey(("127.0.0.1", port), None, "a.example:443"), Facts())
            await asyncio.sleep(0.05)
        return caught.value.error, len(connector.streams)

    assert run(conversation) == ("http_request_denied", 0)


def test_an_address_that_is_not_ours_cannot_be_a_source():
    async def conversation():
        with pytest.raises(UpstreamError) as caught:
            await Connector("192.0.2.1", QUICK).connect(ConnectionKey(("127.0.0.1", 1), None, ""), Facts())
        return caught.value.error

    assert run(conversation) == "destination_ip_unroutable"

"""TLS on a scenario's links: who listens with what, and which name is told."""

from __future__ import annotations

import asyncio

import pytest

import sim
from sim.errors import SimError
from sim.http1.pool import ConnectionPool
from sim.http1.server import serve
from sim.lab.encryption import Encryption, name_in_the_clear, wanted
from sim.messages import Request, Response
from sim.scenario.topology import Edge

ASKED = Request(0, "GET", "http://a.example/", "a.example", ())


def edge(version):
    return Edge(0, "a", "b", 0.0, 1.0, 0.0, False, version)


def exchanged(version, *, to_proxy):
    """What a server says of the handshake of one exchange with it."""

    async def told(_, peer):
        return Response(200, (), 0, body=f"{peer.tls.version} {peer.tls.sni}".encode())

    async def conversation():
        encryption = Encryption(["a.example", "127.0.0.1"])
        async with serve(told, "127.0.0.1", 0, tls=encryption.server_context(version)) as server:
            pool = ConnectionPool()
            tls = encryption.between(edge(version), "a.example", server.ip, to_proxy=to_proxy)
            response = await pool.send(ASKED, (server.ip, server.port), tls=tls)
            await pool.close()
            return response.body.decode(), name_in_the_clear(tls)

    return asyncio.run(conversation())


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_the_version_is_spoken_and_the_name_is_told(version):
    assert exchanged(version, to_proxy=False) == (f"TLSv{version} a.example", "a.example")


def test_a_proxy_is_known_by_its_address_and_no_name_is_told():
    assert exchanged("1.3", to_proxy=True) == ("TLSv1.3 ", "")


def test_plain_scenarios_need_no_certificates():
    assert wanted(sim.load("layered"), []) is None
    assert wanted(sim.load("tls-offload"), []) is not None


def test_a_host_that_no_certificate_can_name_is_no_traceback():
    scenario = sim.load("tls-offload", [f"content.pages.host={'a' * 70}.example"])
    with pytest.raises(SimError, match="content: no certificate"):
        wanted(scenario, []).server_context("1.3")

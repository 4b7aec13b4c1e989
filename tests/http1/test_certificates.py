from __future__ import annotations

import ssl

import pytest

from sim.errors import EndpointError
from sim.http1.certificates import Authority, context_from_files, trusting
from sim.http1.pool import ConnectionPool, Tls
from tests.support.sockets import ask, echo, run, served

trustme = pytest.importorskip("trustme")


def test_a_client_that_trusts_the_authority_is_served_and_its_name_is_noted():
    async def conversation():
        facts = []

        async def answer(request, peer):
            facts.append(peer.tls)
            return await echo(request, peer)

        authority = Authority()
        async with served(answer, tls=authority.server_context("a.example")) as server:
            pool = ConnectionPool()
            tls = Tls(authority.client_context(), "a.example")
            response, fresh = await ask(pool, server.port, tls=tls)
            _, again = await ask(pool, server.port, tls=tls)
            await pool.close()
        return response, fresh, again, facts[0]

    response, fresh, again, noted = run(conversation)
    assert ("x-target", "https://a.example/x") in response.fields
    assert fresh.tls_s > 0
    assert again.is_reused
    assert (noted.version, noted.sni) == ("TLSv1.3", "a.example")


def test_files_of_ones_own(tmp_path):
    authority = trustme.CA()
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued = authority.issue_cert("a.example")
    certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    assert isinstance(context_from_files(certificate, key), ssl.SSLContext)
    with pytest.raises(EndpointError, match="belong together"):
        context_from_files(certificate, certificate)
    with pytest.raises(EndpointError, match=r"no file '.*absent"):
        context_from_files(certificate, tmp_path / "absent")
    with pytest.raises(EndpointError, match="holds no certificates"):
        trusting(key)
    assert isinstance(trusting(certificate), ssl.SSLContext)


def test_the_authority_can_be_written_down(tmp_path):
    file = Authority().write(tmp_path / "authority.pem")
    assert file.read_text().startswith("-----BEGIN CERTIFICATE-----")

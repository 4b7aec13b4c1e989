from __future__ import annotations

import pytest

from sim.http1.peer import Peer, TlsFacts, peer_of
from sim.http1.stream import ReceivedProxyHeader
from sim.rules.proxy_protocol import ProxiedAddresses


class Handshake:
    """The TLS object of a connection."""

    asked_name = "a.example"

    def version(self):
        return "TLSv1.3"

    def cipher(self):
        return ("TLS_AES_128_GCM_SHA256", "TLSv1.3", 128)


class Connected:
    """A connection, as far as its peer is concerned."""

    ends = ProxiedAddresses("192.0.2.1", "203.0.113.1", 4711, 80)

    def __init__(self, header=None, tls=None):
        self.proxy_header, self._tls = header, tls

    def fact(self, name):
        return {"ssl_object": self._tls}[name]


def nothing(status, fields):
    raise AssertionError


def test_a_peer_of_a_plain_connection():
    peer = peer_of(Connected(), nothing)
    assert peer == Peer("192.0.2.1", 4711, "203.0.113.1", 80, None, nothing, None)
    assert peer.ends == Connected.ends


def test_a_handshake_tells_version_cipher_and_server_name():
    assert peer_of(Connected(tls=Handshake()), nothing).tls == TlsFacts(
        "TLSv1.3", "TLS_AES_128_GCM_SHA256", "a.example"
    )


@pytest.mark.parametrize(("ends", "proxied_by"), [(Connected.ends, ("10.0.0.9", 5000)), (None, None)])
def test_only_a_header_with_addresses_makes_the_connection_a_proxied_one(ends, proxied_by):
    header = ReceivedProxyHeader(("10.0.0.9", 5000), ends)
    assert peer_of(Connected(header), nothing).proxied_by == proxied_by

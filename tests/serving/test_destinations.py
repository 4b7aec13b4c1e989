from __future__ import annotations

import asyncio
import socket
import ssl
from math import inf

import pytest

from sim.http1.endpoints import LOOPBACK, Endpoint, parse_networks
from sim.http1.errors import UpstreamError
from sim.scenario.topology import Edge
from sim.serving.destinations import Backends, Destination, OpenHosts, Reach, UpstreamProxy
from tests.support.sockets import get

TRUSTED = ssl.create_default_context()


def edge(receiver="the-web"):
    return Edge(0, "proxy", receiver, 0.0, inf, 0.0, shared=False)


def way(destinations, request, to="the-web"):
    return asyncio.run(destinations(request, edge(to)))


def refused(destinations, request, to="the-web"):
    with pytest.raises(UpstreamError) as caught:
        way(destinations, request, to)
    return caught.value.error


@pytest.fixture
def no_lookup(monkeypatch):
    """Fail if anything asks the resolver."""

    def asked(*_, **__):
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", asked)


@pytest.mark.usefixtures("no_lookup")
def test_names_are_not_looked_up_unless_told():
    hosts = OpenHosts(Reach(names={"known.example": "127.0.0.9"}), TRUSTED)
    assert way(hosts, get("http://localhost:81/")) == Destination(("127.0.0.1", 81))
    assert way(hosts, get("http://a.LOCALHOST./")) == Destination(("127.0.0.1", 80))
    assert way(hosts, get("http://known.example/")) == Destination(("127.0.0.9", 80))
    assert refused(hosts, get("http://unknown.example/")) == "dns_error"


@pytest.mark.usefixtures("no_lookup")
@pytest.mark.parametrize(
    "host", ["10.0.0.1", "[::]", "0.0.0.0", "169.254.169.254", "evil.example", "[::ffff:10.0.0.1]"]
)
def test_destinations_elsewhere_are_prohibited(host):
    hosts = OpenHosts(Reach(names={"evil.example": "10.0.0.1"}), TRUSTED)
    assert refused(hosts, get(f"http://{host}/")) == "destination_ip_prohibited"


def test_a_name_that_is_looked_up_is_judged_by_its_address(monkeypatch):
    found = {"inside.example": "127.0.0.5", "outside.example": "192.0.2.1"}

    def answer(host, *_, **__):
        if host not in found:
            raise socket.gaierror(-2, "unknown")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found[host], 0))]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    hosts = OpenHosts(Reach(may_resolve=True), TRUSTED)
    assert way(hosts, get("http://inside.example:8/")) == Destination(("127.0.0.5", 8))
    assert refused(hosts, get("http://outside.example/")) == "destination_ip_prohibited"
    assert refused(hosts, get("http://nowhere.example/")) == "dns_error"


def test_what_is_widened_is_reached():
    reach = Reach(LOOPBACK + parse_networks(["10.0.0.0/8"], "--allow-to"))
    assert way(OpenHosts(reach, TRUSTED), get("http://10.0.0.1/")) == Destination(("10.0.0.1", 80))


def test_tunnels_go_to_few_ports():
    hosts = OpenHosts(Reach(connect_ports=frozenset({443, 8443})), TRUSTED)
    assert way(hosts, get("localhost:8443", "CONNECT")) == Destination(("127.0.0.1", 8443), opens_tunnel=True)
    assert refused(hosts, get("localhost:25", "CONNECT")) == "http_request_denied"
    assert refused(hosts, get("10.0.0.1:443", "CONNECT")) == "destination_ip_prohibited"


def test_a_target_under_tls_is_asked_for_under_tls():
    found = way(OpenHosts(Reach(), TRUSTED), get("https://localhost/"))
    assert (found.address, found.tls.server_name) == (("127.0.0.1", 443), "localhost")


def test_backends_by_name():
    endpoints = {"a": Endpoint("http", "127.0.0.1", 81), "b": Endpoint("https", "localhost", 82)}
    backends = Backends(endpoints, Reach(), TRUSTED)
    assert way(backends, get(), "a") == Destination(("127.0.0.1", 81))
    under_tls = way(backends, get(), "b")
    assert under_tls.tls.server_name == "localhost"
    assert way(backends, get(), "b") == under_tls, "so that its connection is used again"
    assert refused(backends, get("a.example:443", "CONNECT"), "a") == "http_request_denied"


def test_a_further_proxy_gets_absolute_targets_and_its_tunnels_are_limited_too():
    further = UpstreamProxy(Endpoint("http", "127.0.0.1", 3128), Reach())
    assert way(further, get("http://unknown.example/")) == Destination(("127.0.0.1", 3128), absolute_form=True)
    assert way(further, get("unknown.example:443", "CONNECT")).absolute_form
    assert refused(further, get("unknown.example:25", "CONNECT")) == "http_request_denied"

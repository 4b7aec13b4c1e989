"""Stages that a product can be told do in it what they do here."""

from __future__ import annotations

import gzip
import http.client
from collections import Counter
from contextlib import contextmanager

import pytest

import sim
from sim.policies import guards
from tests.support.policies import visit
from tests.support.real_products import HOST, Listening, Page, Stage

PRODUCTS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("nginx", "squid", "haproxy")]
COMPRESSING = [one for one in PRODUCTS if one.values[0] != "squid"]
BODY = b"page " * 1000

SIGNS = """/a'b"c$d&e^|*+(){f};g.h"""
HOSTS = (HOST, "ads.example", "WWW.Ads.example:80", "bads.example", "ads.example.org")
PATHS = ("/a", "/admin", "/administrator?x=1", "/x/admin", SIGNS, f"{SIGNS}/more", SIGNS.replace("g.h", "gxh"))


def answer(page):
    """Answer with `BODY`, or 503 where a backend fails; the backend keeps what it was asked."""
    page.server.asked.append(page.path)
    body = b"" if page.server.fails else BODY
    page.send_response_only(200 if body else 503)
    page.send_header("Content-Type", "text/css")
    page.send_header("Content-Length", str(len(body)))
    page.end_headers()
    page.wfile.write(body)


@pytest.fixture(autouse=True)
def page(monkeypatch):
    monkeypatch.setattr(Listening, "fails", False, raising=False)
    for method in ("do_GET", "do_POST"):
        monkeypatch.setattr(Page, method, answer, raising=False)


@contextmanager
def gateway(product, *settings, failing=0):
    """A product in place of the shipped gateway, without a cache; the first backends fail."""
    said = [f"nodes.gateway.{setting}" for setting in (f"like={product}", "cache=null", *settings)]
    stage = Stage(sim.load("reverse-proxy", said), {"gateway": product})
    with stage.up():
        for server in stage.backends[:failing]:
            server.fails = True
        yield stage


def asked(stage):
    """How often each backend was asked since the last look."""
    counts = [len(server.asked) for server in stage.backends]
    for server in stage.backends:
        server.asked.clear()
    return counts


def ask(place, path="/a", host=HOST, method="GET", **fields):
    connection = http.client.HTTPConnection(*place, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": host, **fields}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("product", PRODUCTS)
def test_a_block_list_refuses_the_same_hosts_and_paths(product):
    listed = {"kind": "blocklist", "hosts": ["ads.example", "www.ads.example"], "paths": ["/admin", SIGNS]}
    guard = guards.registry.start(guards.registry.read(listed))
    requests = [(HOST, path) for path in PATHS] + [(host, "/") for host in HOSTS]
    expected = {(host, path): 403 if guard.judge(visit(f"http://{host}{path}")) else 200 for host, path in requests}
    assert Counter(expected.values()) == {403: 6, 200: 6}
    text = "'" + SIGNS.replace("'", "''") + "'"
    with gateway(
        product, f"guards=[{{kind: blocklist, hosts: [ads.example, www.ads.example], paths: [/admin, {text}]}}]"
    ) as stage:
        assert {(host, path): ask(stage.first, path, host)[0].status for host, path in requests} == expected


@pytest.mark.parametrize("product", COMPRESSING)
@pytest.mark.parametrize("attempts", [2, 3])
def test_a_retry_asks_further_servers_unless_the_method_forbids_it(product, attempts):
    retry = f"resilience=[{{kind: retry, attempts: {attempts}}}]"
    with gateway(product, retry, "balancing=round_robin", failing=attempts - 1) as stage:
        assert {ask(stage.first)[0].status for _ in range(6)} == {200}
        assert 0 not in asked(stage)
        statuses = Counter(ask(stage.first, method="POST", Content_Length="0")[0].status for _ in range(6))
        assert statuses == {503: 2 * (attempts - 1), 200: 6 - 2 * (attempts - 1)}
        assert sum(asked(stage)) == 6


@pytest.mark.parametrize("product", COMPRESSING)
def test_without_a_retry_a_failure_is_passed_on(product):
    with gateway(product, "balancing=round_robin", failing=1) as stage:
        assert Counter(ask(stage.first)[0].status for _ in range(6)) == {200: 4, 503: 2}


@pytest.mark.parametrize("product", COMPRESSING)
def test_content_is_compressed_for_clients_that_accept_it(product):
    with gateway(product, "transforms=[compress]", "via=true") as stage:
        answer, body = ask(stage.first, Accept_Encoding="gzip")
        assert (answer.getheader("Content-Encoding"), gzip.decompress(body)) == ("gzip", BODY)
        assert answer.getheader("Vary") == "Accept-Encoding"
        answer, body = ask(stage.first)
        assert (answer.getheader("Content-Encoding"), body) == (None, BODY)

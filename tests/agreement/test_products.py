"""A proxy ``like`` a product speaks like the product: what backends and clients see, field by field, is the same."""

from __future__ import annotations

from itertools import product as every

import pytest

import sim
from tests.support.real_products import Stage

PRODUCTS = [pytest.param(name, marks=pytest.mark.needs(name)) for name in ("nginx", "squid", "haproxy")]
SPOOFED = (("X-Forwarded-For", "192.0.2.66"), ("Forwarded", "for=192.0.2.66"), ("X-Real-IP", "192.0.2.66"))
EVERYTHING = ("forwarded_for=append", "x_real_ip=replace", "forwarded=append", "via=true")
ASKED = ("x_forwarded_proto=replace", "x_forwarded_host=replace")
REPLACED = ("forwarded_for=replace", "forwarded=replace", "x_real_ip=replace", "via=true", "server=nginx")
DELETED = ("forwarded_for=delete", "forwarded=delete", "x_real_ip=delete", "via=false")

CASES = {
    "by default": (),
    "everything is told": EVERYTHING + ASKED,
    "replaced": REPLACED,
    "deleted": DELETED,
}


def stage(name, products, settings=()):
    """A shipped scenario whose proxies are like products, and those products in their place."""
    said = [f"nodes.{node}.{setting}" for node in products for setting in settings]
    likes = [f"nodes.{node}.like={like}" for node, like in products.items()]
    return Stage(sim.load(name, [*likes, *said]), products)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(("name", "node"), [("reverse-proxy", "gateway"), ("forward-proxy", "campus-proxy")])
@pytest.mark.parametrize("like", PRODUCTS)
def test_alone(like, name, node, case):
    if like == "nginx" and case == "replaced" and node == "campus-proxy":
        assert stage(name, {node: like}, CASES[case]).expected().answer["server"] == "nginx"
    with stage(name, {node: like}, CASES[case]).up() as real:
        for path, fields in (("/a", ()), ("/b", SPOOFED)):
            assert real.ask(path, fields) == real.expected(path, fields)


def test_direct():
    with stage("direct", {}).up() as real:
        seen = real.ask(fields=SPOOFED)
    assert (seen.peer_ip, seen.request["x-forwarded-for"]) == ("10.1.0.1", "192.0.2.66")


PAIRS = [("squid", "nginx"), ("squid", "haproxy"), ("haproxy", "squid"), ("nginx", "haproxy"), ("haproxy", "nginx")]


@pytest.mark.needs("nginx", "squid", "haproxy")
@pytest.mark.parametrize("case", ["by default", "everything is told"])
@pytest.mark.parametrize(("near", "far"), PAIRS)
def test_layered(near, far, case):
    with stage("layered", {"campus-proxy": near, "gateway": far}, CASES[case]).up() as real:
        assert real.ask(fields=SPOOFED) == real.expected(fields=SPOOFED)


@pytest.mark.parametrize("like", PRODUCTS)
def test_a_trusted_proxy_is_believed_and_nobody_else(like):
    """The gateway trusts the campus proxy: X-Real-IP is the student, whatever the student claims."""
    products = {"campus-proxy": "haproxy", "gateway": like}
    said = ["nodes.campus-proxy.forwarded_for=append", "nodes.gateway.x_real_ip=replace"]
    for trusted, client_ip in (("198.51.100.0/24", "10.1.0.1"), ("192.0.2.0/24", "198.51.100.1")):
        trust = f"nodes.gateway.trusted_proxies=[{trusted}]"
        likes = [f"nodes.{node}.like={name}" for node, name in products.items()]
        with Stage(sim.load("layered", [*likes, *said, trust]), products).up() as real:
            seen = real.ask(fields=SPOOFED)
            assert seen == real.expected(fields=SPOOFED)
            assert seen.request["x-real-ip"] == client_ip


@pytest.mark.parametrize("like", PRODUCTS)
def test_a_stored_answer_asks_nobody_and_says_by_whom_it_was_passed_on(like):
    with stage("reverse-proxy", {"gateway": like}, ("via=true",)).up() as real:
        first, second = real.ask("/a"), real.ask("/a")
    assert first.request
    assert not second.request
    assert second.answer.get("via") == first.answer["via"]
    assert second.answer.get("age", "none") in {"nginx": ["none"]}.get(like, ["0", "1"])


def test_every_pair_of_products_was_thought_of():
    assert set(PAIRS) <= set(every(("nginx", "squid", "haproxy"), repeat=2))

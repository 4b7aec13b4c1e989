"""Real products in the place of proxies: what clients and backends see of them is what the simulator says."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from time import sleep

import pytest

import sim
from sim.errors import ProductError
from sim.lab import substitutes
from sim.lab.run import measure
from sim.lab.substitutes import likened, replaceable, unsaid
from sim.validation import validate
from tests.support.lab import measured, scenario

SAME = ("outcome", "answer", "sightings", "path")
"""What is equal whichever of several backends a product picks."""

NGINX, SQUID, HAPROXY = (pytest.mark.needs(name) for name in ("nginx", "squid", "haproxy"))

TELLING = [
    f"nodes.{{}}.{said}"
    for said in ("forwarded_for=append", "x_real_ip=replace", "x_forwarded_proto=replace", "host=preserve")
]


def telling(node, but=()):
    """Overrides with which a proxy tells of its clients what it can."""
    return [said.format(node) for said in TELLING if not any(word in said for word in but)]


@pytest.mark.parametrize(
    ("name", "product", "nodes"),
    [
        ("reverse-proxy", "nginx", ("gateway",)),
        ("layered", "haproxy", ("gateway",)),
        ("forward-proxy", "squid", ("campus-proxy",)),
        ("layered", "squid", ("campus-proxy",)),
        ("reverse-proxy", "squid", ("gateway",)),
    ],
)
def test_a_product_stands_in_for_what_it_can(name, product, nodes):
    assert replaceable(sim.load(name), product) == nodes


@pytest.mark.parametrize(
    ("name", "product", "message"),
    [
        ("direct", "nginx", "it needs a reverse proxy"),
        ("forward-proxy", "haproxy", "it needs a reverse proxy"),
        ("direct", "squid", "it needs a forward proxy or reverse proxy"),
        ("direct", "ngnix", "did you mean 'nginx'"),
    ],
)
def test_where_it_can_stand_in_for_nobody_that_is_said(name, product, message):
    with pytest.raises(ProductError, match=message):
        replaceable(sim.load(name), product)


def test_a_proxy_speaks_like_the_product_unless_it_says_otherwise():
    said = likened(sim.load("layered", ["nodes.gateway.forwarded_for=replace"]), "nginx").nodes
    assert (said["gateway"].like, said["gateway"].forwarded_for, said["gateway"].via) == ("nginx", "replace", False)
    assert said["campus-proxy"].like is None
    own = likened(sim.load("layered", ["nodes.gateway.like=haproxy"]), "nginx").nodes["gateway"]
    assert (own.like, own.host) == ("haproxy", "preserve")


def test_what_a_product_cannot_be_told_is_said_with_its_path():
    assert any("nodes.gateway.balancing" in line for line in unsaid(sim.load("reverse-proxy"), {"gateway": "squid"}))


def test_two_products_in_a_row_are_refused():
    chain = scenario("layered", requests=2)
    with pytest.raises(ProductError, match="campus-proxy and gateway cannot both be real products"):
        measure(chain, products={"campus-proxy": "squid", "gateway": "nginx"})


def test_a_product_that_does_not_start_leaves_nothing_behind(monkeypatch):
    monkeypatch.setattr("sim.lab.product_run.shutil.which", lambda _: None)
    with pytest.raises(ProductError, match="nginx is not installed"):
        measure(scenario("reverse-proxy", requests=2), products={"gateway": "nginx"})


def test_a_product_that_is_starting_when_ctrl_c_comes_is_stopped_too():
    seen = []

    @contextmanager
    def product():
        sleep(0.2)
        seen.append("started")
        yield ("127.0.0.1", 80)
        seen.append("stopped")

    async def interrupted():
        async with substitutes._beside(product()):
            seen.append("used")

    async def press():
        task = asyncio.create_task(interrupted())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    assert asyncio.run(press())
    assert seen == ["started", "stopped"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "product", "overrides"),
    [
        pytest.param("reverse-proxy", "nginx", [], marks=NGINX),
        pytest.param("layered", "nginx", [], marks=NGINX),
        pytest.param("layered", "nginx", telling("gateway"), marks=NGINX),
        pytest.param("reverse-proxy", "haproxy", [], marks=HAPROXY),
        pytest.param("layered", "haproxy", telling("gateway"), marks=HAPROXY),
        pytest.param("forward-proxy", "squid", [], marks=SQUID),
        pytest.param("layered", "squid", [], marks=SQUID),
        pytest.param("reverse-proxy", "squid", ["nodes.gateway.balancing=round_robin"], marks=SQUID),
    ],
)
def test_clients_and_backends_see_of_a_product_what_the_simulator_says(name, product, overrides):
    found = validate(sim.load(name, overrides), against=product, requests=12, repeats=1)
    told = "\n".join(line for each in found.differences for line in each.lines())
    assert (found.exact[list(SAME)].sum() == 12).all(), f"{found.verdict}\n{told}"
    assert any("are unknown: it is" in note for note in found.notes)
    found.measured[0].check()
    assert found.measured[0].meta["products"] == dict.fromkeys(replaceable(sim.load(name), product), product)


@pytest.mark.slow
@NGINX
def test_nginx_goes_round_the_backends_as_the_simulator_does():
    overrides = ["nodes.gateway.balancing=round_robin"]
    found = validate(sim.load("reverse-proxy", overrides), against="nginx", requests=12, repeats=1)
    assert found.is_exact, "\n".join(line for each in found.differences for line in each.lines())


@pytest.mark.slow
@NGINX
def test_what_a_product_keeps_is_a_hit_without_any_further_exchange():
    few = ["content.pages.objects=2", "content.api.share=0.001"]
    trace = validate(sim.load("reverse-proxy", few), against="nginx", requests=10, repeats=1).measured[0]
    hits = trace.requests[trace.requests["outcome"] == "hit"]
    assert len(hits) >= 6
    assert set(hits["answered_by"]) == {"gateway"}
    assert trace.hops["request_id"].isin(hits["request_id"]).sum() == len(hits)
    assert not trace.steps["node"].isin(["gateway"]).any()


def test_a_product_whose_links_are_under_tls_is_refused_before_it_is_started():
    with pytest.raises(ProductError, match="nginx speaks plainly in the lab, but a link of gateway is under TLS"):
        measure(scenario("tls-offload"), products={"gateway": "nginx"})


def test_a_product_that_cannot_tell_for_whom_it_asks_is_refused():
    told = scenario("layered", "nodes.campus-proxy.proxy_protocol=v2", requests=2)
    with pytest.raises(ProductError, match="does not send them"):
        measure(told, products={"campus-proxy": "squid"})


@pytest.mark.needs("haproxy")
@pytest.mark.parametrize("node", ["campus-proxy", "gateway"])
def test_a_product_tells_and_hears_for_whom_a_connection_is(node):
    told = ["nodes.campus-proxy.proxy_protocol=v2", "nodes.gateway.trusted_proxies=[198.51.100.1/32]"]
    hops = measured("layered", *told, products={node: "haproxy"}, one_by_one=True).hops.astype(str)
    asked = hops.query("sender == 'students'").set_index("request_id")["source_ip"]
    inside = hops.query("sender == 'campus-proxy'").set_index("request_id")["proxy_protocol"]
    assert len(inside)
    assert (inside == asked[inside.index]).all()
    behind = hops.query("sender == 'gateway'").set_index("request_id")["forwarded_for"]
    assert (behind == asked[behind.index]).all()

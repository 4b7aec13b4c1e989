"""The table of products, and configurations written with it."""

from __future__ import annotations

import pytest

import sim
from sim.errors import ProductError
from sim.products.program import product, write


def test_an_unknown_product_is_explained():
    with pytest.raises(ProductError, match="there is no product 'ngnix'") as error:
        product("ngnix", sim.load("layered"), "gateway")
    assert error.value.hint == "did you mean 'nginx'?"


def test_write_one_or_all(tmp_path):
    layered = sim.load("layered")
    (asked,) = write(layered, "nginx", "gateway")
    assert asked.file is None
    assert "/var/lib/proxysim/gateway/nginx.pid" in asked.configuration.text
    both = write(layered, "haproxy", out=tmp_path)
    assert [one.file.name for one in both] == ["campus-proxy.haproxy.conf", "gateway.haproxy.conf"]
    assert all(one.file.read_text() == one.configuration.text for one in both)
    assert (tmp_path / "gateway").is_dir()


@pytest.mark.parametrize(
    ("name", "said"), [("layered", "there are 2 proxies: campus-proxy, gateway"), ("direct", "there is no proxy")]
)
def test_write_says_what_is_missing(name, said):
    with pytest.raises(ProductError, match=said):
        write(sim.load(name), "nginx")


def test_what_it_cannot_be_told_is_known_before_it_runs():
    chosen = product("haproxy", sim.load("reverse-proxy", ["nodes.gateway.like=haproxy"]), "gateway")
    assert [problem.path for problem in chosen.unsupported] == [
        "nodes.gateway.cache",
        "nodes.gateway.cache.heuristic_ratio",
    ]

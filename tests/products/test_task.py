"""What a proxy has to do on this machine: where it listens, and where all others are."""

from pathlib import Path

import pytest

import sim
from sim.errors import ProductError
from sim.products.task import proxies, proxy, task
from tests.support.configurations import written

RUN = Path("/run/x")


def test_addresses_are_taken_as_they_are_with_the_usual_ports():
    said = task(sim.load("layered"), "campus-proxy", RUN)
    assert (said.listen, said.source_ip) == (("10.2.0.1", 3128), "198.51.100.1")
    (pool,) = said.pools
    assert (pool.host, [server.place for server in pool.servers]) == ("www.example.org", [("203.0.113.1", 80)])
    assert said.clients == ("10.1.0.0/16",)


def test_addresses_are_mapped_to_where_they_are_on_this_machine():
    places = {"203.0.113.1": ("127.0.0.5", 8080), "10.3.0.11": ("127.0.0.11", 9001), "10.3.0.1": ("127.0.0.6", 0)}
    said = task(
        sim.load("layered", ["nodes.gateway.trusted_proxies=[10.3.0.0/24, 192.0.2.0/24]"]), "gateway", RUN, places
    )
    assert (said.listen, said.source_ip) == (("127.0.0.5", 8080), "127.0.0.6")
    assert [server.place for server in said.pools[0].servers][:2] == [("127.0.0.11", 9001), ("10.3.0.12", 80)]
    assert said.trusted == ("127.0.0.11", "127.0.0.6", "192.0.2.0/24")


def test_a_proxy_without_an_outbound_address_binds_none_unless_it_must_be_told_apart():
    scenario = sim.load("reverse-proxy", ["nodes.gateway.outbound_address=null"])
    assert task(scenario, "gateway", RUN).source_ip == ""
    assert task(scenario, "gateway", RUN, {"203.0.113.1": ("127.0.0.5", 0)}).source_ip == "127.0.0.5"


def test_a_forward_proxy_with_an_upstream_sends_everything_there():
    isp = "{role: forward_proxy, address: 192.0.2.1}"
    link = ["nodes.campus-proxy.upstream=isp", f"nodes.isp={isp}", "links=[]"]
    links = "[{from: students, to: campus-proxy}, {from: campus-proxy, to: isp}, "
    links += ", ".join(f"{{from: isp, to: app-{number}}}" for number in (1, 2, 3)) + "]"
    scenario = sim.load("forward-proxy", [*link[:2], f"links={links}"])
    near, far = task(scenario, "campus-proxy", RUN), task(scenario, "isp", RUN)
    assert near.pools[0].servers[0].place == ("192.0.2.1", 3128)
    assert far.clients == ("198.51.100.1",), "its client is the campus proxy"


def test_who_is_no_proxy_cannot_be_one():
    scenario = sim.load("layered")
    assert proxies(scenario) == ["campus-proxy", "gateway"]
    for name, said in (("app-1", "'app-1' is a backend, not a proxy"), ("gatway", "did you mean 'gateway'?")):
        with pytest.raises(ProductError) as error:
            proxy(scenario, name)
        assert said in str(error.value)


def test_names_lose_what_would_mean_something_in_a_configuration():
    layered = sim.load("layered")
    nodes = {("ca$h#%" if name == "gateway" else name): node for name, node in layered.nodes.items()}
    links = [
        link.model_copy(update={end: "ca$h#%" for end in ("from_node", "to_node") if getattr(link, end) == "gateway"})
        for link in layered.links
    ]
    content = {name: one.model_copy(update={"served_by": ("ca$h#%",)}) for name, one in layered.content.items()}
    renamed = layered.model_copy(update={"nodes": nodes, "links": tuple(links), "content": content})
    gateway = task(renamed, "ca$h#%", RUN)
    assert (gateway.pseudonym, gateway.pools[0].name) == ("ca-h--", "ca-h---backends")
    assert task(renamed, "campus-proxy", RUN).pools[0].servers[0].name == "ca-h--"


@pytest.mark.parametrize(
    ("product", "lines"),
    [
        ("nginx", ["server 10.3.0.11:80 max_fails=0 weight=3;", "server 10.3.0.12:80 max_fails=0;"]),
        ("haproxy", ["10.3.0.11:80", " weight 3"]),
        ("squid", ["cache_peer 10.3.0.11 parent 80 0", " weight=3 "]),
    ],
)
def test_weights_are_written_as_each_product_has_them(product, lines):
    """nginx: ngx_http_upstream_module; HAProxy: section 5.2, weight; Squid: cache_peer, weight=n."""
    text, unsupported = written(product, settings=("balancing={kind: round_robin, weights: {app-1: 3, app-2: 1}}",))
    assert all(line in text for line in lines)
    assert "balancing.weights" not in unsupported
    rounded = written(product, settings=("balancing={kind: round_robin, weights: {app-1: 2.5}}",))[1]
    assert "whole weights" in rounded["balancing.weights"]

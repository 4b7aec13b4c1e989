"""What a product is told: where everybody is, and what nobody can be told."""

from pathlib import Path

import pytest

import sim
from sim.errors import ProductError
from sim.products.task import (
    FOR_EVER_S,
    Unsupported,
    endpoint,
    identifier,
    proxies,
    proxy,
    say_what_nobody_can,
    task,
    whole_seconds,
)

RUN = Path("/run/x")


def test_addresses_are_taken_as_they_are_with_the_usual_ports():
    said = task(sim.load("layered"), "campus-proxy", RUN)
    assert (said.listen, said.source_ip) == (("10.2.0.1", 3128), "198.51.100.1")
    (group,) = said.groups
    assert (group.host, [server.place for server in group.servers]) == ("www.example.org", [("203.0.113.1", 80)])
    assert said.clients == ("10.1.0.0/16",)
    assert said.timeout_s == FOR_EVER_S


def test_addresses_are_mapped_to_where_they_are_on_this_machine():
    places = {"203.0.113.1": ("127.0.0.5", 8080), "10.3.0.11": ("127.0.0.11", 9001), "10.3.0.1": ("127.0.0.6", 0)}
    said = task(
        sim.load("layered", ["nodes.gateway.trusted_proxies=[10.3.0.0/24, 192.0.2.0/24]"]), "gateway", RUN, places
    )
    assert (said.listen, said.source_ip) == (("127.0.0.5", 8080), "127.0.0.6")
    assert [server.place for server in said.groups[0].servers][:2] == [("127.0.0.11", 9001), ("10.3.0.12", 80)]
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
    assert (near.has_upstream, far.has_upstream) == (True, False)
    assert near.groups[0].servers[0].place == ("192.0.2.1", 3128)
    assert far.clients == ("198.51.100.1",), "its client is the campus proxy"


def test_who_is_no_proxy_cannot_be_one():
    scenario = sim.load("layered")
    assert proxies(scenario) == ["campus-proxy", "gateway"]
    for name, said in (("app-1", "'app-1' is a backend, not a proxy"), ("gatway", "did you mean 'gateway'?")):
        with pytest.raises(ProductError) as error:
            proxy(scenario, name)
        assert said in str(error.value)


def test_what_no_product_can_be_told():
    settings = ["nodes.gateway.service_demand=5 ms", "nodes.gateway.workers=4"]
    unsupported = Unsupported("gateway")
    say_what_nobody_can(task(sim.load("layered", settings), "gateway", RUN), unsupported)
    assert [problem.path for problem in unsupported.problems] == [
        "nodes.gateway.service_demand",
        "nodes.gateway.workers",
    ]
    assert "5 ms" in str(unsupported.problems[0])


@pytest.mark.parametrize(("name", "said"), [("tls-offload", ["nodes.gateway"]), ("reverse-proxy", [])])
def test_that_a_configuration_speaks_plainly_is_said_where_a_link_is_under_tls(name, said):
    unsupported = Unsupported("gateway")
    say_what_nobody_can(task(sim.load(name), "gateway", RUN), unsupported)
    assert [problem.path for problem in unsupported.problems] == said


def test_small_forms():
    assert endpoint(("2001:db8::1", 80)) == "[2001:db8::1]:80"
    assert identifier("a-b.example") == "a_b_example"
    assert [whole_seconds(said) for said in (0, 0.2, 1, 1.5)] == [1, 1, 1, 2]

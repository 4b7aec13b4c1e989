"""Where a request goes next."""

from collections import Counter

import pytest

from sim.nodes.next_hops import NextHops
from sim.policies.stage import Visit
from tests.support.scripted_world import edge, request

THREE = tuple(edge("students", f"app-{number}", number) for number in range(3))


def next_edge(next_hops, asking, ip):
    visit = Visit(asking, ip, ip, 0.0, asking.draws)
    pool = next_hops.pool(visit)
    return pool.edges[pool.balancer.choose(visit, pool.members)]


def test_a_configured_proxy_receives_everything():
    always = edge("students", "proxy")
    assert next_edge(NextHops(always, {"a.example": THREE}), request(), "10.0.0.1") is always


def test_a_host_with_one_server():
    next_hops = NextHops(None, {"a.example": THREE[:1], "b.example": THREE[1:2]})
    assert next_edge(next_hops, request(), "10.0.0.1").receiver == "app-0"
    assert next_edge(next_hops, request()._replace(host="b.example"), "10.0.0.1").receiver == "app-1"


@pytest.mark.parametrize("block", ["10.0.0.{}", "2001:db8::{:x}"])
def test_of_several_servers_each_client_has_one_and_all_have_as_many_clients(block):
    next_hops = NextHops(None, {"a.example": THREE})
    addresses = [block.format(number) for number in range(1, 61)]
    places = [next_edge(next_hops, request(), ip).receiver for ip in addresses]
    assert places == [next_edge(next_hops, request("/other"), ip).receiver for ip in addresses]
    assert set(Counter(places).values()) == {20}


def test_a_host_that_no_node_serves_is_an_error():
    with pytest.raises(KeyError):
        next_edge(NextHops(None, {}), request(), "10.0.0.1")

"""Where a request goes next."""

from collections import Counter

import pytest

from sim.nodes.next_hops import NextHops
from tests.support.scripted_world import edge, request

THREE = tuple(edge("students", f"app-{number}", number) for number in range(3))


def test_a_configured_proxy_gets_everything():
    always = edge("students", "proxy")
    assert NextHops(always, {"a.example": THREE}).edge(request(), "10.0.0.1") is always


def test_a_host_with_one_server():
    routes = NextHops(None, {"a.example": THREE[:1], "b.example": THREE[1:2]})
    assert routes.edge(request(), "10.0.0.1").receiver == "app-0"
    assert routes.edge(request()._replace(host="b.example"), "10.0.0.1").receiver == "app-1"


@pytest.mark.parametrize("block", ["10.0.0.{}", "2001:db8::{:x}"])
def test_of_several_servers_each_client_keeps_to_one_and_all_have_as_many(block):
    routes = NextHops(None, {"a.example": THREE})
    addresses = [block.format(number) for number in range(1, 61)]
    places = [routes.edge(request(), ip).receiver for ip in addresses]
    assert places == [routes.edge(request("/other"), ip).receiver for ip in addresses]
    assert set(Counter(places).values()) == {20}


def test_a_host_that_nobody_serves_is_not_silently_sent_somewhere():
    with pytest.raises(KeyError):
        NextHops(None, {}).edge(request(), "10.0.0.1")

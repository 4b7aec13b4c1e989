from __future__ import annotations

import pytest

from sim.errors import ScenarioError
from sim.nodes.forward_proxy import ForwardProxyNode
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.serving.proxy_nodes import forward_node, reverse_node
from sim.serving.proxy_options import ForwardOptions, ReverseOptions


def test_the_nodes_are_those_of_the_scenarios():
    assert type(forward_node(ForwardOptions())) is ForwardProxyNode
    assert type(reverse_node(ReverseOptions(), ("a",))) is ReverseProxyNode


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(ScenarioError) as caught:
        forward_node(ForwardOptions(cache="12", replacement="lur", forwarded_for="add", settings=("vai=false", "x")))
    said = str(caught.value)
    for part in ("cache.capacity", "did you mean 'lru'?", "forwarded_for", "did you mean 'via'?", "KEY=VALUE"):
        assert part in said.replace("PATH=VALUE", "KEY=VALUE")


def test_any_setting_of_the_node_may_be_set():
    node = reverse_node(
        ReverseOptions(cache="1 MiB", settings=("cache.replacement=lfu", "service_demand=3 ms")), ("a",)
    )
    assert node._service_demand_s == 0.003
    with pytest.raises(ScenarioError, match="balancing"):
        reverse_node(ReverseOptions(balancing="best"), ("a",))


def test_what_a_scenario_says_of_the_proxy_protocol_is_an_option_here():
    with pytest.raises(ScenarioError, match="--send-proxy-protocol"):
        forward_node(ForwardOptions(settings=("proxy_protocol=v2",)))

"""Nodes of a scenario know their settings and the edges that leave them."""

import sim
from sim.nodes.backend import BackendNode
from sim.nodes.build import build
from sim.nodes.client import ClientNode
from sim.nodes.forward_proxy import ForwardProxyNode
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.scenario import topology
from tests.support.scripted_world import Conversation


def nodes(name, overrides=()):
    scenario = sim.load(name, overrides)
    return build(scenario, topology.build(scenario))


def ask(node, **said):
    return Conversation(node).ask(host="www.example.org", **said)


def test_every_node_by_name_in_the_scenarios_order():
    made = nodes("layered")
    assert list(made) == list(sim.load("layered").nodes)
    assert all(node.name == name for name, node in made.items())
    kinds = {
        "students": ClientNode,
        "campus-proxy": ForwardProxyNode,
        "gateway": ReverseProxyNode,
        "app-1": BackendNode,
    }
    assert {name: type(made[name]) for name in kinds} == kinds


def test_clients_ask_their_proxy_if_they_have_one():
    assert ask(nodes("layered")["students"]).asks == "campus-proxy"
    assert ask(nodes("reverse-proxy")["students"]).asks == "gateway"


def test_clients_without_a_proxy_keep_to_one_of_the_hosts_servers():
    students = nodes("direct")["students"]
    asked = [ask(students, peer_ip=f"10.1.0.{number}").asks for number in (1, 2, 3, 4, 5, 6, 1)]
    assert set(asked[:3]) == {"app-1", "app-2", "app-3"}
    assert asked[3:] == [*asked[:3], asked[0]]


def test_a_forward_proxy_asks_whoever_serves_the_host():
    assert ask(nodes("forward-proxy")["campus-proxy"]).asks.startswith("app-")
    assert ask(nodes("layered")["campus-proxy"]).asks == "gateway"


def test_a_forward_proxy_with_an_upstream_asks_that():
    isp = {"role": "forward_proxy", "address": "198.51.100.9"}
    links = [
        {"from": "students", "to": "campus-proxy"},
        {"from": "campus-proxy", "to": "isp"},
        *({"from": "isp", "to": f"app-{number}"} for number in (1, 2, 3)),
    ]
    made = nodes("forward-proxy", {"nodes.isp": isp, "nodes.campus-proxy.upstream": "isp", "links": links})
    assert ask(made["campus-proxy"]).asks == "isp"
    assert ask(made["isp"]).asks.startswith("app-")


def test_a_reverse_proxy_asks_its_backends_in_the_scenarios_order():
    talk = Conversation(nodes("reverse-proxy", ["nodes.gateway.backends=[app-3, app-1, app-2]"])["gateway"])
    assert [talk.ask().asks for _ in range(3)] == ["app-3", "app-1", "app-2"]


def test_edges_are_those_of_the_topology():
    scenario = sim.load("layered")
    graph = topology.build(scenario)
    said = ask(build(scenario, graph)["gateway"])
    assert said.over == [graph.edges["gateway", "app-1"]["edge"]]


def test_settings_reach_the_nodes():
    made = nodes("layered", ["nodes.campus-proxy.cache=null", "nodes.app-1.speed=4"])
    assert ask(made["campus-proxy"]).numbers("campus-proxy") == [2, 4]
    assert ask(made["gateway"]).details("gateway") == {"CHOOSE": "app-1", "FORWARD": "app-1"}
    assert ask(made["app-1"]).works == ("app-1", 0.125)

"""Who talks to whom."""

from sim.scenario import routes
from sim.scenario.load import load
from tests.scenario.campus import spoilt


def pairs(changes=None):
    scenario = load(spoilt(changes))
    return set(routes.talks(scenario.nodes, scenario.content))


def test_through_both_proxies():
    assert pairs() == {("students", "edge"), ("edge", "gateway"), ("gateway", "app-1"), ("gateway", "app-2")}


def test_without_a_proxy_clients_talk_to_all_that_serve_what_they_ask_for():
    found = pairs(
        {
            "nodes.students.proxy": None,
            "nodes.edge": None,
            "content.api": {"host": "api.example.org", "served_by": ["app-1", "app-2"]},
            "links": [
                {"from": "students", "to": "gateway"},
                {"from": "students", "to": "app-1"},
                {"from": "students", "to": "app-2"},
                {"from": "gateway", "to": "app-1"},
                {"from": "gateway", "to": "app-2"},
            ],
        }
    )
    assert {receiver for sender, receiver in found if sender == "students"} == {"gateway", "app-1", "app-2"}


def test_only_the_content_that_a_population_asks_for_counts():
    api = {"host": "api.example.org", "served_by": "app-1"}
    assert ("edge", "app-1") not in pairs({"content.api": api, "nodes.students.content": ["pages"]})


def test_the_last_proxy_of_a_chain_talks_to_the_servers():
    second = {"role": "forward_proxy", "address": "10.2.0.2"}
    found = pairs(
        {
            "nodes.second": second,
            "nodes.edge.upstream": "second",
            "links.1": {"from": "edge", "to": "second"},
            "links.4": {"from": "second", "to": "gateway"},
        }
    )
    assert {("edge", "second"), ("second", "gateway")} <= found
    assert ("edge", "gateway") not in found


def test_chain_ends_where_it_would_loop():
    nodes = load(spoilt()).nodes
    looped = {**nodes, "edge": nodes["edge"].model_copy(update={"upstream": "edge"})}
    assert routes.proxy_chain("edge", looped) == ("edge",)
    assert routes.proxy_chain("nowhere", nodes) == ()
    assert routes.proxy_chain(None, nodes) == ()


def test_reachable_starts_at_clients():
    scenario = load(spoilt())
    assert routes.reachable(scenario.nodes, scenario.content) == set(scenario.nodes)
    assert routes.reachable(scenario.nodes, {}) == {"students", "edge"}


def test_asked_for_keeps_the_clients_order():
    scenario = load(spoilt({"content.api": {"host": "api.example.org", "served_by": "gateway"}}))
    client = scenario.nodes["students"]
    assert routes.asked_for(client, scenario.content) == ("pages", "api")
    picky = client.model_copy(update={"content": ("api", "pages", "unknown")})
    assert routes.asked_for(picky, scenario.content) == ("api", "pages")

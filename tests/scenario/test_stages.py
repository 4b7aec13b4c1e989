"""Stages as a scenario writes them: keys, JSON Schema, and every problem with its path."""

import jsonschema
import pytest

from sim.errors import ScenarioError
from sim.policies import balancing
from sim.scenario.json_schema import json_schema
from sim.scenario.load import load
from tests.scenario.campus import spoilt

BLOCKLIST = {"kind": "blocklist", "hosts": ["ads.example"]}
POOLS = {"nodes.gateway.backends": [], "nodes.gateway.pools": {"api": {"backends": ["app-1"]},
                                                               "static": {"backends": ["app-2"]}}}  # fmt: skip


def gateway(changes):
    return load(spoilt(changes)).nodes["gateway"]


def test_a_stage_is_a_name_or_a_mapping():
    node = gateway({"nodes.gateway.guards": [BLOCKLIST], "nodes.gateway.resilience": ["retry"]})
    assert [(one.kind, one.hosts) for one in node.guards] == [("blocklist", ("ads.example",))]
    assert [(one.kind, one.attempts) for one in node.resilience] == [("retry", 2)]
    assert [one.kind for one in node.stages] == ["blocklist", "retry"]


def test_a_balancer_has_settings():
    node = gateway({"nodes.gateway.balancing": {"kind": "round_robin", "weights": {"app-1": 3}}})
    assert node.balancing.weights == {"app-1": 3}
    assert gateway({"nodes.gateway.balancing": "random"}).balancing == balancing.registry.read("random")


def test_pools_take_the_place_of_backends():
    node = gateway(POOLS | {"nodes.gateway.routing": [{"kind": "by_path", "paths": {"/api/": "api"}}]})
    assert node.members == ("app-1", "app-2")


def test_a_pool_balances_as_its_node_does_unless_it_says_otherwise():
    api = {"backends": ["app-1"], "balancing": "least_connections"}
    changes = {"nodes.gateway.balancing": "random", "nodes.gateway.pools.api": api}
    pools = gateway(POOLS | changes).groups
    assert {name: pool.balancing.kind for name, pool in pools.items()} == {
        "api": "least_connections", "static": "random",
    }  # fmt: skip


def test_pools_are_in_the_order_of_the_file():
    node = gateway(POOLS)
    assert list(node.groups) == ["api", "static"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"nodes.gateway.guards": ["blocklits"]},
         "nodes.gateway.guards.0: unknown guard 'blocklits' (did you mean 'blocklist'?)"),
        ({"nodes.gateway.guards": [{"hosts": ["a.example"]}]},
         "nodes.gateway.guards.0: must name a known guard, or be a mapping with its 'kind': blocklist"),
        ({"nodes.gateway.guards": [{"kind": "blocklist", "host": ["a.example"]}]},
         "nodes.gateway.guards.0.host: unknown key 'host' (did you mean 'hosts'?)"),
        ({"nodes.gateway.guards": [{"kind": "blocklist", "hosts": ["a b"]}]},
         "nodes.gateway.guards.0.hosts.0: must be a host name in ASCII, such as ads.example"),
        ({"nodes.gateway.guards": [{"kind": "blocklist", "paths": ["admin"]}]},
         "nodes.gateway.guards.0.paths.0: must be a path that begins with '/', not 'admin'"),
        (POOLS | {"nodes.gateway.routing": [{"kind": "by_path", "paths": {"api": "api"}}]},
         "nodes.gateway.routing.0.paths.api: must be a path that begins with '/', not 'api'"),
        ({"nodes.gateway.guards": {"kind": "blocklist"}},
         "nodes.gateway.guards: must be a list, not a mapping"),
        ({"nodes.gateway.resilience": [{"kind": "retry", "attempts": 1}]},
         "nodes.gateway.resilience.0.attempts: must be at least 2, not 1"),
        ({"nodes.gateway.transforms": [{"kind": "compress", "min_length": 100}]},
         "nodes.gateway.transforms.0.min_length: "),
        ({"nodes.gateway.cache": {"capacity": "1 MiB", "admission": "below_size"}},
         "nodes.gateway.cache.admission: missing key 'largest'"),
        ({"nodes.gateway.balancing": {"kind": "round_robin", "weights": {"app-1": 0}}},
         "nodes.gateway.balancing.weights.app-1: must be greater than 0, not 0"),
        ({"nodes.gateway.balancing": {"kind": "round_robin", "weights": {"app-3": 1}}},
         "nodes.gateway.balancing.weights.app-3: 'app-3' is no backend of this pool (did you mean 'app-2'?)"),
        (POOLS | {"nodes.gateway.pools.static.backends": ["gateway"]},
         "nodes.gateway.pools.static.backends: requests would go in a loop: gateway → gateway"),
        (POOLS | {"nodes.gateway.backends": ["app-1"]},
         "nodes.gateway.backends: stands beside 'pools', which take its place"),
        (POOLS | {"nodes.gateway.pools": {"api": {"backends": ["app-3"]}}},
         "nodes.gateway.pools.api.backends.0: unknown node 'app-3' (did you mean 'app-2'?)"),
        (POOLS | {"nodes.gateway.routing": [{"kind": "by_path", "paths": {"/": "statik"}}]},
         "nodes.gateway.routing.0: unknown pool 'statik' (did you mean 'static'?)"),
        ({"nodes.gateway.routing": [{"kind": "by_path", "paths": {"/": "api"}}]},
         "nodes.gateway.routing: there are no 'pools' to choose from"),
    ],
)  # fmt: skip
def test_a_problem_has_its_path_and_what_is_allowed(changes, problem):
    with pytest.raises(ScenarioError) as caught:
        load(spoilt(changes))
    assert any(str(one).startswith(problem) for one in caught.value.problems), str(caught.value)


def test_all_problems_come_at_once():
    with pytest.raises(ScenarioError) as caught:
        load(spoilt({"nodes.gateway.guards": ["nonsense", {"kind": "blocklist", "x": 1}], "nodes.edge.guards": [7]}))
    assert {problem.path for problem in caught.value.problems} == {
        "nodes.gateway.guards.0", "nodes.gateway.guards.1.x", "nodes.edge.guards.0",
    }  # fmt: skip


def test_a_scenario_that_is_written_can_be_read_again():
    changes = {"nodes.gateway.guards": [BLOCKLIST], "nodes.gateway.balancing": "random"}
    node = gateway(changes)
    again = type(node).model_validate(node.model_dump(by_alias=True, include={"role", "address", "backends", "guards"}))
    assert again.guards == node.guards


@pytest.mark.parametrize(
    ("stage", "valid"),
    [
        ("blocklist", True),
        (BLOCKLIST, True),
        ({"kind": "blocklist", "host": []}, False),
        ({"hosts": []}, False),
        ("blocklits", False),
    ],
)
def test_the_json_schema_knows_the_stages(stage, valid):
    validator = jsonschema.Draft202012Validator(json_schema())
    assert validator.is_valid(spoilt({"nodes.gateway.guards": [stage]})) is valid


def test_units_are_explained_in_the_json_schema():
    text = str(json_schema()["$defs"]["ReverseProxy"]["properties"]["transforms"])
    assert "Bytes that one worker compresses in a second." in text
    assert "min_length" in text

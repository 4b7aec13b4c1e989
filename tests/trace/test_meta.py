"""What a trace says of itself is enough to run it again, and is plain JSON."""

from __future__ import annotations

import json
import platform

import pytest

import sim
from sim.policies.guards.blocklist import Blocklist
from sim.policies.transforms.compress import Compress
from sim.scenario import topology
from sim.trace import meta
from sim.trace.files import FORMAT

MORE = {
    "nodes.app-1.discipline": "processor_sharing",
    "nodes.gateway.service_demand": "1 ms",
    "nodes.gateway.workers": 3,
    "nodes.gateway.cache.capacity": "500 objects",
}


@pytest.fixture(scope="module")
def scenario():
    return sim.load("layered", {"run.requests": 50, "run.warm_up": "2 s", **MORE})


@pytest.fixture(scope="module")
def said(scenario):
    workload = sim.draw(scenario, 7, 3)
    graph = topology.build(scenario)
    return meta.describe(scenario, graph, workload, engine="tiny", world="script", notes=["by hand"])


def test_it_is_plain_json(said):
    assert json.loads(json.dumps(said, allow_nan=False)) == said


def test_provenance(said, scenario):
    assert said["scenario"] == {"name": "layered", "title": scenario.title, "hash": scenario.hash}
    assert (said["seed"], said["replication"], said["engine"], said["world"]) == (7, 3, "tiny", "script")
    assert (said["format"], said["issued"], said["warm_up_s"], said["cut_short"]) == (FORMAT, 50, 2.0, False)
    assert said["notes"] == ["by hand"]


def test_versions_of_all_that_decides_the_numbers(said):
    assert said["versions"]["python"] == platform.python_version()
    assert set(said["versions"]) == {"python", *meta.PACKAGES}
    assert "not installed" not in said["versions"].values()


def test_a_package_that_is_not_there_is_no_error():
    assert meta._version("no-such-package-anywhere") == "not installed"


def test_nodes_in_the_scenarios_order_with_their_addresses(said, scenario):
    assert list(said["nodes"]) == list(scenario.nodes)
    assert said["nodes"]["campus-proxy"]["addresses"] == ["10.2.0.1", "198.51.100.1"]
    assert said["nodes"]["students"]["addresses"] == []
    assert {name: node["role"] for name, node in said["nodes"].items()}["gateway"] == "reverse_proxy"
    assert said["nodes"]["app-1"]["site"] == "data centre"


def test_a_population_says_how_many_and_from_which_block(said):
    students = said["nodes"]["students"]
    assert (students["count"], students["block"]) == (20, "10.1.0.0/16")


def test_stations_are_nodes_whose_work_takes_time(said):
    stations = {name: (node["workers"], node["discipline"]) for name, node in said["nodes"].items() if node["workers"]}
    workers = stations["app-1"][0]
    assert stations["app-1"] == (workers, "processor_sharing")
    assert stations["app-2"] == (workers, "fifo")
    assert stations["gateway"] == (3, "fifo")
    assert "campus-proxy" not in stations


def test_caches(said):
    assert said["nodes"]["gateway"]["cache"] == {"capacity": 500, "unit": "objects", "replacement": "lru"}
    assert said["nodes"]["campus-proxy"]["cache"]["unit"] == "bytes"
    assert said["nodes"]["app-1"]["cache"] is None


def test_edges_in_the_order_of_the_links(said):
    ends = [(edge["sender"], edge["receiver"]) for edge in said["edges"]]
    assert ends[:2] == [("students", "campus-proxy"), ("campus-proxy", "gateway")]
    assert len(ends) == 5
    assert all(edge["delay_s"] > 0 for edge in said["edges"])


def test_no_limit_of_bandwidth_is_null():
    scenario = sim.load("mm1", ["run.requests=5", "run.warm_up=0 s"])
    said = meta.describe(scenario, topology.build(scenario), sim.draw(scenario), engine="tiny", world="script")
    (edge,) = said["edges"]
    assert (edge["bandwidth_bytes_per_s"], edge["delay_s"]) == (None, 0.0)


def test_what_a_log_could_not_say_is_passed_on():
    scenario = sim.load("access-log", ["run.requests=20"])
    workload = sim.draw(scenario)
    said = meta.describe(scenario, topology.build(scenario), workload, engine="tiny", world="script", notes=["more"])
    assert said["notes"] == [*workload.notes, "more"]
    assert said["nodes"]["visitors"]["count"] == len(workload.clients.population_of)


def test_edges_say_whether_they_are_under_tls(said):
    assert {(edge["tls"], edge["tls_round_trips"]) for edge in said["edges"]} == {("", 0)}
    scenario = sim.load("tls-offload")
    edges = sim.simulate(scenario, sim.draw(scenario, 1)).meta["edges"]
    assert [(edge["tls"], edge["tls_round_trips"]) for edge in edges] == [("1.3", 1), ("", 0), ("", 0), ("", 0)]


def test_stages_are_named_with_their_sentences_and_transforms_with_their_nodes():
    guard, transform = "nodes.campus-proxy.guards=[blocklist]", "nodes.gateway.transforms=[compress]"
    said = sim.simulate(sim.load("layered", ["run.requests=2", guard, transform])).meta
    assert said["stages"] == {"blocklist": Blocklist.sentence(), "compress": Compress.sentence()}
    assert (said["nodes"]["gateway"]["transforms"], said["nodes"]["campus-proxy"]["transforms"]) == (["compress"], [])
    assert said["nodes"]["gateway"]["workers"] == 1

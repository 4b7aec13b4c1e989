"""Gauges and timeline, against numbers worked out on paper and against the metrics."""

from __future__ import annotations

import pytest

import sim
from sim.metrics import utilisation
from sim.player.gauges import BINS, caches, stations, timeline
from sim.trace.examples import build, three_requests, to_proxy


@pytest.fixture(scope="module")
def trace():
    return sim.simulate(sim.load("layered", ["run.requests=400", "run.warm_up=0 s"]), seed=1)


def test_every_request_is_on_the_timeline_once(trace):
    found = timeline(trace)
    assert sum(found["arrivals"]) == len(trace.tables["requests"])
    assert {name: sum(bins) for name, bins in found["outcomes"].items()} == trace.outcome_counts()
    assert all(len(bins) == BINS for bins in found["outcomes"].values())


def test_queues_and_workers_agree_with_the_metrics(trace):
    expected = utilisation(trace).set_index("node")
    for name, found in stations(trace).items():
        assert found["most_waiting"] == expected.loc[name, "max_queue_length"]
        busy = sum(found["busy"]) / BINS / found["workers"]
        assert busy == pytest.approx(expected.loc[name, "utilisation_ratio"], abs=0.01)


def test_the_worker_is_busy_when_it_is():
    found = stations(three_requests())["app"]
    assert found["workers"] == 1
    assert found["busy"][int(BINS * 0.5 / 2.4)] == 1
    assert found["busy"][-5] == found["busy"][1] == 0


def test_a_cache_fills_up_to_its_capacity():
    settings = ["run.requests=600", "run.warm_up=0 s", "nodes.campus-proxy.cache.capacity=20 objects"]
    filled = caches(sim.simulate(sim.load("forward-proxy", settings), seed=1))["campus-proxy"]
    assert filled["filled"][:3] == [1.0, 2.0, 3.0]
    assert filled["filled"][-1] == filled["capacity"] == 20
    assert filled["time_s"] == sorted(filled["time_s"])
    assert filled["filled"] == sorted(filled["filled"])


def test_without_steps_nothing_is_said_of_the_filling():
    assert caches(build([to_proxy(0, 0.0)]))["proxy"]["filled"] == []

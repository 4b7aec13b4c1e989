"""What parties can know: as the visibility matrix says, in the form that the page reads."""

from __future__ import annotations

import pytest

import sim
from sim.player.eyes import MOST_LISTED, eyes
from sim.trace.examples import build, three_requests, to_app, to_proxy
from sim.visibility import counts

SMALL = ["run.requests=300", "run.warm_up=0 s"]


def test_every_node_and_every_tap_is_an_observer():
    assert list(eyes(three_requests())) == ["students", "proxy", "app", "tap:students–proxy", "tap:proxy–app"]


def test_the_backend_meets_the_proxy_and_nobody_else():
    seen = eyes(three_requests())["app"]
    assert seen["knows"] == {"proxy": {"peer": {"addresses": ["192.0.2.2"], "count": 1, "first_seen_s": [0.4]}}}
    assert seen["anonymity"]["peer"]["effective_size"] == 2.0


def test_what_was_sealed_to_a_tap_is_counted():
    hops = [to_proxy(0, 0.0, inside_s=0.2), to_app(0, 0.1, parent=0, tls_mode="tls")]
    seen = eyes(build(hops))
    assert (seen["tap:proxy–app"]["read"], seen["tap:proxy–app"]["sealed"]) == (0, 2)
    assert (seen["app"]["read"], seen["app"]["sealed"]) == (1, 0)


@pytest.mark.parametrize("design", ["direct", "forward-proxy", "reverse-proxy", "layered"])
def test_it_agrees_with_the_matrix(design):
    trace = sim.simulate(sim.load(design, SMALL), seed=2)
    found = {
        (observer, party, how): way["count"]
        for observer, seen in eyes(trace).items()
        for party, ways in seen["knows"].items()
        for how, way in ways.items()
    }
    table = counts(trace)
    keys = table[["observer", "party", "how"]].itertuples(index=False, name=None)
    assert found == dict(zip(keys, table["addresses_seen"], strict=True))


def test_many_addresses_are_counted_and_some_listed():
    trace = sim.simulate(sim.load("direct", [*SMALL, "nodes.students.count=200"]), seed=1)
    way = eyes(trace)["app-1"]["knows"]["students"]["peer"]
    assert len(way["addresses"]) == MOST_LISTED < way["count"] == len(way["first_seen_s"])
    assert way["first_seen_s"] == sorted(way["first_seen_s"])


def test_who_saw_nothing_has_nothing_to_tell():
    seen = eyes(build([to_proxy(0, 0.0, cache_status="hit")]))
    assert seen["app"] == {"knows": {}, "anonymity": {}}

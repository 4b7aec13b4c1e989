"""Stories: everything about a request but its times."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.metrics import comparable
from sim.trace.examples import three_requests
from sim.trace.table import Table
from sim.trace.trace import Trace


@pytest.fixture(scope="module")
def trace():
    return sim.simulate(sim.load("layered", ["run.requests=60", "run.warm_up=0 s"]))


def slower(trace):
    """The same run, everything twice as late."""
    tables = {}
    for name, table in trace.tables.recorded().items():
        columns = {c: table[c] * 2 if c.endswith("_s") else table[c] for c in table}
        tables[name] = Table(columns)
    return Trace(*tables.values(), trace.meta)


@pytest.mark.parametrize("aspect", comparable.ASPECTS)
def test_every_request_tells_something_and_no_time(trace, aspect):
    told = comparable.ASPECTS[aspect](trace, comparable.SEEING)
    assert sorted(told) == list(range(60))
    assert all(told.values())
    assert comparable.ASPECTS[aspect](slower(trace), comparable.SEEING) == told


def test_a_path_is_the_steps_in_their_order(trace):
    steps = trace.request(3).steps
    expected = list(zip(steps["node"], steps["step"], steps["name"], steps["stage"], steps["detail"], strict=True))
    assert list(comparable.paths(trace)[3]) == expected


def test_steps_of_some_nodes_can_be_left_out(trace):
    assert {row[0] for row in comparable.paths(trace, comparable.Ignored(["gateway"]))[0]} == {
        "students",
        "campus-proxy",
        "app-1",
    }


def test_with_something_aside_the_order_between_exchanges_does_not_count():
    trace = three_requests()
    steps, hops = trace.tables["steps"], trace.tables["hops"]
    backwards = steps.take(np.arange(len(steps))[::-1])

    def told(aside):
        columns = {**{name: hops[name] for name in hops}, "task": np.full(len(hops), aside, dtype=np.int16)}
        pair = [Trace(trace.tables["requests"], Table(columns), table, trace.meta) for table in (steps, backwards)]
        return [{node for node, *_ in comparable.paths(one)[0]} for one in pair], [
            comparable.paths(one)[0] for one in pair
        ]

    assert told(1)[0][0] == told(1)[0][1]
    assert told(0)[1][0] == told(0)[1][1][::-1]


def test_a_sighting_is_all_but_its_time(trace):
    seen = trace.sightings_of(5).frame()
    assert [row[: len(comparable.SEEN)] for row in comparable.sightings(trace)[5]] == [
        tuple(row) for row in seen[list(comparable.SEEN)].astype(object).itertuples(index=False, name=None)
    ]
    assert set(comparable.SEEN) == set(seen.columns) - {"time_s", "request_id", "hop_id"}


def test_a_request_without_any_exchange_still_has_an_end():
    trace = three_requests()
    lonely = Trace(
        trace.tables["requests"], trace.tables["hops"].take(np.empty(0, dtype=int)), trace.tables["steps"], trace.meta
    )
    assert comparable.outcomes(lonely)[1] == (("hit",),)
    assert comparable.picks(lonely)[1] == (("proxy",),)

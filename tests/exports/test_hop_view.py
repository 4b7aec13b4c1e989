from __future__ import annotations

import pytest

import sim
from sim.errors import TraceError
from sim.exports.hop_view import children, epoch_ns, exchanges, ns, rows, version_of
from sim.trace.examples import build, three_requests, to_app, to_proxy
from tests.exports import runs


@pytest.mark.parametrize("name", runs.NAMES)
def test_moments_are_in_order_and_none_where_something_never_happened(name):
    trace = runs.run(name)
    found = exchanges(trace)
    assert list(found) == trace.hops["hop_id"].tolist()
    for one in found.values():
        known = [one.sent_ns, one.connected_ns, one.received_ns, one.answered_ns, one.returned_ns]
        there = [moment for moment in known if moment is not None]
        assert there == sorted(there)
        assert (one.answered_ns is None) == (one.hop["answered_s"] != one.hop["answered_s"])


def test_rows_are_plain_values():
    row = next(rows(three_requests().tables["hops"]))
    assert {type(value) for value in row.values()} == {int, float, str, bool}


def test_children_stand_under_their_parents():
    made = children(exchanges(three_requests()))
    assert [one.hop["hop_id"] for one in made[3]] == [4]
    assert [one.hop["hop_id"] for one in made[-1]] == [0, 2, 3]


def test_a_probe_is_no_exchange_of_a_request():
    found = exchanges(build([to_app(-1, 0.0, parent=-1), to_proxy(0, 0.5)]))
    assert [one.hop["request_id"] for one in found.values()] == [0]


def test_a_hop_without_an_end_is_refused():
    with pytest.raises(TraceError, match="no beginning or no end"):
        exchanges(build([to_proxy(0, 0.0, returned_s=float("nan"))]))


def test_the_clock_is_that_of_the_run_or_the_year_2000():
    assert epoch_ns(three_requests()) == 946_684_800 * 10**9
    assert epoch_ns(three_requests(epoch_s=1.5)) == ns(1.5)
    assert version_of(sim.simulate(sim.load("direct", ["run.requests=1", "run.warm_up=0 s"]))) != "unknown"

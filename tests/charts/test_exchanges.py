"""The path of one request: every message finds the steps at its ends."""

from __future__ import annotations

import pytest

from sim.charts.exchanges import interesting, ladder_of
from sim.engine.run import simulate
from sim.errors import TraceError
from sim.scenario.load import load
from sim.trace.examples import build, three_requests, to_app, to_proxy


@pytest.fixture(scope="module")
def layered():
    return simulate(load("layered", ["run.requests=300", "run.warm_up=0 s"]))


def test_each_message_joins_the_steps_that_sent_and_received_it(layered):
    drawn = ladder_of(layered)
    ends = [(e.sent, e.received, e.answered, e.returned) for e in drawn.exchanges]
    assert ends == [(0, 1, 14, 15), (3, 4, 11, 12), (6, 7, 8, 9)]
    for exchange in drawn.exchanges:
        assert drawn.steps[exchange.sent].node == drawn.steps[exchange.returned].node == exchange.sender
        assert drawn.steps[exchange.received].node == drawn.steps[exchange.answered].node == exchange.receiver


def test_parties_stand_in_the_order_of_the_way_with_all_their_addresses(layered):
    drawn = ladder_of(layered)
    assert list(drawn.parties)[:3] == ["students", "campus-proxy", "gateway"]
    assert drawn.parties["campus-proxy"] == ["10.2.0.1", "198.51.100.1"]


def test_causes_add_up_to_the_response_time(layered):
    drawn = ladder_of(layered)
    assert sum(drawn.causes_s.values()) == pytest.approx(drawn.lasted_s)


def test_service_is_found_between_two_steps_of_the_backend(layered):
    drawn = ladder_of(layered)
    assert list(drawn.served()) == [8]
    assert drawn.served()[8] is drawn.exchanges[-1]


def test_the_outcome_stands_where_the_cache_decided(layered):
    drawn = ladder_of(layered)
    decided = [(step.role, step.number, step.outcome) for step in drawn.steps if step.outcome]
    assert decided == [("forward_proxy", 3, "miss"), ("reverse_proxy", 2, "miss")]


def test_the_interesting_request_has_the_longest_path(layered):
    chosen = interesting(layered)
    lengths = layered.hops.groupby("request_id").size()
    assert lengths[chosen] == lengths.max()
    assert layered.request(chosen).requests["outcome"].tolist() == ["miss"]


def test_nothing_interesting_before_the_end_of_the_warm_up():
    with pytest.raises(TraceError, match="no request of this trace counts"):
        interesting(three_requests(warm_up_s=1000.0))


def test_a_trace_without_steps_says_what_to_do():
    with pytest.raises(TraceError, match="steps=True"):
        ladder_of(build([to_proxy(0, 0.0, cache_status="hit")]), 0)


def test_a_step_that_the_textbook_does_not_know_keeps_its_name():
    steps = three_requests().steps.assign(step=99, name="ponder_long").to_dict("records")
    drawn = ladder_of(build([to_proxy(0, 0.0, cache_status="hit")], steps=steps[:2]), 0)
    assert drawn.steps[0].words == "ponder long"


def test_probes_make_no_request_interesting():
    probes = [to_app(-1, 0.1 * number, parent=-1) for number in range(5)]
    short, long = to_proxy(0, 1.0, cache_status="hit"), [to_proxy(1, 2.0), to_app(1, 2.1, parent=6)]
    assert interesting(build([*probes, short, *long])) == 1

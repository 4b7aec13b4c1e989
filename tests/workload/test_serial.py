"""One request after the other: the same requests, at instants that two worlds can share."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine.run import simulate
from sim.scenario.schema import Scenario
from sim.workload.columns import COLUMNS
from sim.workload.draw import draw
from sim.workload.serial import at_instants, chained
from tests.support.builders import scenario

DEMANDING = {"pages": {"service_demand": {"kind": "exponential", "mean": "30 ms"}}}
MARGIN_S = 0.01


@pytest.fixture(scope="module")
def crowded() -> Scenario:
    return scenario(run={"requests": 200}, content=DEMANDING)


def serial(crowded, count=40):
    one_by_one = chained(draw(crowded), count, MARGIN_S)
    trace = simulate(crowded, one_by_one)
    return trace, at_instants(one_by_one, trace.tables["requests"].numbers("arrival_s"))


def test_what_is_asked_for_and_its_dice_stay(crowded):
    drawn = draw(crowded)
    found = serial(crowded)[1]
    for name in set(COLUMNS) - {"arrival_s", "think_s", "session"}:
        assert np.array_equal(getattr(found, name), getattr(drawn, name)[:40])


def test_each_request_is_issued_when_the_one_before_is_over(crowded):
    trace = simulate(crowded, serial(crowded)[1])
    requests = trace.tables["requests"]
    gaps_s = requests.numbers("arrival_s")[1:] - requests.numbers("completion_s")[:-1]
    assert len(requests) == 40
    assert gaps_s == pytest.approx(MARGIN_S)
    assert not trace.tables["hops"].numbers("waiting_s").any()


def test_fixed_instants_give_what_the_chain_gave(crowded):
    chain, fixed = serial(crowded)
    assert simulate(crowded, fixed).tables.recorded() == chain.tables.recorded()


def test_it_is_cut_to_what_is_there_and_may_be_empty(crowded):
    drawn = draw(crowded)
    assert len(chained(drawn, 1000, MARGIN_S)) == 200
    assert len(chained(drawn, 0, MARGIN_S)) == 0


def test_requests_of_closed_sessions_can_be_chained_too():
    closed = scenario(run={"requests": 50}, arrivals={"kind": "sessions", "think": "2 s"})
    assert np.count_nonzero(np.isnan(chained(draw(closed), 30, MARGIN_S).arrival_s)) == 29

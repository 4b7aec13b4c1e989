import numpy as np
import pytest

from sim.workload.clients import populations
from sim.workload.schedule import schedule
from sim.workload.streams import Streams
from tests.support.builders import scenario

SESSIONS = {"kind": "sessions", "think": {"kind": "exponential", "mean": "2 s"}}


def timings(run, **clients):
    known = scenario(run=run, clients=clients)
    return schedule(known.run, populations(known), {}, Streams(1))


def poisson(rate):
    return {"arrivals": {"kind": "poisson", "rate": rate}}


def test_open_arrivals_are_the_earliest_of_all_populations():
    cut = timings({"requests": 1000}, fast=poisson("90/s"), slow=poisson("10/s"))
    assert sum(map(len, cut.values())) == 1000
    assert len(cut["slow"]) == pytest.approx(100, abs=30)
    last_s = max(timing.arrival_s[-1] for timing in cut.values())
    whole = timings({"requests": 5000}, fast=poisson("90/s"), slow=poisson("10/s"))
    for name, timing in cut.items():
        earlier = whole[name].arrival_s[whole[name].arrival_s <= last_s]
        assert np.array_equal(timing.arrival_s, earlier)


def test_simultaneous_arrivals_are_cut_in_the_order_of_populations():
    clock = {"arrivals": {"kind": "deterministic", "rate": "1/s"}}
    cut = timings({"requests": 5}, first=clock, second=clock)
    assert {name: timing.arrival_s.tolist() for name, timing in cut.items()} == {"first": [1, 2, 3], "second": [1, 2]}


def test_a_duration_alone_keeps_everything_before_it():
    cut = timings({"duration": "20 s"}, fast=poisson("90/s"), slow=poisson("10/s"))
    assert len(cut["fast"]) == pytest.approx(1800, rel=0.1)
    assert len(cut["slow"]) == pytest.approx(200, rel=0.3)


def test_requests_are_shared_evenly_over_the_sessions_of_all_populations():
    cut = timings(
        {"requests": 23}, students={"count": 6, "arrivals": SESSIONS}, staff={"count": 4, "arrivals": SESSIONS}
    )
    each = {name: np.bincount(timing.session).tolist() for name, timing in cut.items()}
    assert each == {"students": [3, 3, 3, 2, 2, 2], "staff": [2, 2, 2, 2]}


def test_open_and_closed_populations_each_get_their_part():
    cut = timings(
        {"requests": 900},
        fast=poisson("90/s"),
        students={"count": 6, "arrivals": SESSIONS},
        slow=poisson("10/s"),
    )
    assert list(cut) == ["fast", "students", "slow"]
    assert len(cut["students"]) == 300
    assert len(cut["fast"]) + len(cut["slow"]) == 600


def test_a_further_population_leaves_the_times_of_others_alone():
    alone = timings({"duration": "20 s"}, students=poisson("50/s"))
    together = timings({"duration": "20 s"}, first=poisson("10/s"), students=poisson("50/s"))
    assert np.array_equal(alone["students"].arrival_s, together["students"].arrival_s)

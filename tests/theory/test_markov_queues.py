"""M/M/1 and M/M/4 as promised: a 99 % interval covers the theory and is no wider than ±2 % (±3 %)."""

import numpy as np
import pytest

from tests.theory import formulas
from tests.theory.stations import agrees, mean_in_flight, poisson, replicate, response, station, wait

RUN = {"requests": 80_000, "warm_up": "1000 s"}


@pytest.mark.slow
def test_mm1_mean_response_is_three_and_a_third_service_times():
    scenario = station(arrivals=poisson(0.7), run=RUN)
    agrees(replicate(scenario, response, confidence=0.99), 10 / 3, within_ratio=0.02)


@pytest.mark.slow
def test_mm4_mean_wait():
    scenario = station(arrivals=poisson(3.2), workers=4, run={"requests": 150_000, "warm_up": "1000 s"})
    agrees(replicate(scenario, wait, confidence=0.99), 0.7455, within_ratio=0.03)


@pytest.mark.slow
def test_mm2_numbers_in_the_system_and_littles_law():
    scenario = station(arrivals=poisson(1.2), workers=2, run={"requests": 20_000, "warm_up": "1000 s"})
    in_flight = formulas.in_system(1.2, 2) @ np.arange(2 + formulas.INFINITE + 1)
    agrees(replicate(scenario, mean_in_flight), in_flight, within_ratio=0.04)
    agrees(replicate(scenario, response), in_flight / 1.2, within_ratio=0.04)


def test_an_arrival_finds_what_time_averages_say():
    """PASTA: whoever arrives at M/M/1 meets n others with probability (1 - ρ) ρ^n."""

    def finds_idle(trace):
        return float((trace.tables["hops"].numbers("waiting_s")[trace.counted_hops] == 0).mean())

    scenario = station(arrivals=poisson(0.5), run={"requests": 10_000, "warm_up": "200 s"})
    agrees(replicate(scenario, finds_idle), 0.5, within_ratio=0.02)


def test_a_worker_twice_as_fast_halves_all_times():
    scenario = station(arrivals=poisson(1.0), speed=2.0, run={"requests": 20_000, "warm_up": "200 s"})
    agrees(replicate(scenario, response, replications=10), 1.0, within_ratio=0.05)


@pytest.mark.parametrize(
    ("arrivals", "rate_per_s"),
    [
        (poisson(20), 20.0),
        ({"kind": "deterministic", "rate": "20/s"}, 20.0),
        (
            {"kind": "mmpp", "quiet_rate": "5/s", "burst_rate": "50/s", "quiet_time": "3 s", "burst_time": "1 s"},
            (5 * 3 + 50) / 4,
        ),
    ],
    ids=["poisson", "deterministic", "mmpp"],
)
def test_requests_come_at_the_rate_that_was_asked_for(arrivals, rate_per_s):
    scenario = station(arrivals=arrivals, demand="0 s", run={"duration": "200 s"})

    def rate(trace):
        return len(trace.tables["requests"]) / 200

    found = replicate(scenario, rate, replications=25)
    if arrivals["kind"] == "deterministic":
        assert (found.low, found.high) == (rate_per_s, rate_per_s)
    else:
        agrees(found, rate_per_s, within_ratio=0.1)

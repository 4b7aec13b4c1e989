"""M/M/c/K: how often all places are taken.  Both disciplines take requests at the same rate, so both agree."""

import pytest

from tests.theory import formulas
from tests.theory.stations import agrees, poisson, refused, replicate, response, station

RUN = {"requests": 15_000, "warm_up": "50 s"}


@pytest.mark.parametrize("discipline", ["fifo", "processor_sharing"])
@pytest.mark.parametrize(("load", "workers", "places"), [(3.0, 4, 0), (1.6, 2, 3)], ids=["Erlang B", "M/M/2/5"])
def test_share_of_requests_that_get_503(discipline, load, workers, places):
    scenario = station(arrivals=poisson(load), workers=workers, queue_capacity=places, discipline=discipline, run=RUN)
    found = replicate(scenario, refused)
    agrees(found, formulas.blocking(load, workers, places), within_ratio=0.05)


def test_erlang_b_does_not_ask_for_exponential_service():
    demand = {"kind": "lognormal", "mean": "1 s", "sigma": 1.5}
    scenario = station(arrivals=poisson(3.0), demand=demand, workers=4, queue_capacity=0, run=RUN)
    agrees(replicate(scenario, refused), formulas.blocking(3.0, 4, 0), within_ratio=0.06)


def test_without_a_queue_nobody_waits():
    scenario = station(arrivals=poisson(3.0), demand="1 s", workers=4, queue_capacity=0, run=RUN)
    taken_s = replicate(scenario, response, replications=5)
    lost = replicate(scenario, refused, replications=5)
    assert taken_s.mean == pytest.approx(1 - lost.mean, rel=1e-9)

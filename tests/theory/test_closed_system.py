"""Closed sessions: N clients that think, ask and wait, by the machine repairman's formula."""

import pytest

from tests.theory import formulas
from tests.theory.stations import agrees, replicate, response, station

RUN = {"duration": "1200 s", "warm_up": "200 s"}


def sessions(think):
    return {"kind": "sessions", "think": think}


def throughput(trace):
    done_s = trace.tables["requests"].numbers("completion_s")
    return float(((done_s > 200) & (done_s <= 1200)).sum() / 1000)


@pytest.mark.parametrize(("clients", "workers"), [(8, 1), (20, 2), (3, 4)], ids=["busy", "two workers", "idle"])
def test_throughput_and_response_of_clients_that_think(clients, workers):
    think = {"kind": "exponential", "mean": "8 s"}
    scenario = station(arrivals=sessions(think), clients=clients, workers=workers, run=RUN)
    rate_per_s, taken_s = formulas.machine_repairman(clients, 8.0, workers)
    agrees(replicate(scenario, throughput, replications=20), rate_per_s, within_ratio=0.05)
    agrees(replicate(scenario, response, replications=20), taken_s, within_ratio=0.09)


def test_the_law_of_the_think_time_does_not_matter():
    think = {"kind": "lognormal", "mean": "8 s", "sigma": 1.0}
    scenario = station(arrivals=sessions(think), clients=8, run=RUN)
    agrees(replicate(scenario, response, replications=20), formulas.machine_repairman(8, 8.0, 1)[1], within_ratio=0.09)

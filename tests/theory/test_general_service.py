"""M/G/1: first in, first out by Pollaczek and Khinchine; processor sharing, to which the law of service is all one."""

import pytest

from tests.theory import formulas
from tests.theory.stations import EXPONENTIAL, agrees, poisson, replicate, response, station

LOAD = 0.7

SERVICES = {
    "M/D/1": ("1 s", 0.0),
    "M/E2/1": ({"kind": "erlang", "mean": "1 s", "stages": 2}, 1 / 2),
    "M/E5/1": ({"kind": "erlang", "mean": "1 s", "stages": 5}, 1 / 5),
    "two points": ({"kind": "empirical", "values": ["0.5 s", "2.5 s"], "weights": [3, 1]}, 0.75),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVICES)
def test_first_in_first_out_by_pollaczek_khinchine(name):
    demand, variation = SERVICES[name]
    scenario = station(arrivals=poisson(LOAD), demand=demand, run={"requests": 25_000, "warm_up": "500 s"})
    agrees(replicate(scenario, response), formulas.pollaczek_khinchine(LOAD, variation), within_ratio=0.04)


@pytest.mark.slow
@pytest.mark.parametrize(
    "demand",
    ["1 s", EXPONENTIAL, {"kind": "lognormal", "mean": "1 s", "sigma": 1.5}],
    ids=["deterministic", "exponential", "heavy lognormal"],
)
def test_processor_sharing_depends_on_the_load_alone(demand):
    # The lognormal's squared coefficient of variation is 8.5: first in, first out would respond in 12.1 s.
    scenario = station(
        arrivals=poisson(LOAD),
        demand=demand,
        discipline="processor_sharing",
        run={"requests": 25_000, "warm_up": "1000 s"},
    )
    agrees(replicate(scenario, response), 1 / (1 - LOAD), within_ratio=0.06)

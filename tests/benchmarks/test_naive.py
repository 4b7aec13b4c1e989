"""The engine and the textbook's model agree on every request, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from tests.benchmarks import design
from tests.benchmarks.naive import NaiveModel

REQUESTS = 5_000
OUTCOMES = {"forward": "forward hit", "reverse": "reverse hit"} | dict.fromkeys(design.BACKENDS, "miss")


@pytest.fixture(scope="module")
def comparison():
    return design.make(REQUESTS)


@pytest.fixture(scope="module")
def naive(comparison):
    model = NaiveModel(comparison.numbers)
    model.run()
    return model


@pytest.fixture(scope="module", params=[True, False], ids=["whole trace", "hops only"])
def requests(request, comparison):
    return sim.simulate(comparison.scenario, comparison.workload, steps=request.param).tables["requests"]


def test_latencies_are_bitwise_the_same(requests, naive):
    latency_s = requests.numbers("completion_s") - requests.numbers("arrival_s")
    assert latency_s.tobytes() == np.asarray(naive.latency_s).tobytes()


def test_outcomes_are_the_same(requests, naive):
    answered_by = requests.words("answered_by").texts()
    assert [OUTCOMES[name] for name in answered_by] == naive.outcome
    assert set(naive.outcome) == {"forward hit", "reverse hit", "miss"}


def test_backends_are_loaded_as_said(comparison, naive):
    missed = np.asarray([outcome == "miss" for outcome in naive.outcome])
    work_s = comparison.workload.service_demand_s[missed].sum()
    workers = comparison.numbers.workers * comparison.numbers.backends
    assert work_s / workers / comparison.workload.arrival_s[-1] == pytest.approx(design.LOAD_RATIO, rel=0.05)


def test_some_requests_wait_for_a_worker(comparison):
    hops = sim.simulate(comparison.scenario, comparison.workload, steps=False).tables["hops"]
    assert (hops.numbers("waiting_s") > 0).any()

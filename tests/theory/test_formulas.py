"""The formulas themselves, held to numbers printed in textbooks or worked out by hand."""

import numpy as np
import pytest

from tests.theory import formulas


def test_one_worker_has_the_closed_forms():
    assert 1 + formulas.mean_wait(0.7, 1) == pytest.approx(1 / (1 - 0.7))
    assert formulas.in_system(0.7, 1)[:4] == pytest.approx(0.3 * 0.7 ** np.arange(4))


def test_four_workers_wait_as_the_issue_says():
    assert formulas.mean_wait(3.2, 4) == pytest.approx(0.7455, abs=5e-5)


@pytest.mark.parametrize(("load", "workers", "lost"), [(1.0, 1, 0.5), (3.0, 4, 27 / 131), (10.0, 10, 0.2146)])
def test_erlang_b(load, workers, lost):
    assert formulas.blocking(load, workers, places=0) == pytest.approx(lost, abs=5e-5)


def test_exponential_service_makes_pollaczek_khinchine_the_simple_queue():
    assert formulas.pollaczek_khinchine(0.7, 1.0) == pytest.approx(1 / 0.3)


def test_one_client_never_waits():
    assert formulas.machine_repairman(1, think=3.0, workers=1) == pytest.approx((0.25, 1.0))


def test_two_clients_by_mean_value_analysis():
    # MVA by hand: one client alone has a queue of 1/4; the second one's response is then 1 + 1/4.
    assert formulas.machine_repairman(2, think=3.0, workers=1) == pytest.approx((2 / 4.25, 1.25))


def test_a_cache_for_half_of_equal_objects_hits_half_the_time():
    assert formulas.che_hit_ratio(formulas.zipf(100, 0.0), 50, lambda x: -np.expm1(-x)) == pytest.approx(0.5)

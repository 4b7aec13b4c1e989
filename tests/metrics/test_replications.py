"""Intervals cover what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.errors import ReplicationError
from sim.metrics.replications import batch_means, interval, mean_response_time
from tests.support.queues import mm1


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
def test_the_interval_is_students(confidence):
    values = np.random.default_rng(1).normal(10.0, 2.0, 7)
    found = interval(values, confidence)
    low, high = stats.t.interval(confidence, 6, loc=values.mean(), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.n == 7


def test_intervals_cover_the_mean_as_often_as_they_say():
    dice = np.random.default_rng(2)
    intervals = [interval(sample) for sample in dice.normal(5.0, 3.0, (4000, 5))]
    covered = np.mean([found.low <= 5.0 <= found.high for found in intervals])
    assert covered == pytest.approx(0.95, abs=0.01)


def test_fewer_than_five_replications_give_no_interval():
    with pytest.raises(ReplicationError, match=r"at least 5 replications, not 4 \(run at least 5 replications\)"):
        interval([1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0])
def test_a_confidence_that_is_none(confidence):
    with pytest.raises(ReplicationError, match="a confidence lies between 0 and 1"):
        interval([1.0] * 5, confidence)


def test_what_is_not_defined_has_no_interval():
    found = interval([1.0, 2.0, math.nan, 4.0, 5.0])
    assert math.isnan(found.mean)
    assert math.isnan(found.low)


def test_equal_values_have_an_interval_of_no_width():
    assert interval([2.0] * 5)[:4] == (2.0, 0.0, 2.0, 2.0)


def test_batch_means_cover_a_correlated_mean_where_the_naive_interval_does_not():
    """An autoregressive sequence with coefficient 0.9: the naive interval is too narrow by a factor of 4.4."""
    covered, naive = [], []
    for seed in range(200):
        noise = np.random.default_rng(seed).normal(size=4000)
        values = np.empty_like(noise)
        values[0] = noise[0] / math.sqrt(1 - 0.81)
        for i in range(1, len(noise)):
            values[i] = 0.9 * values[i - 1] + noise[i]
        found, wrong = batch_means(values), interval(values)
        covered.append(found.low <= 0 <= found.high)
        naive.append(wrong.low <= 0 <= wrong.high)
    assert np.mean(covered) > 0.88
    assert np.mean(naive) < 0.6


def test_the_warm_up_and_what_is_left_over_are_not_used():
    values = [100.0] * 3 + [1.0, 2.0] * 10 + [100.0]
    assert batch_means(values, batches=10, warm_up=3).mean == 1.5


@pytest.mark.parametrize(
    ("values", "batches", "message"),
    [
        ([1.0] * 30, 20, "30 values are too few for 20 batches"),
        ([1.0] * 30, 4, "at least 5 batches, not 4"),
        ([1.0] * 30, 0, "at least 5 batches, not 0"),
    ],
)
def test_batches_that_say_nothing(values, batches, message):
    with pytest.raises(ReplicationError, match=message):
        batch_means(values, batches)


def test_a_trace_gives_its_requests_after_the_warm_up():
    trace = mm1(400, rate_per_s=0.5, seed=1, warm_up_s=100.0)
    assert mean_response_time(trace).mean < 10
    assert mean_response_time(trace).n == 20


def test_an_interval_is_shown_with_its_half_width():
    assert str(interval([1.0, 2.0, 3.0, 4.0, 5.0])) == "3 ± 2"

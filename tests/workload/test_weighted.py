import numpy as np
from scipy import stats

from sim.workload.weighted import choose, find


def test_choices_are_in_proportion_to_weights():
    weights = np.array([5.0, 0.0, 1.0, 4.0])
    found = np.bincount(choose(weights, np.random.default_rng(1).random(100_000)), minlength=4)
    assert found[1] == 0
    assert stats.chisquare(found[weights > 0], 10_000 * weights[weights > 0]).pvalue > 0.01


def test_a_last_weight_of_zero_is_never_chosen():
    assert choose([1, 0], np.array([0.0, np.nextafter(1, 0)])).tolist() == [0, 0]


def test_a_first_weight_of_zero_is_never_chosen():
    assert choose([0, 1], np.array([0.0])).tolist() == [1]


def test_a_value_at_or_beyond_the_end_is_the_last_choice():
    assert find(np.array([1.0, 2.0, 2.0]), np.array([2.0, 9.0])).tolist() == [1, 1]

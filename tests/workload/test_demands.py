import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from sim.scenario.distributions import ServiceDemand, Size
from sim.workload.demands import mean_s, sizes_bytes, times_s

MEAN_S = 0.02
TIMES = {
    "exponential": ({}, stats.expon(scale=MEAN_S)),
    "erlang": ({"stages": 4}, stats.gamma(4, scale=MEAN_S / 4)),
    "lognormal": ({"sigma": 1.2}, stats.lognorm(1.2, scale=MEAN_S * np.exp(-0.72))),
    "pareto": ({"shape": 2.5}, stats.pareto(2.5, scale=MEAN_S * 1.5 / 2.5)),
}
SIZES = {
    "lognormal": ({"sigma": 0.8}, stats.lognorm(0.8, scale=1e6 * np.exp(-0.32))),
    "pareto": ({"shape": 3.0}, stats.pareto(3.0, scale=1e6 * 2 / 3)),
}


def time_law(said):
    return TypeAdapter(ServiceDemand).validate_python(said)


def times(said, count=200_000):
    return times_s(time_law(said), np.random.default_rng(1), count)


def sizes(said, count=200_000):
    law = TypeAdapter(Size).validate_python(said)
    return sizes_bytes(law, np.random.default_rng(1).random((count, 2)))


def assert_mean(drawn, mean, relative):
    """A 99 % interval no wider than `relative` covers the mean."""
    half_width = 2.576 * drawn.std(ddof=1) / np.sqrt(len(drawn))
    assert half_width < relative * mean
    assert abs(drawn.mean() - mean) < half_width


@pytest.mark.parametrize("kind", TIMES)
def test_times_follow_their_law(kind):
    said, theory = TIMES[kind]
    drawn = times({"kind": kind, "mean": "20 ms", **said})
    assert drawn.min() >= 0
    assert stats.kstest(drawn, theory.cdf).pvalue > 0.01
    assert_mean(drawn, MEAN_S, 0.02)


@pytest.mark.parametrize("kind", SIZES)
def test_sizes_follow_their_law(kind):
    said, theory = SIZES[kind]
    drawn = sizes({"kind": kind, "mean": "1 MB", **said})
    assert drawn.dtype == np.int64
    # Whole bytes repeat, which a test for continuous laws does not know: spread them over their byte.
    spread = drawn + np.random.default_rng(2).random(len(drawn)) - 0.5
    assert stats.kstest(spread, theory.cdf).pvalue > 0.01
    assert_mean(drawn, 1e6, 0.02)


def test_fixed_values():
    assert times("20 ms", 3).tolist() == [0.02] * 3
    assert sizes("10 KiB", 3).tolist() == [10240] * 3
    assert sizes("0 B", 1).tolist() == [0]


def test_empirical_values_with_and_without_weights():
    drawn = times({"kind": "empirical", "values": ["1 s", "2 s", "9 s"]}, 30_000)
    assert stats.chisquare(np.unique(drawn, return_counts=True)[1]).pvalue > 0.01
    weighted = sizes({"kind": "empirical", "values": ["1 kB", "2 kB", "3 kB"], "weights": [3, 0, 1]}, 40_000)
    values, found = np.unique(weighted, return_counts=True)
    assert values.tolist() == [1000, 3000]
    assert stats.chisquare(found, [30_000, 10_000]).pvalue > 0.01


def test_random_sizes_are_at_least_one_byte_and_fit_64_bits():
    tiny = sizes({"kind": "lognormal", "mean": "1 B", "sigma": 3})
    assert tiny.min() == 1
    huge = sizes({"kind": "pareto", "mean": "1 TiB", "shape": 1.001})
    assert 0 < huge.min() <= huge.max() <= 2**60


def test_a_heavy_tail_is_not_cut():
    drawn = sizes({"kind": "pareto", "mean": "10 kB", "shape": 1.2})
    assert drawn.max() > 1000 * 10_000


@pytest.mark.parametrize("said", ["20 ms", {"kind": "exponential", "mean": "20 ms"}])
def test_mean(said):
    assert mean_s(time_law(said)) == 0.02


def test_mean_of_empirical_values():
    assert mean_s(time_law({"kind": "empirical", "values": ["1 s", "2 s"]})) == 1.5
    assert mean_s(time_law({"kind": "empirical", "values": ["1 s", "2 s"], "weights": [1, 3]})) == 1.75

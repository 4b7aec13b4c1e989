import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from sim.scenario.distributions import Arrivals
from sim.workload.arrivals import times

LAWS = TypeAdapter(Arrivals)
KINDS = {
    "poisson": {"kind": "poisson", "rate": "50/s"},
    "deterministic": {"kind": "deterministic", "rate": "50/s"},
    "ramps": {"kind": "piecewise", "points": [{"at": "0 s", "rate": "10/s"}, {"at": "100 s", "rate": "90/s"}]},
    "steps": {
        "kind": "piecewise",
        "shape": "steps",
        "points": [{"at": "0 s", "rate": "10/s"}, {"at": "10 s", "rate": "0/s"}, {"at": "20 s", "rate": "100/s"}],
    },
    "mmpp": {
        "kind": "mmpp",
        "quiet_rate": "10/s",
        "burst_rate": "100/s",
        "quiet_time": "5 s",
        "burst_time": "1 s",
    },
}


def law(said):
    return LAWS.validate_python(KINDS[said] if isinstance(said, str) else said)


def arrivals(said, count=None, duration_s=None, seed=1):
    return times(law(said), np.random.default_rng(seed), count, duration_s)


def assert_poisson_count(found, mean):
    """A 99 % interval around the mean of a Poisson number."""
    assert abs(found - mean) < 2.576 * np.sqrt(mean)


@pytest.mark.parametrize("kind", KINDS)
def test_a_count_gives_exactly_so_many_sorted_times(kind):
    drawn = arrivals(kind, count=5000)
    assert len(drawn) == 5000
    assert drawn[0] >= 0
    assert (np.diff(drawn) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_duration_bounds_the_times_and_is_used_up(kind):
    drawn = arrivals(kind, duration_s=60.0)
    assert 57 < drawn[-1] <= 60.0


@pytest.mark.parametrize("kind", KINDS)
def test_of_both_limits_the_tighter_holds(kind):
    assert np.array_equal(arrivals(kind, count=10, duration_s=60.0), arrivals(kind, duration_s=60.0)[:10])
    assert np.array_equal(arrivals(kind, count=10**6, duration_s=60.0), arrivals(kind, duration_s=60.0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_longer_list_begins_with_the_shorter_one(kind):
    assert np.array_equal(arrivals(kind, count=100_000)[:1000], arrivals(kind, count=1000))


def test_no_limit_is_refused():
    with pytest.raises(ValueError, match="a count or a duration"):
        arrivals("poisson")


def test_poisson_gaps_are_exponential_and_independent():
    gaps_s = np.diff(arrivals("poisson", count=100_000), prepend=0.0)
    assert stats.kstest(gaps_s, "expon", (0, 1 / 50)).pvalue > 0.01
    assert gaps_s.mean() == pytest.approx(1 / 50, rel=0.01)
    assert abs(np.corrcoef(gaps_s[:-1], gaps_s[1:])[0, 1]) < 0.01


def test_deterministic_gaps_are_equal():
    assert arrivals("deterministic", count=4).tolist() == [0.02, 0.04, 0.06, 0.08]
    assert len(arrivals({"kind": "deterministic", "rate": "10/s"}, duration_s=0.3)) == 3


def test_ramp_has_the_integrated_rate_in_every_window():
    drawn = np.concatenate([arrivals("ramps", duration_s=150.0, seed=seed) for seed in range(20)])
    edges_s = np.arange(0, 151, 10.0)
    found = np.histogram(drawn, edges_s)[0]
    area = np.where(edges_s < 100, 10 * edges_s + 0.4 * edges_s**2, 5000 + 90 * (edges_s - 100))
    assert stats.chisquare(found, 20 * np.diff(area) * found.sum() / (20 * area[-1])).pvalue > 0.01
    assert_poisson_count(found.sum(), 20 * area[-1])


def test_ramp_inside_a_window_is_linear():
    """Given their number, arrivals on a ramp from 0 have the density 2t/T²."""
    rising = {"kind": "piecewise", "points": [{"at": "0 s", "rate": "0/s"}, {"at": "100 s", "rate": "2000/s"}]}
    drawn = arrivals(rising, duration_s=100.0)
    assert stats.kstest(drawn, lambda t: (t / 100) ** 2).pvalue > 0.01


def test_steps_are_silent_where_the_rate_is_zero():
    drawn = np.concatenate([arrivals("steps", duration_s=30.0, seed=seed) for seed in range(50)])
    found = np.histogram(drawn, [0, 10, 20, 30])[0]
    assert found[1] == 0
    assert_poisson_count(found[0], 50 * 100)
    assert_poisson_count(found[2], 50 * 1000)


def test_ramp_down_to_silence_ends():
    falling = {"kind": "piecewise", "points": [{"at": "0 s", "rate": "100/s"}, {"at": "10 s", "rate": "0/s"}]}
    drawn = np.concatenate([arrivals(falling, count=10**6, seed=seed) for seed in range(20)])
    assert np.isfinite(drawn).all()
    assert drawn.max() <= 10.0
    assert_poisson_count(len(drawn), 20 * 500)


def test_before_the_first_point_the_rate_is_that_of_the_first():
    late = {"kind": "piecewise", "points": [{"at": "10 s", "rate": "100/s"}, {"at": "20 s", "rate": "0/s"}]}
    drawn = np.concatenate([arrivals(late, duration_s=30.0, seed=seed) for seed in range(20)])
    found = np.histogram(drawn, [0, 10, 20, 30])[0]
    assert_poisson_count(found[0], 20 * 1000)
    assert_poisson_count(found[1], 20 * 500)
    assert found[2] == 0


def test_mmpp_has_the_mean_rate_of_its_states():
    drawn = arrivals("mmpp", duration_s=200_000.0)
    assert len(drawn) / 200_000 == pytest.approx((10 * 5 + 100 * 1) / 6, rel=0.01)


def test_mmpp_index_of_dispersion_is_that_of_theory():
    """Fischer and Meier-Hellstern, "The MMPP cookbook", 1993, equation (17) for two states.

    Var N(t) / E N(t) = 1 + 2 D (1 - (1 - e^(-rt)) / (rt)), with r the sum of both rates of change and
    D = (λ1 - λ2)² σ1 σ2 / (r² (λ1 σ2 + λ2 σ1)).
    """
    window_s, duration_s = 10.0, 400_000.0
    found = np.histogram(arrivals("mmpp", duration_s=duration_s), np.arange(0, duration_s + 1, window_s))[0]
    change = 1 / 5 + 1 / 1
    most = 90**2 * (1 / 5) * 1 / (change**2 * (10 * 1 + 100 * (1 / 5)))
    theory = 1 + 2 * most * (1 - (1 - np.exp(-change * window_s)) / (change * window_s))
    batches = found.reshape(40, -1)
    dispersion = batches.var(axis=1, ddof=1) / batches.mean()
    half_width = 2.708 * dispersion.std(ddof=1) / np.sqrt(len(dispersion))  # Student, 99 %, 39 degrees of freedom
    assert half_width < 0.05 * theory
    assert abs(dispersion.mean() - theory) < half_width


def test_mmpp_starts_in_the_long_run():
    """The rate near the start is the mean rate: no warm-up from one of the states."""
    silent_or_loud = {**KINDS["mmpp"], "quiet_rate": "0/s"}
    found = sum(len(arrivals(silent_or_loud, duration_s=0.05, seed=seed)) for seed in range(4000))
    assert found / (4000 * 0.05) == pytest.approx(100 / 6, rel=0.1)

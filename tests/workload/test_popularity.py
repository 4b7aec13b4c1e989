from collections import OrderedDict
from time import perf_counter

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from sim.scenario.distributions import Popularity
from sim.workload import popularity
from sim.workload.popularity import targets

LAWS = TypeAdapter(Popularity)


def draw(objects, count, seed=1, **said):
    law = LAWS.validate_python(said)
    return targets(law, objects, np.random.default_rng(seed), count)


def assert_law(drawn, probability, smallest=20):
    """Chi-square test, with rare objects pooled."""
    expected = probability * len(drawn)
    found = np.bincount(drawn, minlength=len(probability)).astype(float)
    common = expected >= smallest
    found, expected = (np.append(values[common], values[~common].sum()) for values in (found, expected))
    kept = expected > 0
    assert stats.chisquare(found[kept], expected[kept] * found.sum() / expected.sum()).pvalue > 0.01


@pytest.mark.parametrize("exponent", [0.0, 0.6, 1.0, 1.5])
def test_zipf(exponent):
    probability = np.arange(1, 1001.0) ** -exponent
    drawn = draw(1000, 300_000, kind="zipf", exponent=exponent)
    assert_law(drawn, probability / probability.sum())


@pytest.mark.parametrize("exponent", [0.0, 0.8, 1.0, 1.2])
def test_zipf_beyond_its_table(monkeypatch, exponent):
    monkeypatch.setattr(popularity, "_TABLE", 64)
    probability = np.arange(1, 501.0) ** -exponent
    drawn = draw(500, 300_000, kind="zipf", exponent=exponent)
    assert drawn.max() == 499
    assert_law(drawn, probability / probability.sum())


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.4])
def test_zipf_of_a_hundred_million_objects(exponent):
    """The share of the first ranks, against the sum by Euler and Maclaurin."""
    objects, first = 100_000_000, 1_000_000
    ranks = np.arange(1.0, first + 1)
    head = (ranks**-exponent).sum()
    power = 1 - exponent
    tail = np.log(objects / first) if power == 0 else (objects**power - first**power) / power
    share = head / (head + tail + (objects**-exponent - float(first) ** -exponent) / 2)
    drawn = draw(objects, 200_000, kind="zipf", exponent=exponent)
    assert drawn.max() < objects
    found = (drawn < first).mean()
    assert abs(found - share) < 2.576 * np.sqrt(share * (1 - share) / 200_000)


def test_uniform():
    assert_law(draw(100, 100_000, kind="uniform"), np.full(100, 0.01))
    assert draw(100_000_000, 1000, kind="uniform").max() > 90_000_000


def test_weighted():
    weights = [1.0, 0.0, 3.0, 6.0]
    assert_law(draw(4, 100_000, kind="weighted", weights=weights), np.array(weights) / 10)


@pytest.mark.parametrize("said", [{"kind": "uniform"}, {"kind": "zipf", "exponent": 1.0}])
def test_locality_keeps_the_popularity(said):
    """Repeats are correlated, so independent runs are compared: the mean share of an object stays."""
    shares = [(draw(50, 5000, seed=seed, locality=0.8, locality_window=100, **said) == 0).mean() for seed in range(200)]
    theory = 1 / 50 if said["kind"] == "uniform" else 1 / (1 / np.arange(1, 51)).sum()
    half_width = 2.601 * np.std(shares, ddof=1) / np.sqrt(200)
    assert half_width < 0.1 * theory
    assert abs(np.mean(shares) - theory) < half_width


def test_locality_is_the_share_of_repeats():
    """With so many objects that independent draws never meet, every old target is a repeat."""
    drawn = draw(100_000_000, 20_000, kind="uniform", locality=0.7, locality_window=50)
    independent = len(np.unique(drawn)) / len(drawn)
    assert independent == pytest.approx(0.3, abs=0.01)


def test_repeats_reach_back_log_uniformly_within_the_window():
    window = 1000
    origin = popularity._origins(0.99, window, np.random.default_rng(1), 5000)
    assert (origin <= np.arange(5000)).all()
    single = popularity._origins(0.02, window, np.random.default_rng(1), 400_000)
    back = (np.arange(400_000) - single)[window:]
    back = back[back > 0]
    assert back.min() == 1
    # In a hundred of such repeats two are repeats of repeats, which may reach further back.
    assert (back <= window).mean() > 0.98
    for reach in (1, 3, 10, 30, 100, 300):
        theory = np.log(reach + 1) / np.log(window + 1)
        assert (back <= reach).mean() == pytest.approx(theory, abs=0.03)


def test_a_window_of_one_repeats_the_request_just_before():
    drawn = draw(100_000_000, 10_000, kind="uniform", locality=0.5, locality_window=1)
    runs = np.flatnonzero(np.diff(drawn)).size + 1
    assert len(np.unique(drawn)) == runs
    assert runs / 10_000 == pytest.approx(0.5, abs=0.02)


def lru_hit_ratio(drawn, capacity):
    stored, hits = OrderedDict(), 0
    for target in drawn.tolist():
        if target in stored:
            stored.move_to_end(target)
            hits += 1
        else:
            stored[target] = True
            if len(stored) > capacity:
                stored.popitem(last=False)
    return hits / len(drawn)


def test_locality_raises_the_hit_ratio_of_a_small_cache_several_fold():
    said = {"kind": "zipf", "exponent": 0.8}
    without = lru_hit_ratio(draw(100_000, 100_000, **said), 100)
    within = lru_hit_ratio(draw(100_000, 100_000, locality=0.5, locality_window=1000, **said), 100)
    assert without < 0.12
    assert within > 3 * without


def test_no_requests_and_one_object():
    assert len(draw(10, 0, kind="zipf", locality=0.5)) == 0
    assert set(draw(1, 10, kind="zipf").tolist()) == {0}


def test_a_million_requests_take_about_a_second():
    start_s = perf_counter()
    draw(1_000_000, 1_000_000, kind="zipf", exponent=0.9, locality=0.9)
    assert perf_counter() - start_s < 5  # measured: 0.2 s; a slow machine may take longer

"""Designs compared on common random numbers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from sim.errors import ReplicationError
from sim.metrics.compare import Comparison
from sim.trace.examples import three_requests


def replications(mean_s, hit_ratio=0.5, seed=1, count=6):
    """Make measures whose noise is common to all designs of the same seed."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, count)
    return [{"mean_response_time_s": mean_s + float(x), "hit_ratio": hit_ratio} for x in noise]


def compared(**designs):
    return Comparison.from_measures(designs)


def test_each_design_has_an_interval_for_each_measure():
    table = compared(direct=replications(10.0), cached=replications(9.0)).table
    assert table[["design", "measure", "unit"]].to_numpy().tolist() == [
        ["direct", "mean_response_time_s", "s"],
        ["direct", "hit_ratio", "ratio"],
        ["cached", "mean_response_time_s", "s"],
        ["cached", "hit_ratio", "ratio"],
    ]
    assert (table["n"] == 6).all()
    assert (table["high"] - table["mean"]).tolist() == pytest.approx(table["half_width"].tolist())


def test_pairing_sees_what_single_intervals_cannot():
    found = compared(direct=replications(10.0), cached=replications(9.9))
    times = found.table[found.table["measure"] == "mean_response_time_s"].set_index("design")
    assert times.loc["cached", "high"] > times.loc["direct", "low"]
    row = found.differences.set_index("measure").loc["mean_response_time_s"]
    assert row["difference"] == pytest.approx(-0.1)
    assert row["half_width"] < 1e-9
    assert row["verdict"] == "faster"


def test_independent_noise_shows_no_difference():
    found = compared(direct=replications(10.0), cached=replications(9.9, seed=2))
    assert found.differences["verdict"].tolist() == ["no difference seen", "no difference seen"]


def test_verdicts_are_in_words_that_fit_the_measure():
    found = compared(direct=replications(10.0, 0.2), other=replications(11.0, 0.4), third=replications(10.0, 0.1))
    verdicts = found.differences.set_index(["design", "measure"])["verdict"].to_dict()
    assert verdicts == {
        ("other", "mean_response_time_s"): "slower",
        ("other", "hit_ratio"): "higher",
        ("third", "mean_response_time_s"): "no difference seen",
        ("third", "hit_ratio"): "lower",
    }


def test_the_baseline_can_be_chosen():
    designs = {"direct": replications(10.0), "cached": replications(9.0)}
    found = Comparison.from_measures(designs, baseline="cached")
    assert found.differences["design"].unique().tolist() == ["direct"]
    assert found.differences["verdict"].tolist() == ["slower", "no difference seen"]


def test_a_measure_that_is_not_defined_gets_no_verdict():
    found = compared(direct=replications(10.0, math.nan), cached=replications(9.0))
    assert found.differences["verdict"].tolist() == ["faster", "not defined"]


@pytest.mark.parametrize(
    ("designs", "message"),
    [
        ({}, "nothing to compare"),
        ({"a": []}, "at least 5 replications, not 0"),
        ({"a": replications(1.0, count=4)}, "at least 5 replications, not 4"),
        ({"a": replications(1.0), "b": replications(1.0, count=5)}, "different numbers of replications"),
        ({"a": replications(1.0), "b": [{"hit_ratio": 1.0}] * 6}, "designs with different measures"),
    ],
)
def test_what_cannot_be_compared(designs, message):
    with pytest.raises(ReplicationError, match=message):
        Comparison.from_measures(designs)


def test_an_unknown_baseline_names_the_nearest():
    with pytest.raises(ReplicationError, match=r"no design 'drect' to compare with \(did you mean 'direct'\?\)"):
        Comparison.from_measures({"direct": replications(1.0)}, baseline="drect")


def test_a_single_design_has_no_differences():
    found = compared(direct=replications(10.0))
    assert found.differences.empty
    assert "direct" in found._repr_html_()


def test_the_dictionary_is_plain_json():
    found = Comparison.from_measures(
        {"direct": replications(10.0, math.nan), "cached": replications(9.0)},
        titles={"direct": "Direct", "cached": "Through a proxy"},
        traces={"direct": three_requests(), "cached": three_requests()},
    )
    said = found.as_dict()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert said["replications"] == 6
    assert said["titles"]["cached"] == "Through a proxy"
    assert found.traces["direct"].seed == 7


def test_the_notebook_shows_designs_side_by_side_and_what_the_numbers_are():
    found = compared(direct=replications(10.0), cached=replications(9.0))
    assert found.wide().columns.tolist() == ["direct", "cached"]
    assert found.wide().index.tolist() == ["mean_response_time_s", "hit_ratio"]
    assert "mean ± half width of the 95% interval, 6 replications" in found._repr_html_()

"""Comparisons run every design on the same requests, and keep what is complete."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

import sim
from sim import study
from sim.errors import ReplicationError, ScenarioError
from sim.metrics.summary import measures
from sim.scenario import library
from sim.workload.columns import COLUMNS

SMALL = ["run.requests=200", "run.warm_up=0 s"]


def small(name, *overrides):
    return sim.load(name, [*SMALL, *overrides])


@pytest.fixture
def runs(monkeypatch):
    """Every call of the engine in order, as (name of the scenario, workload, whether steps were asked for)."""
    seen = []
    real = study.simulate

    def watched(scenario, workload, *, steps):
        seen.append((scenario.name, workload, steps))
        return real(scenario, workload, steps=steps)

    monkeypatch.setattr(study, "simulate", watched)
    return seen


def interrupt_after(monkeypatch, whole_runs, how):
    """Press Ctrl-C in one of the calls of the engine, or of the draw."""
    real = getattr(study, how)
    calls = []

    def interrupted(scenario, *args, **named):
        calls.append(scenario.name)
        if how == "draw" and len(calls) > whole_runs:
            raise KeyboardInterrupt
        found = real(scenario, *args, **named)
        if how == "simulate" and len(calls) > whole_runs:
            found.meta["cut_short"] = True
        return found

    monkeypatch.setattr(study, how, interrupted)
    return calls


def test_designs_meet_the_very_same_requests(runs):
    sim.compare([small("direct"), small("layered")], seed=3)
    assert [name for name, _, _ in runs] == ["direct", "layered"] * 5
    for (_, one, _), (_, other, _) in zip(runs[::2], runs[1::2], strict=True):
        assert one.replication == other.replication
        for column in COLUMNS:
            np.testing.assert_array_equal(getattr(one, column), getattr(other, column), err_msg=column)


def test_replications_are_different_and_come_from_the_seed(runs):
    sim.compare([small("direct")], seed=3)
    assert [(workload.seed, workload.replication) for _, workload, _ in runs] == [(3, number) for number in range(5)]
    first_arrivals = {float(workload.arrival_s[0]) for _, workload, _ in runs}
    assert len(first_arrivals) == 5


def test_differences_are_taken_within_each_replication():
    designs = [small("direct"), small("forward-proxy")]
    comparison = sim.compare(designs, replications=6)
    found = defaultdict(list)
    for design in designs:
        for number in range(6):
            trace = sim.simulate(design, sim.draw(design, 1, number), steps=False)
            found[design.name].append(measures(trace)["mean_response_time_s"])
    paired = np.subtract(found["forward-proxy"], found["direct"])
    row = comparison.differences.query("measure == 'mean_response_time_s'").iloc[0]
    assert (row["design"], row["baseline"], row["n"]) == ("forward-proxy", "direct", 6)
    assert row["difference"] == pytest.approx(paired.mean(), rel=1e-12)
    apart = np.hypot(*(np.std(values, ddof=1) for values in found.values()))
    assert np.std(paired, ddof=1) < apart, "pairing takes out what the requests have in common"


def test_steps_are_recorded_once_for_the_pictures(runs):
    comparison = sim.compare([small("direct"), small("layered")])
    assert [steps for _, _, steps in runs] == [True, True] + [False] * 8
    assert list(comparison.traces) == ["direct", "layered"]
    assert all(len(trace.steps) > 0 for trace in comparison.traces.values())
    assert comparison.titles["layered"] == sim.load("layered").title


def test_a_design_may_be_a_scenario_a_file_or_a_name(tmp_path):
    file = tmp_path / "short.yaml"
    file.write_text(f"extends: {library.path('direct')}\nrun: {{requests: 50, warm_up: 0 s}}\n", encoding="utf-8")
    assert list(sim.compare([small("layered"), file]).traces) == ["layered", "short"]
    with pytest.raises(ScenarioError, match="did you mean"):
        sim.compare(["drect"])


@pytest.mark.parametrize("replications", [4, 1, 0, -1])
def test_fewer_than_five_replications_are_refused_before_anything_runs(runs, replications):
    with pytest.raises(ReplicationError, match="at least 5"):
        sim.compare([small("direct")], replications=replications)
    assert runs == []


def test_nothing_to_compare():
    with pytest.raises(ReplicationError, match="nothing to compare"):
        sim.compare([])


def test_two_designs_of_one_name_are_kept_apart():
    one, other = small("direct"), small("direct", "nodes.app-1.workers=8")
    comparison = sim.compare([one, other])
    assert list(comparison.traces) == [f"direct {one.hash}", f"direct {other.hash}"]
    assert set(comparison.table["design"]) == set(comparison.traces)


def test_a_design_without_a_name_goes_by_its_hash():
    scenario = small("direct").model_copy(update={"name": ""})
    assert list(sim.compare([scenario]).traces) == [scenario.hash]


def test_the_same_design_twice_is_refused(runs):
    with pytest.raises(ReplicationError, match="the same design twice: direct"):
        sim.compare([small("direct"), small("layered"), small("direct")])
    assert runs == []


@pytest.mark.parametrize("how", ["simulate", "draw"])
def test_interrupted_before_five_are_complete(monkeypatch, how):
    calls = interrupt_after(monkeypatch, 9, how)
    with pytest.raises(KeyboardInterrupt):
        sim.compare([small("direct"), small("layered")], replications=8)
    assert len(calls) == 10, "it stops at once"


@pytest.mark.parametrize("how", ["simulate", "draw"])
def test_interrupted_later_those_that_are_complete_for_all_designs_count(monkeypatch, how):
    designs = [small("direct"), small("layered")]
    undisturbed = sim.compare(designs, replications=6)
    interrupt_after(monkeypatch, 13, how)
    comparison = sim.compare(designs, replications=8)
    assert comparison.table.equals(undisturbed.table)
    assert comparison.differences.equals(undisturbed.differences)


def test_progress_counts_runs():
    told = []
    sim.compare([small("direct"), small("layered")], progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 10) for number in range(1, 11)]

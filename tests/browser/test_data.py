"""What the page unpacks is what the trace says."""

from __future__ import annotations

import numpy as np
import pytest

from sim.metrics import summary

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


@pytest.fixture
def trace(traces):
    return traces["layered"]


@pytest.fixture
def shown(show, trace):
    return show([trace])


def test_times_are_those_of_the_trace(shown, trace):
    hops, requests = trace.tables["hops"], trace.tables["requests"]
    for name in ("sent", "received", "answered", "returned", "waiting", "service"):
        found = shown.run("return Array.from(p.boards[0].h[a])", name)
        assert found == pytest.approx(hops.numbers(f"{name}_s").tolist(), abs=2e-7)
    for name in ("arrival", "completion"):
        found = shown.run("return Array.from(p.boards[0].r[a])", name)
        assert found == pytest.approx(requests.numbers(f"{name}_s").tolist(), abs=2e-7)


def test_a_seek_finds_all_that_is_under_way(shown, trace):
    requests = trace.tables["requests"]
    arrival_s, completion_s = requests.numbers("arrival_s"), requests.numbers("completion_s")
    for time_s in np.linspace(0.01, 0.999 * trace.end_s, 40).tolist():
        expected = np.flatnonzero((arrival_s <= time_s) & (time_s <= completion_s)).tolist()
        assert sorted(shown.run("return p.boards[0].between(a, a)", time_s)) == expected


def test_stepping_visits_every_event_in_order(shown):
    found = shown.run(
        """const board = p.boards[0], visited = [];
        for (let event = board.neighbour(-1, 1); event && visited.length < 400; event = board.neighbour(event.time, 1))
          visited.push(event.time);
        const all = [];
        for (let row = 0; row < board.rows; row += 1) all.push(...board.events(row).map((event) => event.time));
        return [visited, all]"""
    )
    visited, every = found[0], sorted(set(found[1]))
    kept = [time_s for i, time_s in enumerate(every) if i == 0 or time_s - every[i - 1] > 5e-8]
    assert visited == pytest.approx(kept[: len(visited)], abs=2e-7)
    assert len(visited) == 400


def test_steps_are_told_with_their_times(shown, trace):
    steps = trace.tables["steps"]
    rows = steps.numbers("request_id") == 7
    found = shown.run("return p.boards[0].steps(7).map((step) => [step.number, step.detail, step.time])")
    assert [said[0] for said in found] == steps.numbers("step")[rows].tolist()
    assert [said[1] for said in found] == steps.words("detail").texts()[rows].tolist()
    assert [said[2] for said in found] == pytest.approx(steps.numbers("time_s")[rows].tolist(), abs=2e-7)


def test_totals_at_the_end_are_those_of_the_summary(shown, trace):
    expected = dict(zip(summary(trace)["measure"], summary(trace)["value"], strict=True))
    totals = shown.run("return p.boards[0].totals(p.end + 1)")
    assert (totals["answered"], totals["underWay"], totals["failures"]) == (300, 0, 0)
    assert totals["hitRatio"] == pytest.approx(expected["hit_ratio"])
    assert totals["mean"] == pytest.approx(expected["mean_response_time_s"], abs=1e-6)


def test_the_picture_does_not_give_the_answer_away(shown):
    grey = shown.run(
        """const { stage, board } = p.panes[0], seen = [];
        for (let t = 0; t < p.end; t += 0.013) {
          for (const { row, hop, isResponse } of stage.draw(t, 0.02).moves)
            if (!isResponse && board.outcomeAt(row, t) && !board.h.task[hop]) seen.push([t, row]);
        }
        return seen"""
    )
    assert grey == []

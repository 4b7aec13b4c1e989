"""Whole runs: what is issued when, what Ctrl-C leaves, and what may not matter."""

from __future__ import annotations

import gc
import sys
import warnings
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest

import sim
from sim.engine import run
from sim.nodes.backend import BackendNode
from sim.trace.files import RECORDED
from tests.support.builders import scenario

NO_HANDSHAKE = {"handshake": False}
WORK = {"pages": {"service_demand": "250 ms", "dynamic": True}}


def sessions(count=2, think="500 ms", **said):
    arrivals = {"kind": "sessions", "think": think}
    clients = {"students": {"count": count, "arrivals": arrivals, "connections": NO_HANDSHAKE}}
    return scenario(clients=clients, content=WORK, **said)


def test_a_session_goes_on_after_its_think_time():
    trace = sim.simulate(sessions(count=1, run={"requests": 4}))
    trace.check()
    # 0.5 s of thought, 0.25 s of work, and 1 ms each way.
    assert trace.requests["arrival_s"].to_numpy() == pytest.approx(0.5 + 0.752 * np.arange(4), abs=1e-12)
    think_s = trace.requests["arrival_s"].to_numpy()[1:] - trace.requests["completion_s"].to_numpy()[:-1]
    assert think_s == pytest.approx(0.5, abs=1e-12)


def test_each_session_waits_for_its_own_answers_only():
    trace = sim.simulate(sessions(count=2, run={"requests": 10}))
    for _, own in trace.requests.groupby("client_ip", observed=True):
        assert len(own) == 5
        assert own["arrival_s"].to_numpy()[1:] == pytest.approx(own["completion_s"].to_numpy()[:-1] + 0.5)
    # They ask at the same time, so that one of them waits for the other's 0.25 s.
    assert trace.hops["waiting_s"].max() == pytest.approx(0.25)


def test_the_runs_duration_ends_sessions():
    trace = sim.simulate(sessions(count=1, run={"requests": 50, "duration": "2100 ms"}))
    trace.check()
    # 0.5, 1.252 and 2.004 s; the fourth would be at 2.756 s.  What is issued is answered.
    assert trace.requests["arrival_s"].to_numpy() == pytest.approx([0.5, 1.252, 2.004])
    assert trace.requests["completion_s"].max() > 2.1
    assert (trace.meta["issued"], trace.is_cut_short) == (3, False)


def test_the_runs_duration_ends_open_arrivals():
    arrivals = {"kind": "deterministic", "rate": "10/s"}
    trace = sim.simulate(scenario(run={"duration": "1 s"}, arrivals=arrivals))
    assert 9 <= len(trace.requests) <= 10
    assert trace.requests["arrival_s"].max() <= 1.0


def test_sessions_and_open_arrivals_run_side_by_side():
    clients = {
        "readers": {"count": 3, "arrivals": {"kind": "sessions", "think": "50 ms"}},
        "crowd": {"count": 5, "arrivals": {"kind": "poisson", "rate": "20/s"}},
    }
    trace = sim.simulate(scenario(clients=clients, run={"duration": "5 s"}))
    trace.check()
    counts = trace.requests["client"].value_counts()
    assert counts["readers"] > 100
    assert counts["crowd"] > 60


def test_the_seed_determines_everything():
    layered = sim.load("layered", ["run.requests=400"])
    trace = sim.simulate(layered, seed=3)
    assert trace == sim.simulate(layered, seed=3)
    assert trace == sim.simulate(layered, sim.draw(layered, seed=3), seed=99)
    assert trace != sim.simulate(layered, seed=4)
    assert (trace.seed, trace.meta["engine"], trace.meta["world"]) == (3, "simpy", "simulated")


@pytest.mark.parametrize("steps", [True, False])
def test_how_many_requests_are_made_at_once_does_not_matter(monkeypatch, steps):
    layered = sim.load("layered", ["run.requests=400"])
    expected = sim.simulate(layered, steps=steps)
    monkeypatch.setattr(run, "CHUNK_ROWS", 7)
    for ahead in (0, 1, 1000):
        monkeypatch.setattr(run, "AHEAD_ROWS", ahead)
        assert sim.simulate(layered, steps=steps) == expected


def test_a_run_of_more_than_one_chunk():
    requests = run.CHUNK_ROWS + 100
    trace = sim.simulate(scenario(run={"requests": requests}), steps=False)
    assert trace.requests["request_id"].tolist() == list(range(requests))


def test_the_number_of_clients_changes_who_asks_and_nothing_else():
    def crowd(count):
        clients = {"students": {"count": count, "connections": NO_HANDSHAKE}}
        content = {"pages": {"service_demand": {"kind": "exponential", "mean": "5 ms"}, "dynamic": True}}
        trace = sim.simulate(scenario(clients=clients, content=content), steps=False)
        trace.check()
        return trace

    few, many = crowd(20), crowd(20_000)
    assert (few.requests["client_ip"].nunique(), many.requests["client_ip"].nunique() > 900) == (20, True)
    for column in ("arrival_s", "completion_s", "target", "response_bytes"):
        assert few.requests[column].tolist() == many.requests[column].tolist()


def test_progress_counts_requests_that_are_over(monkeypatch):
    monkeypatch.setattr(run, "PROGRESS_ROWS", 100)
    told = []
    sim.simulate(scenario(), progress=lambda done, total: told.append((done, total)))
    done = [count for count, _ in told]
    assert {total for _, total in told} == {1000}
    assert len(done) >= 4
    assert done[0] >= 100
    assert all(later - earlier >= 100 for earlier, later in pairwise(done))
    assert done[-1] <= 1000


def test_progress_is_told_of_sessions_too(monkeypatch):
    monkeypatch.setattr(run, "PROGRESS_ROWS", 10)
    told = []
    sim.simulate(sessions(run={"requests": 50}), progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 50) for done in (10, 20, 30, 40, 50)]


@contextmanager
def nothing_left_behind():
    """Fail if a coroutine is never awaited, or does not take its end well."""
    complaints = []
    hook, sys.unraisablehook = sys.unraisablehook, complaints.append
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield
            gc.collect()
    finally:
        sys.unraisablehook = hook
    assert (complaints, warned) == ([], [])


def stop_at(count):
    def progress(done, _):
        if done >= count:
            raise KeyboardInterrupt

    return progress


VARIANTS = {
    "layered": [],
    "slow proxy": ["nodes.campus-proxy.service_demand=5 ms"],
    "impatient": ["nodes.students.response_timeout=200 ms", "nodes.gateway.response_timeout=100 ms"],
    "sessions": ["nodes.students.arrivals={kind: sessions, think: 100 ms}"],
}


def complete_part(cut, whole):
    """Hold a trace that was cut short to that of the whole run; its hops are numbered anew."""
    cut.check()
    known = set(cut.requests["request_id"])
    hop_ids = ["hop_id", "parent_hop_id"]
    for name in RECORDED:
        ours, theirs = getattr(cut, name), getattr(whole, name)
        theirs = theirs[theirs["request_id"].isin(known)]
        ours, theirs = (rows.drop(columns=hop_ids, errors="ignore").astype(object) for rows in (ours, theirs))
        assert ours.fillna(-1).to_numpy().tolist() == theirs.fillna(-1).to_numpy().tolist()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("steps", [True, False])
def test_ctrl_c_keeps_what_is_complete(monkeypatch, variant, steps):
    monkeypatch.setattr(run, "PROGRESS_ROWS", 100)
    layered = sim.load("layered", ["run.requests=1200", *VARIANTS[variant]])
    with nothing_left_behind():
        cut = sim.simulate(layered, steps=steps, progress=stop_at(400))
    assert cut.is_cut_short
    assert 400 <= len(cut.requests) < 1200
    assert cut.end_s == cut.requests["completion_s"].max()
    complete_part(cut, sim.simulate(layered, steps=steps))


def test_ctrl_c_in_the_middle_of_a_node(monkeypatch):
    layered = sim.load("layered", ["run.requests=1200"])
    whole = sim.simulate(layered)
    asked, handle = [], BackendNode.handle

    async def interrupted(self, request, world):
        asked.append(request.request_id)
        if len(asked) == 300:
            raise KeyboardInterrupt
        return await handle(self, request, world)

    monkeypatch.setattr(BackendNode, "handle", interrupted)
    with nothing_left_behind():
        cut = sim.simulate(layered)
    assert cut.is_cut_short
    assert asked[-1] not in set(cut.requests["request_id"])
    assert 200 < len(cut.requests) < 1200
    complete_part(cut, whole)


def test_ctrl_c_before_anything_is_complete(monkeypatch):
    async def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(BackendNode, "handle", interrupted)
    with nothing_left_behind():
        cut = sim.simulate(scenario())
    cut.check()
    assert (len(cut.requests), len(cut.hops), len(cut.steps), cut.end_s, cut.is_cut_short) == (0, 0, 0, 0.0, True)


def test_the_collectors_settings_are_given_back():
    before = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(ZeroDivisionError):
        sim.simulate(scenario(run={"requests": 5000}), progress=lambda *_: 1 / 0)
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def test_a_scenario_that_does_not_hold_together_is_refused():
    broken = sim.load("direct").model_copy(update={"links": ()})
    with pytest.raises(sim.SimError, match="problem"):
        sim.simulate(broken)

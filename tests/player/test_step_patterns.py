"""Steps as stories: nothing is lost, and requests that went alike share one."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.player.step_patterns import MOMENTS, stories
from sim.trace.examples import three_requests
from sim.trace.table import Table

TICK_S = 1e-7


@pytest.fixture(scope="module")
def trace():
    return sim.simulate(sim.load("layered", ["run.requests=200", "run.warm_up=0 s"]), seed=3)


def tell(trace):
    tables, names = trace.tables, list(trace.nodes)
    ids = tables["requests"].numbers("request_id")
    return stories(tables["steps"], tables["hops"], ids, names, TICK_S), names


def told_again(trace):
    """Rows of steps as the page would make them out of stories."""
    found, names = tell(trace)
    hops = trace.tables["hops"]
    first = np.searchsorted(hops.numbers("request_id"), trace.tables["requests"].numbers("request_id"))
    missed = iter(found.missed_ticks.tolist())
    for row, story in enumerate(found.story_of.tolist()):
        for kind in found.stories[story] if story >= 0 else ():
            node, number, detail, exchange, moment, _ = found.kinds[kind]
            time_s = hops.numbers(MOMENTS[moment])[first[row] + exchange]
            yield names[node], number, detail, time_s + next(missed) * TICK_S


def test_the_steps_can_be_told_again(trace):
    steps = trace.tables["steps"]
    expected = zip(
        *(steps.words(c).texts() for c in ("node",)),
        steps.numbers("step"),
        steps.words("detail").texts(),
        steps.numbers("time_s"),
        strict=True,
    )
    for (node, number, detail, time_s), (node_, number_, detail_, time_s_) in zip(
        told_again(trace), expected, strict=True
    ):
        assert (node, number, detail) == (node_, number_, detail_)
        assert time_s == pytest.approx(time_s_, abs=2 * TICK_S)


def test_requests_that_went_alike_share_a_story(trace):
    found, _ = tell(trace)
    assert len(found.stories) < 20 < len(found.story_of)
    assert len(found.missed_ticks) == len(trace.tables["steps"])


def test_simulated_steps_miss_their_moments_by_nothing(trace):
    found, _ = tell(trace)
    assert np.abs(found.missed_ticks).max() == 0


def test_a_step_between_two_moments_keeps_its_time():
    trace = three_requests()
    steps = trace.tables["steps"]
    moved = Table({name: steps[name] for name in steps} | {"time_s": steps.numbers("time_s") + 0.004})
    ids = trace.tables["requests"].numbers("request_id")
    found = stories(moved, trace.tables["hops"], ids, list(trace.nodes), TICK_S)
    assert found.missed_ticks[0] == 40_000


def test_without_steps_there_is_no_story():
    trace = three_requests()
    none = trace.tables["steps"].take(np.array([], dtype=int))
    found = stories(
        none, trace.tables["hops"], trace.tables["requests"].numbers("request_id"), list(trace.nodes), TICK_S
    )
    assert (found.stories, found.story_of.tolist()) == ([], [-1, -1, -1])

"""Links in real time: the same moments as in the simulator, for the same messages."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from sim.engine.links import Line as SimulatedLine
from sim.lab.links import Line
from sim.scenario.topology import Edge
from sim.workload.jitter import BACK, OUTWARD


def edge(*, delay_s=0.02, bandwidth=inf, jitter_s=0.0, shared=True):
    return Edge(3, "a", "b", delay_s, bandwidth, jitter_s, shared)


@pytest.mark.parametrize(
    "known",
    [
        edge(),
        edge(jitter_s=0.005),
        edge(bandwidth=1e5),
        edge(bandwidth=1e5, shared=False),
        edge(delay_s=0.0, bandwidth=3e4, jitter_s=0.002, shared=False),
    ],
)
def test_messages_arrive_when_the_simulator_says(known):
    dice = np.random.default_rng(5)
    here, there = Line(known), SimulatedLine(known)
    now_s = 0.0
    for _ in range(300):
        now_s += float(dice.exponential(0.01))
        size, client, way, draw = (
            int(dice.integers(100, 5000)),
            int(dice.integers(3)),
            int(dice.integers(2)),
            int(dice.integers(2**62)),
        )
        found_s = here.arrival_s(now_s, size, client=client, direction=way, link_draw=draw)
        assert found_s == pytest.approx(there.carry(now_s, size, client, way, draw), abs=1e-12)


def test_a_message_before_the_scenarios_start_waits_for_nobody():
    thin = Line(edge(delay_s=0.0, bandwidth=100.0))
    assert thin.arrival_s(-5.0, 100, client=0, direction=OUTWARD, link_draw=0) == -4.0
    assert thin.arrival_s(-4.5, 100, client=0, direction=BACK, link_draw=0) == -3.5

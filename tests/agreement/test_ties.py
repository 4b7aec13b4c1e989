"""Ties: two engines agree where moments of many requests coincide.

Sessions whose think times, service demands, sizes and delays are multiples of 1/1024 s, often zero: in binary such
times add up exactly, so that what happens at one moment really has one time.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

import sim
from sim.nodes.client import ClientNode
from tests.agreement.test_engines import agree
from tests.support.tiny_engine import TinyEngine

TICK_S = 2.0**-10
BYTES_PER_TICK = 400
"""What a thin line carries in a tick: a request of that size, or half an answer of the greater size."""

LINES = {
    "own lines": {},
    "a shared line": {"shared": True},
    "thin lines": {"bandwidth": f"{BYTES_PER_TICK * 8 * 1024} bit/s"},
    "a thin shared line": {"shared": True, "bandwidth": f"{BYTES_PER_TICK * 8 * 1024} bit/s"},
}
GATEWAYS = {
    "no gateway": None,
    "a gateway": {},
    "a slow gateway": {"service_demand": f"{TICK_S} s", "response_timeout": f"{3 * TICK_S} s"},
    "a caching gateway": {"cache": {"capacity": "10 objects", "collapse": True}},
}
DISCIPLINES = ("fifo", "processor_sharing")
GRID = list(product(LINES, GATEWAYS, DISCIPLINES, (0, 1), (False, True), (0, 2)))
"""Line, gateway, discipline, delay in ticks, whether connections are opened, longest think time in ticks."""


def case(line, gateway, discipline, delay, handshake, think):
    """Make a scenario of five clients and one worker, and a workload on the grid."""
    connections = {"handshake": handshake}
    front = "app" if GATEWAYS[gateway] is None else "gateway"
    nodes = {
        "clients": {
            "role": "client",
            "count": 5,
            "arrivals": {"kind": "sessions", "think": "0 s"},
            "connections": connections,
        },
        "app": {"role": "backend", "address": "203.0.113.2", "discipline": discipline},
    }
    links = [{"from": "clients", "to": front, "delay": f"{delay * TICK_S} s", **LINES[line]}]
    if front == "gateway":
        nodes["gateway"] = {
            "role": "reverse_proxy",
            "address": "203.0.113.1",
            "backends": ["app"],
            "connections": connections,
            **GATEWAYS[gateway],
        }
        links.append({"from": "gateway", "to": "app", "delay": f"{TICK_S} s"})
    content = {"host": "w.example", "served_by": front, "objects": 4, "cache_control": "max-age=60"}
    scenario = sim.load({"run": {"requests": 40}, "nodes": nodes, "links": links, "content": {"pages": content}})
    return scenario, _on_grid(sim.draw(scenario, seed=1), think)


def _on_grid(workload, think):
    dice = np.random.default_rng(len(workload) + think)
    count = len(workload)
    think_s = dice.integers(0, think, count, endpoint=True) * TICK_S
    return replace(
        workload,
        think_s=think_s,
        # The first request of each session; the others wait for an answer.
        arrival_s=np.where(np.isnan(workload.arrival_s), np.nan, 0.0),
        service_demand_s=dice.integers(0, 2, count, endpoint=True) * TICK_S,
        request_bytes=np.full(count, BYTES_PER_TICK),
        response_bytes=dice.integers(1, 2, count, endpoint=True) * BYTES_PER_TICK,
    )


@pytest.mark.parametrize(("line", "gateway", "discipline", "delay", "handshake", "think"), GRID)
def test_engines_agree_on_a_grid(line, gateway, discipline, delay, handshake, think):
    scenario, workload = case(line, gateway, discipline, delay, handshake, think)
    trace = sim.simulate(scenario, workload)
    trace.check()
    agree(trace, TinyEngine(scenario, workload).run())


@pytest.mark.parametrize("line", LINES)
def test_a_client_that_asks_again_at_once_does_so_within_return(monkeypatch, line):
    """Only a new request of a session has an ISSUE moment: a second exchange of the same one has none."""
    handle = ClientNode.handle

    async def asks_twice(self, request, world):
        await handle(self, request, world)
        return await handle(self, request, world)

    monkeypatch.setattr(ClientNode, "handle", asks_twice)
    scenario, workload = case(line, "no gateway", "fifo", 1, False, 0)
    trace = sim.simulate(scenario, workload)
    assert len(trace.hops) == 2 * len(trace.requests)
    agree(trace, TinyEngine(scenario, workload).run())


def test_the_grid_makes_moments_coincide():
    scenario, workload = case("a thin shared line", "no gateway", "fifo", 1, False, 0)
    requests = sim.simulate(scenario, workload).requests
    # With zero think time a session issues at the moment of its last answer.
    assert set(requests["arrival_s"].iloc[5:]) <= set(requests["completion_s"])
    assert (requests["arrival_s"] % TICK_S == 0).all()
    assert requests["arrival_s"].nunique() < len(requests)

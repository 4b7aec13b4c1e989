"""The workload of the speed comparison: the same numbers as a scenario and as the naive model wants them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

import sim
from tests.benchmarks.naive import LRU, Numbers

SEED = 1
LOAD_RATIO = 0.7
SERVICE_DEMAND_S = 0.02
BACKENDS = ("app-1", "app-2", "app-3")
FACTS = Numbers(gaps_s=(), targets=(), demands_s=())
"""The constants, which stand in the naive model."""


class Comparison(NamedTuple):
    """What is run: a scenario with its requests, and the same for the naive model."""

    scenario: sim.Scenario
    workload: sim.Workload
    numbers: Numbers


def make(requests: int, clients: int = 20) -> Comparison:
    """Draw the comparison's workload, with an arrival rate that loads the backends to 70 %."""
    pilot = sim.draw(_scenario(requests, clients, rate_per_s=1.0), SEED)
    miss_ratio = _misses(pilot.target.tolist()) / requests
    workers = FACTS.workers * FACTS.backends
    scenario = _scenario(requests, clients, LOAD_RATIO * workers / SERVICE_DEMAND_S / miss_ratio)
    workload = sim.draw(scenario, SEED)  # each column has its own stream: the targets are the pilot's
    gaps_s = np.diff(workload.arrival_s, prepend=0.0)
    # The naive model adds one gap after the other, as cumsum does; so the engine gets the sums.
    workload = replace(workload, arrival_s=np.cumsum(gaps_s))
    numbers = replace(
        FACTS,
        gaps_s=gaps_s.tolist(),
        targets=workload.target.tolist(),
        demands_s=workload.service_demand_s.tolist(),
    )
    return Comparison(scenario, workload, numbers)


def _misses(targets: list[int]) -> int:
    """Count what both caches miss when requests come one by one."""
    forward, reverse = LRU(FACTS.forward_objects), LRU(FACTS.reverse_objects)
    misses = 0
    for target in targets:
        if not forward.get(target):
            if not reverse.get(target):
                misses += 1
                reverse.put(target)
            forward.put(target)
    return misses


def _scenario(requests: int, clients: int, rate_per_s: float) -> sim.Scenario:
    connections = {"handshake": False}
    far = [("browsers", "forward", FACTS.client_to_forward_s), ("forward", "reverse", FACTS.forward_to_reverse_s)]
    near = [("reverse", name, FACTS.reverse_to_backend_s) for name in BACKENDS]
    return sim.load(
        {
            "name": "speed",
            "run": {"requests": requests},
            "nodes": {
                "browsers": {
                    "role": "client",
                    "count": clients,
                    "proxy": "forward",
                    "arrivals": {"kind": "poisson", "rate": f"{rate_per_s:.6f}/s"},
                    "connections": connections,
                },
                "forward": {
                    "role": "forward_proxy",
                    "address": "198.51.100.1",
                    "cache": {"capacity": f"{FACTS.forward_objects} objects", "replacement": "lru"},
                    "connections": connections,
                },
                "reverse": {
                    "role": "reverse_proxy",
                    "address": "203.0.113.1",
                    "backends": list(BACKENDS),
                    "balancing": "least_connections",
                    "cache": {"capacity": f"{FACTS.reverse_objects} objects", "replacement": "lru"},
                    "connections": connections,
                },
                **{
                    name: {"role": "backend", "address": f"203.0.113.{number}", "workers": FACTS.workers}
                    for number, name in enumerate(BACKENDS, start=11)
                },
            },
            "links": [{"from": one, "to": other, "delay": f"{delay_s} s"} for one, other, delay_s in far + near],
            "content": {
                "pages": {
                    "host": "www.example",
                    "served_by": "reverse",
                    "objects": 100_000,
                    "popularity": {"kind": "zipf", "exponent": 0.9},
                    "service_demand": {"kind": "exponential", "mean": f"{SERVICE_DEMAND_S} s"},
                    "cache_control": "max-age=1000000000",  # the naive caches know no age
                }
            },
        }
    )

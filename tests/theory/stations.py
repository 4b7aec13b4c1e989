"""Scenarios that are textbook queues, and what is measured in them."""

from __future__ import annotations

import numpy as np

import sim
from sim.metrics.replications import interval

EXPONENTIAL = {"kind": "exponential", "mean": "1 s"}
"""The mean service time is 1 s, so that times are in units of it."""


def poisson(load):
    return {"kind": "poisson", "rate": f"{load}/s"}


def station(*, arrivals, demand=EXPONENTIAL, run, clients=1, **backend):
    """One backend asked directly, over a link that takes no time."""
    crowd = {"role": "client", "count": clients, "arrivals": arrivals, "connections": {"handshake": False}}
    work = {"host": "a.example", "served_by": "app", "objects": 1, "dynamic": True, "service_demand": demand}
    return sim.load(
        {
            "run": run,
            "nodes": {"crowd": crowd, "app": {"role": "backend", "address": "192.0.2.1", **backend}},
            "content": {"work": work},
            "links": [{"from": "crowd", "to": "app", "delay": "0 s"}],
        }
    )


def replicate(scenario, measure, *, replications=20, seed=1, confidence=0.999):
    """Student's interval for a measure over independent replications.

    Many theories are held here at once: with 99.9 % each, a correct simulation passes them all almost surely.
    """
    runs = (sim.simulate(scenario, sim.draw(scenario, seed, number), steps=False) for number in range(replications))
    return interval([measure(run) for run in runs], confidence)


def response(trace):
    """Mean response time of what arrived after the warm-up."""
    requests = trace.tables["requests"]
    taken_s = requests.numbers("completion_s") - requests.numbers("arrival_s")
    return float(taken_s[trace.counted].mean())


def wait(trace):
    """Mean waiting time of what arrived after the warm-up."""
    return float(trace.tables["hops"].numbers("waiting_s")[trace.counted_hops].mean())


def refused(trace):
    """Share of 503 answers."""
    return float((trace.tables["requests"].numbers("status")[trace.counted] == 503).mean())


def mean_in_flight(trace):
    """Number in the system, averaged over time from the end of the warm-up to the last arrival."""
    requests = trace.tables["requests"]
    came_s, went_s = requests.numbers("arrival_s"), requests.numbers("completion_s")
    start_s, end_s = trace.warm_up_s, came_s.max()
    there_s = np.clip(went_s, start_s, end_s) - np.clip(came_s, start_s, end_s)
    return float(there_s.sum() / (end_s - start_s))


def agrees(found, theory, *, within_ratio):
    """Hold an interval to a theory: it covers the value, and is narrow enough to mean something."""
    assert found.low <= theory <= found.high, f"{theory:.5g} is not in {found.low:.5g} to {found.high:.5g}"
    assert found.half_width <= within_ratio * theory, f"± {found.half_width / theory:.2%} is too wide"

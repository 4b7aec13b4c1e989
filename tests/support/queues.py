"""Traces of queues whose theory is known, made by a recursion and not by the engine."""

from __future__ import annotations

import numpy as np

from sim.trace.examples import APP, NODES, STUDENTS, build, exchange
from sim.trace.trace import Trace


def mm1(requests: int, *, rate_per_s: float, seed: int, warm_up_s: float = 0.0) -> Trace:
    """Make a trace of the queue M/M/1 with mean service time 1 s by Lindley's recursion, without link delays."""
    dice = np.random.default_rng(seed)
    arrivals_s = np.cumsum(dice.exponential(1 / rate_per_s, requests))
    services_s = dice.exponential(1.0, requests)
    free_s, hops = 0.0, []
    ends = {"sender": "students", "receiver": "app", "source_ip": STUDENTS[0], "destination_ip": APP}
    for i, (arrival_s, service_s) in enumerate(zip(arrivals_s.tolist(), services_s.tolist(), strict=True)):
        waiting_s = max(0.0, free_s - arrival_s)
        free_s = arrival_s + waiting_s + service_s
        hops.append(exchange(i, arrival_s, link_s=0.0, waiting_s=waiting_s, service_s=service_s, **ends))
    nodes = {name: NODES[name] for name in ("students", "app")}
    return build(hops, nodes=nodes, warm_up_s=warm_up_s)

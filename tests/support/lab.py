"""Small runs of the lab: real sockets on loopback, bounded in count and time."""

from __future__ import annotations

import sim
from sim.lab.run import measure

BRIEF = ["run.warm_up=0 s"]


def scenario(name, *overrides, requests=20):
    """A shipped scenario, cut to a few requests."""
    return sim.load(name, [f"run.requests={requests}", *BRIEF, *overrides])


def measured(name, *overrides, requests=20, **settings):
    """Measure a shipped scenario, and hold the trace to its laws."""
    trace = measure(scenario(name, *overrides, requests=requests), **settings)
    trace.check()
    assert not trace.meta["surprises"]
    return trace

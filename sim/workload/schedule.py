"""The division of ``run.requests`` among the populations of a scenario.

1. Every population counts for the same share of the requests; the shares of all open populations form one pool, and so
   do those of all closed populations.
2. From the open pool, the earliest arrivals are taken, whatever their population (ties: order in the scenario).
3. The closed pool is divided evenly among all sessions; the first sessions get the remainder.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.scenario.distributions import AccessLog, Sessions
from sim.scenario.schema import Client, Run
from sim.workload import arrivals
from sim.workload.recorded import Recording
from sim.workload.sessions import Timing, closed_timing, open_timing
from sim.workload.streams import Streams


def schedule(
    run: Run, populations: Mapping[str, Client], recordings: Mapping[str, Recording], streams: Streams
) -> dict[str, Timing]:
    """Draw the times of the requests of every population.

    Parameters
    ----------
    run : Run
        Limits on the number of requests and on their times.
    populations : mapping of str to Client
        All populations.
    recordings : mapping of str to Recording
        The logs of the populations that replay one.
    streams : Streams
        Named streams of the replication.

    Returns
    -------
    dict of str to Timing
        By name of the population.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> scenario = load.load(library.path("direct"), ["run.requests=500"])
    >>> drawn = schedule(scenario.run, {"students": scenario.nodes["students"]}, {}, Streams(1))
    >>> len(drawn["students"])
    500
    """
    sessions = {name: count for name, node in populations.items() if (count := _sessions(node))}
    closed_requests = (run.requests or 0) * len(sessions) // len(populations)
    open_limit = None if run.requests is None else run.requests - closed_requests
    limits: dict[str, int | None] = dict.fromkeys(populations, open_limit)
    if run.requests is not None:
        limits.update(_evenly(closed_requests, sessions))
    drawn: dict[str, Timing] = {}
    for name, node in populations.items():
        law, limit = node.arrivals, limits[name]
        if isinstance(law, AccessLog):
            drawn[name] = recordings[name].timing(law, limit, run.duration_s)
        elif isinstance(law, Sessions):
            think = streams.generator(f"think/{name}")
            drawn[name] = closed_timing(law.think, think, node.count, limit, run.duration_s)
        else:
            found_s = arrivals.times(law, streams.generator(f"arrivals/{name}"), limit, run.duration_s)
            drawn[name] = open_timing(found_s)
    return drawn | _earliest({name: timing for name, timing in drawn.items() if name not in sessions}, open_limit)


def _sessions(node: Client) -> int:
    """Return the number of closed sessions of a population; 0 if it is open."""
    if isinstance(node.arrivals, AccessLog):
        return int(node.arrivals.pace == "as_fast_as_possible")
    return node.count if isinstance(node.arrivals, Sessions) else 0


def _evenly(requests: int, sessions: Mapping[str, int]) -> dict[str, int]:
    """Return each population's requests when they are divided evenly among all sessions."""
    shares: dict[str, int] = {}
    before = 0
    for name, count in sessions.items():
        rounds, left = divmod(requests, sum(sessions.values()))
        shares[name] = rounds * count + min(max(left - before, 0), count)
        before += count
    return shares


def _earliest(drawn: Mapping[str, Timing], limit: int | None) -> dict[str, Timing]:
    """Return the timings cut to the earliest arrivals of all populations together."""
    if limit is None or sum(map(len, drawn.values())) <= limit:
        return dict(drawn)
    whose = np.repeat(np.arange(len(drawn)), [len(timing) for timing in drawn.values()])
    order = np.argsort(np.concatenate([timing.arrival_s for timing in drawn.values()]), kind="stable")
    kept = np.bincount(whose[order[:limit]], minlength=len(drawn))
    return {
        name: open_timing(timing.arrival_s[:count]) for (name, timing), count in zip(drawn.items(), kept, strict=True)
    }

"""How the requests of a run are shared out among its populations.

Open arrivals are taken earliest first, whatever their population (ties: order of the populations in the
scenario).  Closed sessions get the same number of requests each, as nearly as possible.  Where both stand side by
side, every population's part of ``run.requests`` is the same; the open ones have theirs together, and so have the
closed ones.
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
    """Draw when the requests of every population are issued.

    Parameters
    ----------
    run : Run
        How many requests, and how long.
    populations : mapping of str to Client
        All populations.
    recordings : mapping of str to Recording
        The logs of those that replay one.
    streams : Streams
        Where chance comes from.

    Returns
    -------
    dict of str to Timing
        For each population, in the same order.

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
    """Count the closed sessions of a population; 0 if it is an open one."""
    if isinstance(node.arrivals, AccessLog):
        return int(node.arrivals.pace == "as_fast_as_possible")
    return node.count if isinstance(node.arrivals, Sessions) else 0


def _evenly(requests: int, sessions: Mapping[str, int]) -> dict[str, int]:
    """Share requests out over sessions; the first sessions get what is left over."""
    shares: dict[str, int] = {}
    before = 0
    for name, count in sessions.items():
        rounds, left = divmod(requests, sum(sessions.values()))
        shares[name] = rounds * count + min(max(left - before, 0), count)
        before += count
    return shares


def _earliest(drawn: Mapping[str, Timing], limit: int | None) -> dict[str, Timing]:
    """Keep the earliest arrivals of all populations together."""
    if limit is None or sum(map(len, drawn.values())) <= limit:
        return dict(drawn)
    whose = np.repeat(np.arange(len(drawn)), [len(timing) for timing in drawn.values()])
    order = np.argsort(np.concatenate([timing.arrival_s for timing in drawn.values()]), kind="stable")
    kept = np.bincount(whose[order[:limit]], minlength=len(drawn))
    return {
        name: open_timing(timing.arrival_s[:count]) for (name, timing), count in zip(drawn.items(), kept, strict=True)
    }

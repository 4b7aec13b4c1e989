"""What the gauges and the timeline show: the load over time, queues, workers, and how full caches are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.trace.levels import StepFunction, sweep
from sim.trace.table import Numbers
from sim.trace.trace import Trace

BINS = 480
"""Of the timeline; on a screen each is two or three pixels wide."""

STORED = "stored"


def timeline(trace: Trace) -> dict[str, Any]:
    """Count arrivals, and answers by outcome, over the length of a run.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict
        ``end_s``; ``arrivals``, and under ``outcomes`` the answers of each outcome: lists of `BINS` counts.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> sum(timeline(three_requests())["outcomes"]["miss"])
    2
    """
    requests = trace.tables["requests"]
    arrival_s, completion_s = requests.numbers("arrival_s"), requests.numbers("completion_s")
    end_s = max(trace.end_s, float(completion_s.max(initial=0.0)), 1e-6)
    outcomes = requests.words("outcome")
    return {
        "end_s": end_s,
        "arrivals": _binned(arrival_s, end_s),
        "outcomes": {name: _binned(completion_s[outcomes.equal(name)], end_s) for name in outcomes.names},
    }


def stations(trace: Trace) -> dict[str, dict[str, Any]]:
    """Describe each node with workers: how many, the longest queue, and the queue over time.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict
        By node: ``workers``, ``most_waiting``, and ``waiting`` and ``busy`` (the mean in each of `BINS`).

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> stations(three_requests())["app"]["most_waiting"]
    1
    """
    end_s = float(timeline(trace)["end_s"])
    return {name: _station(trace, name, node, end_s) for name, node in trace.nodes.items() if node.get("workers")}


def caches(trace: Trace) -> dict[str, dict[str, Any]]:
    """Describe each cache: capacity, and how full it was over time.

    The trace says what was stored, not what had to leave for it: up to the first eviction the filling is exact, and
    after that the cache is full but for less than an object.

    Parameters
    ----------
    trace : Trace
        A trace; without steps there is no filling.

    Returns
    -------
    dict
        By node: ``capacity``, ``unit``, ``replacement``, and ``time_s`` and ``filled``, a step function.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> caches(three_requests())["proxy"]["capacity"]
    100
    """
    found = {}
    for name, node in trace.nodes.items():
        if node.get("cache"):
            time_s, filled = _filling(trace, name, node["cache"])
            found[name] = {**node["cache"], "time_s": time_s, "filled": filled}
    return found


def _binned(times_s: Numbers, end_s: float) -> list[int]:
    counts: NDArray[np.int64] = np.histogram(times_s, bins=BINS, range=(0.0, end_s))[0]
    return [int(count) for count in counts]


def _station(trace: Trace, name: str, node: dict[str, Any], end_s: float) -> dict[str, Any]:
    hops = trace.tables["hops"]
    here = hops.take(hops.words("receiver").equal(name) & ~np.isnan(hops.numbers("received_s")))
    received_s = here.numbers("received_s")
    begun_s = received_s + here.numbers("waiting_s")
    waiting = sweep(received_s, begun_s)
    busy = sweep(begun_s, begun_s + here.numbers("service_s"))
    return {
        "workers": node["workers"],
        "most_waiting": waiting.highest(),
        "waiting": _means(waiting, end_s),
        "busy": _means(busy, end_s),
    }


def _means(level: StepFunction, end_s: float) -> list[float]:
    """Average a step function over each bin: the differences of its integral."""
    edges = np.linspace(0.0, end_s, BINS + 1)
    if not len(level.time_s):
        return [0.0] * BINS
    area = np.concatenate([[0.0], np.cumsum(np.diff(level.time_s) * level.level[:-1])])
    means = np.diff(np.interp(edges, level.time_s, area)) / (end_s / BINS)
    return [round(float(mean), 2) for mean in means]


def _filling(trace: Trace, name: str, cache: dict[str, Any]) -> tuple[list[float], list[float]]:
    steps, hops, requests = (trace.tables[table] for table in ("steps", "hops", "requests"))
    is_store = steps.words("node").equal(name) & steps.words("detail").equal(STORED)
    stored = steps.take(is_store & (steps.numbers("hop_id") >= 0))
    rows = np.searchsorted(hops.numbers("hop_id"), stored.numbers("hop_id"))
    request = np.searchsorted(requests.numbers("request_id"), stored.numbers("request_id"))
    target = requests.words("target").codes[request]
    amount = hops.numbers("response_bytes")[rows] if cache["unit"] == "bytes" else np.ones(len(stored))
    order = np.argsort(stored.numbers("time_s"), kind="stable")
    _, first = np.unique(target[order], return_index=True)  # what is stored again takes no more room
    first.sort()
    time_s = stored.numbers("time_s")[order][first]
    filled = np.minimum(np.cumsum(amount[order][first]), cache["capacity"])
    thin = np.unique(np.linspace(0, len(time_s) - 1, min(len(time_s), BINS)).astype(np.int64))
    return [round(float(t), 6) for t in time_s[thin]], [float(f) for f in filled[thin]]

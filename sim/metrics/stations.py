"""The stations: utilisation, queue lengths, requests in flight, and Little's law.

Averages are over time, in the window from the end of the warm-up to the end of the run.  Nothing is counted during a
run: all numbers are computed afterwards, from the times at which exchanges were received, served and answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import TraceError, nearest
from sim.metrics.caching import ratio
from sim.trace.levels import StepFunction, sweep

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers, Table
    from sim.trace.trace import Trace

SYSTEM = "system"
"""Name under which the whole system appears beside the nodes."""


def utilisation(trace: Trace) -> pd.DataFrame:
    r"""Return utilisation, queue and throughput of each station.

    Utilisation is the share of the workers' time in which they are busy,
    :math:`\frac{1}{cT}\int\min(n(t), c)\,dt` with :math:`n` requests in service and :math:`c` workers; the formula
    applies to first in, first out and to processor sharing.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row per node with workers: node, role, workers, utilisation_ratio, mean_queue_length,
        max_queue_length, mean_in_flight (waiting or in service), throughput_per_s, mean_waiting_s (of the
        exchanges received in the window).

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> utilisation(three_requests())[["node", "utilisation_ratio", "max_queue_length"]].round(3)
      node  utilisation_ratio  max_queue_length
    0  app               0.75                 1
    """
    import pandas as pd

    stations = {name: node for name, node in trace.nodes.items() if node.get("workers")}
    rows = [_station(trace, name, node) for name, node in stations.items()]
    columns = ["node", "role", "workers", "utilisation_ratio", "mean_queue_length", "max_queue_length"]
    return pd.DataFrame(rows, columns=[*columns, "mean_in_flight", "throughput_per_s", "mean_waiting_s"])


def _station(trace: Trace, name: str, node: dict[str, Any]) -> dict[str, Any]:
    here = _received_by(trace, name)
    start_s, end_s = trace.warm_up_s, trace.end_s
    length_s = max(end_s - start_s, 0.0)
    received_s, waiting_s = here.numbers("received_s"), here.numbers("waiting_s")
    begun_s = received_s + waiting_s
    queue = sweep(received_s, begun_s)
    lengths_s, serving = sweep(begun_s, begun_s + here.numbers("service_s")).clipped(start_s, end_s)
    taken_s = float(np.sum(lengths_s * np.minimum(serving, node["workers"])))
    gone_s = here.numbers("answered_s")
    counted = (received_s >= start_s) & (received_s <= end_s)
    return {
        "node": name,
        "role": node["role"],
        "workers": node["workers"],
        "utilisation_ratio": ratio(taken_s, length_s * node["workers"]),
        "mean_queue_length": ratio(queue.area(start_s, end_s), length_s),
        "max_queue_length": queue.highest(start_s, end_s),
        "mean_in_flight": ratio(_present(here).area(start_s, end_s), length_s),
        "throughput_per_s": ratio(int(np.sum((gone_s > start_s) & (gone_s <= end_s))), length_s),
        "mean_waiting_s": ratio(float(waiting_s[counted].sum()), int(counted.sum())),
    }


def in_flight(trace: Trace, node: str | None = None) -> pd.DataFrame:
    """Return the number of requests at a node, or in the whole system, as a function of time.

    Parameters
    ----------
    trace : Trace
        Any trace.
    node : str, optional
        A node that receives requests; the whole system if absent.

    Returns
    -------
    pandas.DataFrame
        A step function: time_s, in_flight (from that time on, up to the next row).

    Raises
    ------
    TraceError
        If the scenario has no such node.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> in_flight(three_requests(), "app")["in_flight"].tolist()
    [1, 2, 1, 0]
    """
    import pandas as pd

    if node is not None and node not in trace.nodes:
        raise TraceError(f"no node {node!r} in this trace", hint=nearest(node, trace.nodes))
    steps = _system(trace) if node is None else _present(_received_by(trace, node))
    return pd.DataFrame({"time_s": steps.time_s, "in_flight": steps.level})


def little(trace: Trace) -> pd.DataFrame:
    """Return both sides of Little's law, L = λ W, in the window after the warm-up.

    They are equal over a whole run that begins and ends with an empty system.  In a window they differ by the requests
    in flight at its edges, relatively less the longer it is (J. D. C. Little, Operations Research 9, 1961).

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row for the system and one for each node that received requests: node, mean_in_flight (L),
        arrivals_per_s (λ), mean_stay_s (W), relative_difference_ratio ((L - λ W) / L).

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> little(three_requests())["mean_stay_s"].round(3).tolist()
    [1.067, 0.867, 1.0]
    """
    import pandas as pd

    requests = trace.tables["requests"]
    rows = [_little(trace, SYSTEM, requests.numbers("arrival_s"), requests.numbers("completion_s"))]
    for name in trace.nodes:
        here = _received_by(trace, name)
        if len(here):
            rows.append(_little(trace, name, here.numbers("received_s"), _left_s(here)))
    return pd.DataFrame(rows)


def _little(trace: Trace, name: str, came_s: Numbers, left_s: Numbers) -> dict[str, Any]:
    start_s, end_s = trace.warm_up_s, trace.end_s
    length_s = max(end_s - start_s, 0.0)
    counted = (came_s >= start_s) & (came_s <= end_s)
    mean_in_flight = ratio(sweep(came_s, left_s).area(start_s, end_s), length_s)
    arrivals_per_s = ratio(int(counted.sum()), length_s)
    mean_stay_s = ratio(float(np.sum((left_s - came_s)[counted])), int(counted.sum()))
    return {
        "node": name,
        "mean_in_flight": mean_in_flight,
        "arrivals_per_s": arrivals_per_s,
        "mean_stay_s": mean_stay_s,
        "relative_difference_ratio": ratio(mean_in_flight - arrivals_per_s * mean_stay_s, mean_in_flight),
    }


def _received_by(trace: Trace, node: str) -> Table:
    hops = trace.tables["hops"]
    return hops.take(hops.words("receiver").equal(node) & ~np.isnan(hops.numbers("received_s")))


def _left_s(here: Table) -> Numbers:
    """Return when each exchange left its receiver: when it was answered, or when its sender gave up."""
    answered_s = here.numbers("answered_s")
    return np.where(np.isnan(answered_s), here.numbers("returned_s"), answered_s)


def _present(here: Table) -> StepFunction:
    return sweep(here.numbers("received_s"), _left_s(here))


def _system(trace: Trace) -> StepFunction:
    requests = trace.tables["requests"]
    return sweep(requests.numbers("arrival_s"), requests.numbers("completion_s"))

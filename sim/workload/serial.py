"""The same requests one after the other: each is issued when the one before it is complete.

No two requests are then in flight together, so that what happens to one depends on the earlier ones but not on exact
times: two worlds with the same rules must agree on every step, whatever the precision of their clocks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.workload.columns import Workload


def chained(workload: Workload, count: int, margin_s: float) -> Workload:
    """Return the first requests as one closed session: each a fixed time after the response to the one before.

    Parameters
    ----------
    workload : Workload
        With any arrivals; targets, sizes and random numbers are kept.
    count : int
        Number of requests.
    margin_s : float
        Time between a response and the next request, in seconds.

    Returns
    -------
    Workload
        Only the first request has an arrival time, 0; the others follow in the run.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> from sim.workload.draw import draw
    >>> one_by_one = chained(draw(load.load(library.path("direct"))), 3, margin_s=0.5)
    >>> one_by_one.arrival_s.tolist(), one_by_one.think_s.tolist()
    ([0.0, nan, nan], [0.0, 0.5, 0.5])
    """
    first = workload.head(count)
    rows = len(first)
    arrival_s, think_s = np.full(rows, np.nan), np.full(rows, margin_s)
    arrival_s[:1] = think_s[:1] = 0.0
    return replace(first, arrival_s=arrival_s, think_s=think_s, session=np.zeros(rows, dtype=np.int32))


def at_instants(workload: Workload, arrival_s: NDArray[np.float64]) -> Workload:
    """Return the same requests at fixed times, independent of the responses to earlier ones.

    Two worlds then issue them at the same times, so that the ages of stored responses do not drift apart.

    Parameters
    ----------
    workload : Workload
        Open or closed.
    arrival_s : ndarray of float64, shape (requests,)
        When each is issued, in seconds, not decreasing.

    Returns
    -------
    Workload
        Without sessions.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> from sim.workload.draw import draw
    >>> one_by_one = chained(draw(load.load(library.path("direct"))), 3, margin_s=0.5)
    >>> at_instants(one_by_one, np.array([0.0, 0.7, 1.3])).session.tolist()
    [-1, -1, -1]
    """
    rows = len(workload)
    return replace(
        workload,
        arrival_s=np.array(arrival_s, dtype=np.float64),
        think_s=np.zeros(rows),
        session=np.full(rows, -1, dtype=np.int32),
    )

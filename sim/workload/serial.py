"""The same requests one after the other: the first of them, each when the one before it is over.

What happens to a request then depends on those before it, and on nothing that is under way with it: two worlds that
agree on rules must agree on every step, however exact their clocks are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.workload.columns import Workload


def chained(workload: Workload, count: int, margin_s: float) -> Workload:
    """Let one session issue the first requests: each a fixed time after the answer to the one before.

    Parameters
    ----------
    workload : Workload
        The requests, of any arrivals; what each asks for, and its dice, stay as they are.
    count : int
        How many of them.
    margin_s : float
        Time between an answer and the next request, in seconds.

    Returns
    -------
    Workload
        Only the first has an arrival, at 0; simulate it to see when the others are issued.

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
    """Issue all requests at fixed instants, whatever becomes of those before.

    Two worlds then share their absolute times, so that the ages of what is stored do not drift apart.

    Parameters
    ----------
    workload : Workload
        The requests.
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

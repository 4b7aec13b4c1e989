"""Response times, and their parts by link and by cause.

All numbers are of the requests that arrived after the warm-up, as their clients saw them: exchanges in the background,
for which no client waits, do not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.response_parts import PARTS, UNANSWERED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from sim.trace.table import Numbers, Table
    from sim.trace.trace import Trace

PERCENTILES = (50, 90, 95, 99)

CAUSES = tuple(PARTS)
"""Names of the parts of a response time; see ``sim.response_parts``."""


def response_times_s(trace: Trace) -> Numbers:
    """Return the response times after the warm-up, in seconds.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    ndarray of float64, shape (requests after the warm-up,)
        Completion minus arrival, in the order of the requests.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> response_times_s(three_requests()).round(3).tolist()
    [1.4, 0.2, 1.6]
    """
    requests = trace.tables["requests"].take(trace.counted)
    return np.asarray(requests.numbers("completion_s") - requests.numbers("arrival_s"))


def summary(trace: Trace, by: str | None = None) -> pd.DataFrame:
    """Return count, mean and percentiles of the response times.

    Parameters
    ----------
    trace : Trace
        Any trace.
    by : str, optional
        A column of `requests` by which to group, such as ``"outcome"`` or ``"client"``.

    Returns
    -------
    pandas.DataFrame
        One row, or one per group: count, mean_s, p50_s, p90_s, p95_s, p99_s.  A percentile is interpolated
        linearly between the two nearest response times (definition 7 of Hyndman and Fan, The American
        Statistician 50, 1996).  NaN if there is no request.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> summary(three_requests(), by="outcome")[["outcome", "count", "mean_s"]].round(3)
      outcome  count  mean_s
    0     hit      1     0.2
    1    miss      2     1.5
    """
    import pandas as pd

    times_s = response_times_s(trace)
    if by is None:
        return pd.DataFrame([describe(times_s)])
    groups = trace.after_warm_up()[by].to_numpy()
    rows = [{by: group, **describe(times_s[groups == group])} for group in sorted(set(groups))]
    return pd.DataFrame(rows, columns=[by, *describe(times_s)])


def describe(times_s: Numbers) -> dict[str, float]:
    """Return count, mean and percentiles of times; NaN if there are none.

    Examples
    --------
    >>> describe(np.array([1.0, 2.0, 3.0, 4.0]))["p50_s"]
    2.5
    """
    if not len(times_s):
        return {"count": 0, "mean_s": np.nan, **{f"p{rank}_s": np.nan for rank in PERCENTILES}}
    ranks = np.percentile(times_s, PERCENTILES, method="linear")
    named = {f"p{rank}_s": float(value) for rank, value in zip(PERCENTILES, ranks, strict=True)}
    return {"count": len(times_s), "mean_s": float(times_s.mean()), **named}


def by_hop(trace: Trace) -> pd.DataFrame:
    """Return the mean response time, divided among the edges of the topology.

    Each exchange counts with its own time only, without the exchanges that it caused, so that the column ``total_s``
    adds up to the mean response time.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row per edge, in the order of first use: sender, receiver, exchanges_per_request, and in mean
        seconds per client request connect_s, tls_s, waiting_s, service_s, collapse_wait_s, transfer_s, unanswered_s,
        total_s.  Waiting, service and waiting for a collapsed request happen at the receiver.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> by_hop(three_requests())[["sender", "receiver", "waiting_s", "transfer_s", "total_s"]].round(3)
         sender receiver  waiting_s  transfer_s  total_s
    0  students    proxy      0.000       0.200    0.200
    1     proxy      app      0.067       0.133    0.867
    """
    import pandas as pd

    hops = trace.tables["hops"].take(_counted(trace))
    frame = pd.DataFrame({f"{cause}_s": seconds for cause, seconds in _own_times_s(trace).items()})
    frame["total_s"] = frame.sum(axis=1)
    frame.insert(0, "exchanges_per_request", 1.0)
    ends = [hops.words(name).texts() for name in ("sender", "receiver")]
    frame.insert(0, "receiver", ends[1])
    frame.insert(0, "sender", ends[0])
    sums = frame.groupby(["sender", "receiver"], sort=False).sum()
    return (sums / max(int(trace.counted.sum()), 1)).reset_index()


def by_cause(trace: Trace) -> pd.DataFrame:
    """Return the mean response time, divided among its causes.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        One row per cause of `CAUSES`: cause, mean_s (per client request; they add up to the mean response
        time), share_ratio.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> by_cause(three_requests()).set_index("cause")["mean_s"].round(3).to_dict()
    {'connect': 0.067, 'tls': 0.0, 'waiting': 0.067, 'service': 0.6, 'collapse_wait': 0.0, 'transfer': 0.333,
    'unanswered': 0.0}
    """
    import pandas as pd

    count = max(int(trace.counted.sum()), 1)
    means_s = [float(seconds.sum()) / count for seconds in _own_times_s(trace).values()]
    whole_s = sum(means_s)
    shares = [mean_s / whole_s if whole_s else 0.0 for mean_s in means_s]
    return pd.DataFrame({"cause": CAUSES, "mean_s": means_s, "share_ratio": shares})


def _own_times_s(trace: Trace) -> dict[str, Numbers]:
    counted = _counted(trace)
    return {cause: seconds[counted] for cause, seconds in own_times_s(trace).items()}


def own_times_s(trace: Trace) -> dict[str, Numbers]:
    """Return each exchange's own seconds by cause, without the exchanges that it caused.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of str to ndarray of float64, shape (hops,)
        By cause of `CAUSES`; the time that no recorded part explains was spent waiting for a response that never came.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> own_times_s(three_requests())["service"].round(3).tolist()
    [0.0, 0.8, 0.0, 0.0, 1.0]
    """
    hops = trace.tables["hops"]
    duration_s = hops.numbers("returned_s") - hops.numbers("sent_s")
    own_s = duration_s - _children_s(hops, duration_s)
    known = {name: np.nan_to_num(hops.numbers(part.column)) for name, part in PARTS.items() if part.is_recorded}
    rest_s = own_s - np.sum(list(known.values()), axis=0)
    rounding_s = 1e-9 * np.maximum(1.0, np.abs(hops.numbers("returned_s")))
    return {**known, UNANSWERED.name: np.where(np.abs(rest_s) <= rounding_s, 0.0, rest_s)}


def _counted(trace: Trace) -> NDArray[np.bool_]:
    hops = trace.tables["hops"]
    is_probe = hops.numbers("request_id") < 0
    return np.asarray(trace.counted_hops & ~is_probe & (hops.numbers("task") == 0))


def _children_s(hops: Table, duration_s: Numbers) -> Numbers:
    """Return, for each hop, the total duration of the exchanges that it caused and waited for."""
    parents = hops.numbers("parent_hop_id")
    child = (parents >= 0) & (hops.numbers("task") == 0)
    return np.bincount(parents[child], weights=duration_s[child], minlength=len(hops))

"""Response times of the model and of real runs: percentiles, their tolerance, and the causes of differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.metrics.comparable import SEEING, Ignored
from sim.metrics.response_time import CAUSES, own_times_s

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers
    from sim.trace.trace import Trace

END_TO_END = "end to end"

RANKS = (50, 90, 95)
"""Percentiles that are compared."""

JUDGED = (50, 95)
"""Percentiles that decide whether times agree."""

TOLERANCE_RATIO, TOLERANCE_S = 0.05, 0.002
"""A simulated time agrees if it lies at most 5 %, or 2 ms, outside the range of the real runs.

A busy machine makes a real run longer, never shorter.  If the real runs differ much among themselves, the range is wide
and the test is weak; `time_reasons` reports that: use an idle machine, or repeat more often.
"""

MOST_POINTS = 60


def times_by_place(simulated: Trace, measured: Sequence[Trace], blind: Ignored = SEEING) -> dict[str, list[Numbers]]:
    """Return the times end to end and on each edge, sorted.

    Parameters
    ----------
    simulated : Trace
        The model.
    measured : sequence of Trace
        The real runs.
    blind : Ignored
        Members of a group any of which may be chosen count as one place.

    Returns
    -------
    dict of str to list of ndarray of float64
        In seconds, under `END_TO_END` and ``sender → receiver`` (an exchange's own time, without exchanges that it
        caused): of the model, then of each real run.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> model, reality = times_by_place(three_requests(), [three_requests()])[END_TO_END]
    >>> model.round(3).tolist()
    [0.2, 1.4, 1.6]
    """
    runs = [_times_by_place_s(trace, blind) for trace in (simulated, *measured)]
    return {place: [run.get(place, np.empty(0)) for run in runs] for place in runs[0]}


def _times_by_place_s(trace: Trace, blind: Ignored) -> dict[str, Numbers]:
    requests, hops = trace.tables["requests"], trace.tables["hops"]
    awaited = hops.numbers("task") == 0
    own_s = np.sum(list(own_times_s(trace).values()), axis=0)
    places = _places(trace, blind)
    found = {END_TO_END: np.sort(requests.numbers("completion_s") - requests.numbers("arrival_s"))}
    for edge in trace.meta.get("edges", []):
        place = f"{blind.word(edge['sender'])} → {blind.word(edge['receiver'])}"
        here = awaited & (places == place)
        if here.any():
            found[place] = np.sort(own_s[here])
    return found


def _places(trace: Trace, blind: Ignored) -> Numbers:
    """Return the place of each exchange: its sender and receiver."""
    hops = trace.tables["hops"]
    ends = zip(hops.words("sender").texts(), hops.words("receiver").texts(), strict=True)
    return np.array([f"{blind.word(a)} → {blind.word(b)}" for a, b in ends], dtype=object)


def percentiles(places: Mapping[str, list[Numbers]]) -> pd.DataFrame:
    """Compare the percentiles `RANKS` of model and reality.

    Parameters
    ----------
    places : mapping of str to list of ndarray
        As returned by `times_by_place`.

    Returns
    -------
    pandas.DataFrame
        where, count, rank, simulated_s, measured_s, low_s, high_s, difference_s, gap_s, allowed_s, agrees; measured is
        the median of the real runs' percentiles, low and high are the least and the greatest of them, and gap is the
        distance of the model from this range.

    Examples
    --------
    >>> percentiles({"here": [np.array([0.100]), np.array([0.106]), np.array([0.107])]})["agrees"].tolist()
    [False, False, False]
    """
    import pandas as pd

    rows = [
        _time_row(place, rank, model, [run for run in runs if len(run)])
        for place, (model, *runs) in places.items()
        for rank in RANKS
    ]
    return pd.DataFrame(rows)


def _time_row(place: str, rank: int, model: Numbers, runs: list[Numbers]) -> dict[str, Any]:
    simulated_s = float(np.percentile(model, rank))
    each_s = [float(np.percentile(run, rank)) for run in runs] or [np.nan]
    measured_s = float(np.median(each_s))
    low_s, high_s = min(each_s), max(each_s)
    allowed_s = max(TOLERANCE_S, TOLERANCE_RATIO * simulated_s)
    gap_s = max(low_s - simulated_s, simulated_s - high_s, 0.0)
    return {
        "where": place,
        "count": len(model),
        "rank": rank,
        "simulated_s": simulated_s,
        "measured_s": measured_s,
        "low_s": low_s,
        "high_s": high_s,
        "difference_s": measured_s - simulated_s,
        "gap_s": gap_s,
        "allowed_s": allowed_s,
        "agrees": bool(gap_s <= allowed_s),
    }


def quantiles(places: Mapping[str, list[Numbers]]) -> pd.DataFrame:
    """Return the quantiles of model and reality side by side, for a plot.

    Parameters
    ----------
    places : mapping of str to list of ndarray
        As returned by `times_by_place`.

    Returns
    -------
    pandas.DataFrame
        where, share, simulated_s, measured_s, low_s, high_s; at most `MOST_POINTS` rows for each place.

    Examples
    --------
    >>> quantiles({"here": [np.array([1.0, 2.0]), np.array([1.0, 3.0])]})["measured_s"].tolist()
    [1.5, 2.5]
    """
    import pandas as pd

    frames = []
    for place, (model, *runs) in places.items():
        points = min(MOST_POINTS, len(model))
        shares = (np.arange(points) + 0.5) / points
        each = np.array([np.quantile(run, shares) for run in runs if len(run)] or [np.full(points, np.nan)])
        frames.append(
            pd.DataFrame(
                {
                    "where": place,
                    "share": shares,
                    "simulated_s": np.quantile(model, shares),
                    "measured_s": np.median(each, axis=0),
                    "low_s": each.min(axis=0),
                    "high_s": each.max(axis=0),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def time_reasons(
    times: pd.DataFrame, simulated: Trace, measured: Sequence[Trace], blind: Ignored = SEEING
) -> list[str]:
    """Return sentences on the percentiles that disagree, and on the cause that explains most of it.

    Parameters
    ----------
    times : pandas.DataFrame
        As returned by `percentiles`.
    simulated : Trace
        The model.
    measured : sequence of Trace
        The real runs.
    blind : Ignored
        As for `times_by_place`.

    Returns
    -------
    list of str
        Empty if all percentiles that decide agree.
    """
    said = []
    rows = times.to_dict("records")
    for row in rows:
        if row["agrees"] or row["rank"] not in JUDGED:
            continue
        way = "longer" if row["difference_s"] > 0 else "shorter"
        ratio = abs(row["difference_s"]) / row["simulated_s"] if row["simulated_s"] else np.inf
        gap = milliseconds(abs(row["difference_s"]))
        text = f"p{row['rank']} {row['where']} is {gap} ({ratio:.0%}) {way} than simulated"
        if row["high_s"] - row["low_s"] > row["allowed_s"]:
            text += f"; the real runs differ among themselves by {milliseconds(row['high_s'] - row['low_s'])}"
        said.append(text)
    return [*said, *_largest_cause(simulated, measured, blind)] if said else []


def _largest_cause(simulated: Trace, measured: Sequence[Trace], blind: Ignored) -> list[str]:
    """Return a sentence on the place and the cause whose mean over all requests differs most."""
    model = _by_cause_s(simulated, blind)
    runs = [_by_cause_s(trace, blind) for trace in measured]
    gaps = {key: float(np.median([run.get(key, 0.0) for run in runs])) - model.get(key, 0.0) for key in model}
    (place, cause), gap_s = max(gaps.items(), key=lambda item: abs(item[1]))
    sign = "more" if gap_s > 0 else "less"
    return [f"most of it is {cause} on {place}: {milliseconds(abs(gap_s))} {sign} in the mean per request"]


def _by_cause_s(trace: Trace, blind: Ignored) -> dict[tuple[str, str], float]:
    own, places, count = own_times_s(trace), _places(trace, blind), max(len(trace.tables["requests"]), 1)
    return {
        (place, cause): float(own[cause][places == place].sum()) / count
        for place in dict.fromkeys(places.tolist())
        for cause in CAUSES
    }


def milliseconds(seconds: float) -> str:
    """Return a time in milliseconds for people.

    >>> milliseconds(0.12345)
    '123.5 ms'
    """
    return f"{seconds * 1000:.1f} ms"

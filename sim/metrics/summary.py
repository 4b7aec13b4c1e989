"""All numbers of one run.

A single run gives no confidence interval: use ``compare`` for a statement about a design.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.metrics import caching, response_time, stations
from sim.metrics.caching import ratio
from sim.outcomes import FAILED, HITS

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.trace import Trace

ONE_RUN = "one run: no interval"

_UNITS = (("_bytes", "B"), ("_per_s", "1/s"), ("_s", "s"), ("_ratio", "ratio"), ("", "count"))


def unit_of(measure: str) -> str:
    """Return the unit of a measure, by the ending of its name.

    >>> unit_of("p95_response_time_s"), unit_of("hit_ratio"), unit_of("requests")
    ('s', 'ratio', 'count')
    """
    return next(unit for ending, unit in _UNITS if measure.endswith(ending))


def measures(trace: Trace) -> dict[str, float]:
    """Return the measures by which designs are compared.

    Parameters
    ----------
    trace : Trace
        Any trace; requests that arrived during the warm-up do not count.

    Returns
    -------
    dict of str to float
        mean_response_time_s, p50…, p90…, p95…, p99_response_time_s; hit_ratio and byte_hit_ratio (share of the
        clients' requests, and of the bytes that they received, that came from a cache); backend_requests_ratio
        (exchanges with backends per client request); max_backend_utilisation_ratio; failed_ratio.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> measures(three_requests())["byte_hit_ratio"]
    0.2
    """
    requests = trace.tables["requests"].take(trace.counted)
    count, outcome = len(requests), requests.words("outcome")
    got_bytes = requests.numbers("response_bytes")
    hit = outcome.among(HITS)
    times = response_time.describe(response_time.response_times_s(trace))
    return {
        **{f"{name.removesuffix('_s')}_response_time_s": value for name, value in times.items() if name != "count"},
        "hit_ratio": ratio(int(hit.sum()), count),
        "byte_hit_ratio": ratio(int(got_bytes[hit].sum()), int(got_bytes.sum())),
        "backend_requests_ratio": ratio(len(caching.backend_hops(trace)), count),
        "max_backend_utilisation_ratio": _busiest_backend_ratio(trace),
        "failed_ratio": ratio(int(outcome.equal(FAILED.word).sum()), count),
    }


def _busiest_backend_ratio(trace: Trace) -> float:
    busy = stations.utilisation(trace)
    found = busy.loc[busy["role"] == "backend", "utilisation_ratio"].to_numpy(dtype=float)
    return float(np.max(found)) if len(found) else math.nan


def summary(trace: Trace) -> pd.DataFrame:
    """Return the numbers of one run, one row per measure.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        measure, value, unit; ``.attrs["note"]`` says that it is one run.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> summary(three_requests()).round(3).head(2)
                    measure  value   unit
    0              requests  3.000  count
    1  mean_response_time_s  1.067      s
    """
    import pandas as pd

    values = {"requests": float(trace.counted.sum()), **measures(trace)}
    frame = pd.DataFrame({"measure": list(values), "value": list(values.values()), "unit": map(unit_of, values)})
    frame.attrs["note"] = ONE_RUN
    return frame


def as_dict(trace: Trace) -> dict[str, Any]:
    """Return all numbers of one run in plain JSON values; undefined numbers are None.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict
        scenario, seed, replications (1), note, cut_short, requests, outcomes, measures, and the tables
        response_time, by_hop, by_cause, caches, spared, stations, little as lists of rows.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> as_dict(three_requests())["outcomes"]
    {'miss': 2, 'hit': 1}
    """
    frames = {
        "response_time": response_time.summary(trace, by="outcome"),
        "by_hop": response_time.by_hop(trace),
        "by_cause": response_time.by_cause(trace),
        "caches": caching.ratios(trace),
        "spared": caching.spared(trace),
        "stations": stations.utilisation(trace),
        "little": stations.little(trace),
    }
    return {
        "scenario": dict(trace.meta.get("scenario", {})),
        "seed": trace.seed,
        "replications": 1,
        "note": ONE_RUN,
        "cut_short": trace.is_cut_short,
        "requests": int(trace.counted.sum()),
        "outcomes": trace.outcome_counts(),
        "measures": {name: plain(value) for name, value in measures(trace).items()},
        **{name: records(frame) for name, frame in frames.items()},
    }


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries of plain JSON values.

    >>> import pandas as pd
    >>> records(pd.DataFrame({"node": ["app"], "hit_ratio": [np.nan]}))
    [{'node': 'app', 'hit_ratio': None}]
    """
    return [{str(key): plain(value) for key, value in row.items()} for row in frame.to_dict(orient="records")]


def plain(value: object) -> object:
    """Return a value as JSON can represent it: no numpy scalars, None for NaN and infinity.

    >>> plain(np.int64(3)), plain(float("nan"))
    (3, None)
    """
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and not math.isfinite(value) else value

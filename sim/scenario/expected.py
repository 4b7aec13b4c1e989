"""The expected number of requests of a scenario, computed before any is drawn: a run that is too large is refused."""

from __future__ import annotations

from itertools import pairwise
from math import inf

from sim.scenario.distributions import MMPP, Arrivals, Deterministic, Piecewise, Poisson, Sessions


def expected_requests(arrivals: Arrivals, count: int, duration_s: float) -> float:
    """Return the mean number of requests that a population issues.

    Parameters
    ----------
    arrivals : Arrivals
        Its arrival process, at the rate of the whole population.
    count : int
        Number of its clients; only closed sessions depend on it.
    duration_s : float
        Length of the run in seconds.

    Returns
    -------
    float
        For closed sessions an upper bound: the mean if responses took no time.  0 if it is unknown: for a log, and
        for sessions without think time or with an empirical distribution of think times.

    Examples
    --------
    >>> expected_requests(Poisson(kind="poisson", rate="15/s"), 20, 60.0)
    900.0
    """
    if isinstance(arrivals, Poisson | Deterministic):
        return arrivals.rate_per_s * duration_s
    if isinstance(arrivals, MMPP):
        quiet_s, burst_s = arrivals.quiet_time_s, arrivals.burst_time_s
        mean = (arrivals.quiet_rate_per_s * quiet_s + arrivals.burst_rate_per_s * burst_s) / (quiet_s + burst_s)
        return mean * duration_s
    if isinstance(arrivals, Piecewise):
        return _piecewise_area(arrivals, duration_s)
    if isinstance(arrivals, Sessions):
        mean_s = getattr(arrivals.think, "mean_s", inf)
        return count * duration_s / mean_s if mean_s else 0.0
    return 0.0


def _piecewise_area(arrivals: Piecewise, duration_s: float) -> float:
    """Return the integral of the rate from 0 s; before the first point the rate is that of the first point."""
    first, last = arrivals.points[0], arrivals.points[-1]
    area = first.rate_per_s * min(first.at_s, duration_s) + last.rate_per_s * max(0.0, duration_s - last.at_s)
    for start, end in pairwise(arrivals.points):
        share = min(max(duration_s - start.at_s, 0.0) / (end.at_s - start.at_s), 1.0)
        change = (end.rate_per_s - start.rate_per_s) * share / 2 if arrivals.shape == "ramps" else 0.0
        area += (start.rate_per_s + change) * share * (end.at_s - start.at_s)
    return area

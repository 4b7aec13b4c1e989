"""Arrival processes of open systems: Poisson, deterministic, piecewise rates, and bursts (MMPP).

Every rate is that of the whole population.  A process with a changing rate is a Poisson process of rate 1 with a
transformed time: its k-th arrival is at the time t at which the integrated rate Λ(t) equals the k-th arrival time of
the process of rate 1 (Çinlar, *Introduction to Stochastic Processes*, 1975, section 4.7).  Λ is inverted exactly, piece
by piece.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.distributions import MMPP, Deterministic, Piecewise, Poisson

Times = NDArray[np.float64]
Open = Poisson | Deterministic | Piecewise | MMPP


def times(law: Open, generator: np.random.Generator, count: int | None, duration_s: float | None) -> Times:
    """Draw arrival times.

    Parameters
    ----------
    law : Poisson, Deterministic, Piecewise or MMPP
        The arrival process.
    generator : numpy.random.Generator
        The stream of this population's arrivals.
    count : int or None
        Greatest number of arrivals.
    duration_s : float or None
        Time of the last possible arrival, in seconds.  At least one of the two limits is needed.

    Returns
    -------
    ndarray of float64
        Times in seconds from the start, not decreasing.  A greater limit only appends arrivals.

    Raises
    ------
    ValueError
        If there is no limit.

    Examples
    --------
    >>> from sim.scenario.distributions import Deterministic
    >>> law = Deterministic.model_validate({"kind": "deterministic", "rate": "4/s"})
    >>> times(law, np.random.default_rng(1), count=3, duration_s=None)
    array([0.25, 0.5 , 0.75])
    """
    if count is None and duration_s is None:
        raise ValueError("arrivals need a count or a duration")
    if isinstance(law, Deterministic):
        return _equal_gaps(law.rate_per_s, count, duration_s)
    if isinstance(law, MMPP):
        stays, generator = generator.spawn(2)
        rate = _bursts(law, stays, count, duration_s)
    else:
        rate = _rate(law)
    found = rate.inverse(_unit_poisson(generator, count, rate.expected(duration_s)))
    return found if duration_s is None else found[: np.searchsorted(found, duration_s, side="right")]


@dataclass(frozen=True, eq=False)
class _Rate:
    """A rate that is linear on each piece; the last piece is constant and has no end.

    Attributes
    ----------
    at_s, rate_per_s, slope_per_s2 : ndarray, shape (pieces,)
        Start of each piece (the first is at 0), the rate there, and its change.
    reached : ndarray, shape (pieces,)
        The integrated rate at the start of each piece.
    """

    at_s: Times
    rate_per_s: Times
    slope_per_s2: Times
    reached: Times

    @classmethod
    def of(cls, at_s: Times, first_per_s: Times, last_per_s: Times) -> _Rate:
        """Return the rate with given values at the start and at the end of each piece."""
        length_s = np.diff(at_s)
        slope_per_s2 = np.append((last_per_s - first_per_s)[:-1] / length_s, 0.0)
        area = (first_per_s + last_per_s)[:-1] / 2 * length_s
        return cls(at_s, first_per_s, slope_per_s2, np.append(0.0, np.cumsum(area)))

    def expected(self, duration_s: float | None) -> float:
        """Return the integral of the rate from 0 to that time, or to infinity."""
        if duration_s is None:
            return float(self.reached[-1]) if self.rate_per_s[-1] == 0 else np.inf
        piece = np.searchsorted(self.at_s, duration_s, side="right") - 1
        since_s = duration_s - self.at_s[piece]
        return float(self.reached[piece] + since_s * (self.rate_per_s[piece] + self.slope_per_s2[piece] * since_s / 2))

    def inverse(self, reached: Times) -> Times:
        """Return the times at which the integrated rate reaches given values greater than 0."""
        # side="left" skips pieces of rate 0: the piece found has part of its area before the value.
        piece = np.searchsorted(self.reached, reached, side="left") - 1
        rate, slope = self.rate_per_s[piece], self.slope_per_s2[piece]
        more = reached - self.reached[piece]
        # This form of the root of rate·x + slope·x²/2 = more does not cancel where the slope is small.
        root = np.sqrt(np.maximum(rate * rate + 2 * slope * more, 0.0))
        found: Times = self.at_s[piece] + 2 * more / (rate + root)
        return np.maximum.accumulate(found)  # rounding at the end of a piece could exchange two arrivals


def _rate(law: Poisson | Piecewise) -> _Rate:
    """Return the rate of a process; before the first point of a piecewise one it is that of the first point."""
    if isinstance(law, Poisson):
        constant = np.array([law.rate_per_s])
        return _Rate.of(np.zeros(1), constant, constant)
    at_s = np.array([0.0, *(point.at_s for point in law.points)])
    rates = np.array([law.points[0].rate_per_s, *(point.rate_per_s for point in law.points)])
    if at_s[1] == 0:
        at_s, rates = at_s[1:], rates[1:]
    return _Rate.of(at_s, rates, rates if law.shape == "steps" else np.append(rates[1:], rates[-1]))


def _bursts(law: MMPP, stays: np.random.Generator, count: int | None, duration_s: float | None) -> _Rate:
    """Draw the states of an MMPP, long enough for the limits; the first state has the stationary distribution."""
    mean_s = np.array([law.quiet_time_s, law.burst_time_s])
    rate_per_s = np.array([law.quiet_rate_per_s, law.burst_rate_per_s])
    start = int(stays.random() < mean_s[1] / mean_s.sum())
    mean_s, rate_per_s = np.roll(mean_s, start), np.roll(rate_per_s, start)
    drawn: list[Times] = []
    end_s = area = 0.0
    wanted = np.inf if count is None else count + 10 * np.sqrt(count) + 100
    while end_s <= (np.inf if duration_s is None else duration_s) and area < wanted:
        block_s = stays.exponential(size=(16 << len(drawn), 2)) * mean_s
        drawn.append(block_s)
        end_s += float(block_s.sum())
        area += float((block_s @ rate_per_s).sum())
    length_s = np.concatenate(drawn).ravel()
    rates = np.append(np.tile(rate_per_s, len(length_s) // 2), rate_per_s[0])
    return _Rate.of(np.append(0.0, np.cumsum(length_s)), rates, rates)


def _equal_gaps(rate_per_s: float, count: int | None, duration_s: float | None) -> Times:
    # The tiny factor keeps the arrival at the very end, which rounding could lose.
    room = np.inf if duration_s is None else np.floor(duration_s * rate_per_s * (1 + 1e-15))
    return np.arange(1, int(min(room, np.inf if count is None else count)) + 1) / rate_per_s


def _unit_poisson(generator: np.random.Generator, count: int | None, end: float) -> Times:
    """Draw the arrivals of a Poisson process of rate 1: at most `count`, none after `end`."""
    if count is not None and count <= end:
        reached: Times = np.cumsum(generator.exponential(size=count))
    else:
        block = int(end + 4 * np.sqrt(end)) + 16  # nearly always enough
        gaps = [generator.exponential(size=block)]
        total = gaps[0].sum()
        while total <= end:
            gaps.append(generator.exponential(size=block // 16))
            total += gaps[-1].sum()
        reached = np.cumsum(np.concatenate(gaps))[:count]
    return reached[: np.searchsorted(reached, end, side="right")]

"""Queue lengths and numbers in flight: step functions swept from intervals of time.

They are not counted during a run but computed here from the times at which each request arrived and left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]


class StepFunction(NamedTuple):
    """A level that changes at given times and is 0 before the first.

    Attributes
    ----------
    time_s : ndarray of float64, shape (changes,)
        Times of change, increasing, in seconds.
    level : ndarray of int64, shape (changes,)
        Level from that time on, up to the next.
    """

    time_s: Times
    level: NDArray[np.int64]

    def clipped(self, start_s: float, end_s: float) -> tuple[Times, NDArray[np.int64]]:
        """Cut the function to a window.

        Returns
        -------
        tuple of ndarray
            Lengths in seconds of the pieces inside the window, and the level on each.
        """
        edges = np.concatenate([[-np.inf], self.time_s, [np.inf]]).clip(start_s, end_s)
        lengths = np.diff(edges)
        inside = lengths > 0
        return lengths[inside], np.concatenate([[0], self.level])[inside]

    def area(self, start_s: float = -np.inf, end_s: float = np.inf) -> float:
        """Integrate the level over a window; over all time by default."""
        lengths, level = self.clipped(start_s, end_s)
        return float(np.sum(lengths[level != 0] * level[level != 0]))

    def highest(self, start_s: float = -np.inf, end_s: float = np.inf) -> int:
        """Return the highest level that lasts for some time in a window."""
        _, level = self.clipped(start_s, end_s)
        return int(level.max(initial=0))


def sweep(starts_s: Times, ends_s: Times) -> StepFunction:
    """Count, at every moment, the intervals that are open.

    Changes at the same moment are one: an interval that begins when another ends does not overlap it.

    Parameters
    ----------
    starts_s, ends_s : ndarray of float64, shape (intervals,)
        When each interval begins and ends, in seconds; half-open.

    Returns
    -------
    StepFunction
        The number of open intervals.

    Examples
    --------
    >>> both = sweep(np.array([0.0, 1.0]), np.array([2.0, 4.0]))
    >>> both.time_s.tolist(), both.level.tolist(), both.area()
    ([0.0, 1.0, 2.0, 4.0], [1, 2, 1, 0], 5.0)
    """
    times, place = np.unique(np.concatenate([starts_s, ends_s]), return_inverse=True)
    came = np.bincount(place[: len(starts_s)], minlength=len(times))
    went = np.bincount(place[len(starts_s) :], minlength=len(times))
    return StepFunction(times, np.cumsum(came - went))

"""The times of requests, as far as they are known before the run: all of open arrivals, the first of closed sessions.

A closed session issues a request, waits for the response, thinks, and issues the next one; when, is known only in the
run.  The first request comes after the first think time.  Rows are in rounds: the first request of every session, then
the second of every session, ….
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.scenario.distributions import ServiceDemand
from sim.workload import demands


@dataclass(frozen=True, eq=False)
class Timing:
    """The times of one population's requests: columns of equal length.

    Attributes
    ----------
    arrival_s : ndarray of float64
        In seconds from the start; NaN if it depends on a response.
    think_s : ndarray of float64
        Think time before the request, in seconds; 0 for open arrivals.
    session, turn : ndarray of int32
        Number of the session within the population, and of the request within the session; -1 and 0 for open arrivals.
    """

    arrival_s: NDArray[np.float64]
    think_s: NDArray[np.float64]
    session: NDArray[np.int32]
    turn: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.arrival_s)


def open_timing(arrival_s: NDArray[np.float64]) -> Timing:
    """Return the timing of open arrivals, which do not wait for responses.

    Parameters
    ----------
    arrival_s : ndarray of float64
        Their times in seconds.

    Returns
    -------
    Timing
        Without sessions.

    Examples
    --------
    >>> open_timing(np.array([0.5, 0.7])).session
    array([-1, -1], dtype=int32)
    """
    count = len(arrival_s)
    return Timing(arrival_s, np.zeros(count), np.full(count, -1, np.int32), np.zeros(count, np.int32))


def closed_timing(
    think: ServiceDemand, generator: np.random.Generator, sessions: int, count: int | None, duration_s: float | None
) -> Timing:
    """Draw the think times of closed sessions.

    Parameters
    ----------
    think : ServiceDemand
        Distribution of think times.
    generator : numpy.random.Generator
        The stream to draw from.
    sessions : int
        Number of sessions.
    count : int or None
        Greatest number of requests, divided evenly among the sessions.
    duration_s : float or None
        End of the run, in seconds.  At least one of the two limits is needed.

    Returns
    -------
    Timing
        With a duration, all requests that would be issued by then if responses took no time.  As responses do take
        time, some of them are not issued in the run.

    Examples
    --------
    >>> from sim.scenario.distributions import FixedTime
    >>> think = FixedTime.model_validate({"kind": "deterministic", "mean": "2 s"})
    >>> timing = closed_timing(think, np.random.default_rng(1), sessions=2, count=5, duration_s=None)
    >>> timing.session, timing.turn
    (array([0, 1, 0, 1, 0], dtype=int32), array([0, 0, 1, 1, 2], dtype=int32))
    >>> timing.arrival_s
    array([ 2.,  2., nan, nan, nan])
    >>> len(closed_timing(think, np.random.default_rng(1), sessions=2, count=None, duration_s=7.0))
    6
    """
    if count is None:
        think_s = _until(think, generator, sessions, duration_s)
    else:
        think_s = demands.times_s(think, generator, count)
    turn, session = np.divmod(np.arange(len(think_s), dtype=np.int32), np.int32(sessions))
    arrival_s = np.where(turn == 0, think_s, np.nan)
    timing = Timing(arrival_s, think_s, session, turn)
    return timing if duration_s is None else _possible(timing, sessions, duration_s)


def _until(
    think: ServiceDemand, generator: np.random.Generator, sessions: int, duration_s: float | None
) -> NDArray[np.float64]:
    """Draw complete rounds until the think times of every session exceed the duration."""
    mean_s = demands.mean_s(think)
    if duration_s is None or not mean_s:
        raise ValueError("closed sessions need a count, or a duration and a think time greater than 0")
    rounds = int(duration_s / mean_s) + 1
    drawn: list[NDArray[np.float64]] = []
    thought_s = np.zeros(sessions)
    while thought_s.min() <= duration_s:
        drawn.append(demands.times_s(think, generator, rounds * sessions))
        thought_s += drawn[-1].reshape(rounds, sessions).sum(axis=0)
        rounds = max(1, rounds // 4)
    return np.concatenate(drawn)


def _possible(timing: Timing, sessions: int, duration_s: float) -> Timing:
    """Return the requests that could be issued by the end if responses took no time."""
    rounds = -(-len(timing) // sessions)
    table_s = np.full(rounds * sessions, np.inf)
    table_s[: len(timing)] = timing.think_s
    earliest_s = np.cumsum(table_s.reshape(rounds, sessions), axis=0).ravel()[: len(timing)]
    kept = earliest_s <= duration_s
    return Timing(timing.arrival_s[kept], timing.think_s[kept], timing.session[kept], timing.turn[kept])

"""Queueing disciplines: which request has a worker, from when to when.

A station does not wait: it computes times, on any clock.  Worlds differ only in how they wait until then.  Under FIFO
a departure is known on arrival (Lindley's recursion, by worker).  Under processor sharing each arrival and each early
leave moves all departures, so that a world asks for the next one after every change.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import Generic, Protocol, TypeVar

from sim.rules.scalar import attained_s, sharing_departure_s, sharing_rate


class Job(Protocol):
    """A request at a station; of two that depart at the same time, the one with the lower numbers is first."""

    @property
    def request_id(self) -> int:
        """Number of its request."""

    @property
    def task(self) -> int:
        """Number of its background task; 0 for the request's own journey."""


J = TypeVar("J", bound=Job)


class FifoStation:
    """First in, first out, with identical workers (G/G/c, or G/G/c/K with a finite queue).

    Parameters
    ----------
    workers : int
        Requests served at once.
    queue_capacity : int or None
        Waiting places; unlimited if None.

    Examples
    --------
    >>> station = FifoStation(workers=1)
    >>> station.admit(1.0, 5.0), station.admit(2.0, 5.0)
    ((1.0, 6.0), (6.0, 11.0))
    """

    def __init__(self, workers: int, queue_capacity: int | None = None) -> None:
        self._free_at_s = [-inf] * workers
        self._places = inf if queue_capacity is None else queue_capacity
        self._starts_s: deque[float] = deque()

    @property
    def free_at_s(self) -> float:
        """When the first worker is free, in seconds; minus infinity if one has not worked yet."""
        return self._free_at_s[0]

    def admit(self, now_s: float, demand_s: float, _: object = None) -> tuple[float, float] | None:
        """Queue a request, and return when it starts and departs.

        Parameters
        ----------
        now_s : float
            Time of the arrival, in seconds.
        demand_s : float
            Its service demand, in seconds.

        Returns
        -------
        (start_s, departure_s) or None
            None if the queue is full.
        """
        # scalar.start_s, written out: once per service, its call can be measured.  A test holds the two equal.
        begin_s = max(now_s, self._free_at_s[0])
        if begin_s > now_s and self._places != inf and not self._take_place(now_s, begin_s):
            return None
        end_s = begin_s + demand_s
        heapreplace(self._free_at_s, end_s)
        return begin_s, end_s

    def leave(self, now_s: float, job: object) -> None:
        """Leave early: changes nothing, for a worker finishes what it has begun or queued."""

    def _take_place(self, now_s: float, begin_s: float) -> bool:
        starts_s = self._starts_s
        while starts_s and starts_s[0] <= now_s:
            starts_s.popleft()
        if len(starts_s) >= self._places:
            return False
        starts_s.append(begin_s)
        return True


class SharingStation(Generic[J]):
    """Processor sharing: all requests are served at once, each at the same rate.

    With n requests and c workers each is served at the rate min(1, c / n).  Time is kept in *attained service*: what a
    request present since the start would have received so far.  A request departs when it has grown by its demand.

    Parameters
    ----------
    workers : int
        Rate of the whole station.
    queue_capacity : int or None
        How many requests beyond `workers` it takes; unlimited if None.
    """

    def __init__(self, workers: int, queue_capacity: int | None = None) -> None:
        self._workers = workers
        self._room = inf if queue_capacity is None else workers + queue_capacity
        self._jobs: list[tuple[float, int, int, J]] = []
        self._attained_s = 0.0
        self._updated_s = 0.0

    def admit(self, now_s: float, demand_s: float, job: J) -> bool:
        """Let a request share the workers, and return whether there was room.

        Parameters
        ----------
        now_s : float
            Time of the arrival, in seconds.
        demand_s : float
            Work, in seconds of one whole worker.
        job : Job
            Returned by `depart` when the work is done.
        """
        if len(self._jobs) >= self._room:
            return False
        self._update(now_s)
        heappush(self._jobs, (self._attained_s + demand_s, job.request_id, job.task, job))
        return True

    def leave(self, now_s: float, job: J) -> bool:
        """Remove a request early, so that the others share its rate; return whether it was present."""
        left = [(goal_s, request_id, task, other) for goal_s, request_id, task, other in self._jobs if other is not job]
        if len(left) == len(self._jobs):
            return False
        self._update(now_s)
        self._jobs = left
        heapify(left)
        return True

    def next_departure(self) -> tuple[float, int] | None:
        """Return when the next request departs if none arrives or leaves until then, and its number."""
        if not self._jobs:
            return None
        goal_s, request_id, _, _ = self._jobs[0]
        rate = sharing_rate(self._workers, len(self._jobs))
        return sharing_departure_s(self._updated_s, goal_s, self._attained_s, rate), request_id

    def depart(self, now_s: float) -> list[J]:
        """Remove the requests whose work is done at the time of the next departure, and return them in order."""
        goal_s, _, _, job = heappop(self._jobs)
        # Attained service is set to the goal exactly: added up, it might differ by rounding.
        self._attained_s, self._updated_s = goal_s, now_s
        done = [job]
        while self._jobs and self._goal_s() <= goal_s:
            *_, job = heappop(self._jobs)
            done.append(job)
        return done

    def _goal_s(self) -> float:
        """Return the attained service at which the next request departs."""
        goal_s, _, _, _ = self._jobs[0]
        return goal_s

    def _update(self, now_s: float) -> None:
        rate = sharing_rate(self._workers, len(self._jobs))
        self._attained_s = attained_s(self._attained_s, self._updated_s, now_s, rate)
        self._updated_s = max(self._updated_s, now_s)

"""Stations: workers with a queue before them.

A station does not wait itself.  ``admit`` says when a request will leave; a FIFO station knows that at
arrival (Lindley's recursion, by worker), so that an arrival and a departure are all the events it needs.
Under processor sharing every arrival moves all departures, and the station wakes its requests itself.
"""

from __future__ import annotations

from collections import deque
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import Protocol

from sim.engine.kernel import DEPART, Kernel, Resumable, Tied, Wait


class Job(Resumable, Protocol):
    """A request that wants to be served; its number decides among those that leave at the same time."""

    @property
    def request_id(self) -> int:
        """Its number."""


Admission = tuple[float, float | None]
"""When service starts and when it ends, in seconds; None if that depends on who comes later."""


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
    >>> station.admit(1.0, 5.0, None), station.admit(2.0, 5.0, None)
    ((1.0, 6.0), (6.0, 11.0))
    """

    def __init__(self, workers: int, queue_capacity: int | None = None) -> None:
        self._free_at = [0.0] * workers
        self._places = inf if queue_capacity is None else queue_capacity
        self._starts: deque[float] = deque()

    def admit(self, now_s: float, demand_s: float, _: Job | None) -> Admission | None:
        """Give a request its place in the queue.

        Parameters
        ----------
        now_s : float
            Time now, in seconds.
        demand_s : float
            How long it keeps a worker, in seconds.

        Returns
        -------
        Admission or None
            None if the queue is full.
        """
        free_at = self._free_at
        start_s = free_at[0]
        if start_s <= now_s:
            start_s = now_s
        elif self._places != inf and not self._take_place(now_s, start_s):
            return None
        departure_s = start_s + demand_s
        heapreplace(free_at, departure_s)
        return start_s, departure_s

    def give_up(self, job: Job) -> None:
        """Leave before the end; the worker does not notice and finishes its work."""

    def _take_place(self, now: float, start: float) -> bool:
        starts = self._starts
        while starts and starts[0] <= now:
            starts.popleft()
        if len(starts) >= self._places:
            return False
        starts.append(start)
        return True


class SharingStation:
    """Processor sharing: all requests are served at once, each at the same rate.

    With n requests and c workers each is served at rate min(1, c / n).  Time is kept in *attained service*:
    what a request that never left would have got so far.  A request leaves when attained service has grown
    by its demand.

    Parameters
    ----------
    kernel : Kernel
        The clock.
    workers : int
        Rate of the whole station.
    queue_capacity : int or None
        How many requests beyond `workers` it takes; unlimited if None.
    """

    def __init__(self, kernel: Kernel, workers: int, queue_capacity: int | None = None) -> None:
        self._kernel = kernel
        self._workers = workers
        self._room = inf if queue_capacity is None else workers + queue_capacity
        self._jobs: list[tuple[float, int, Job]] = []
        self._attained_s = 0.0
        self._updated_s = 0.0
        self._alarm: _Alarm | None = None

    def admit(self, now_s: float, demand_s: float, job: Job) -> Admission | None:
        """Let a request share the workers.

        Parameters
        ----------
        now_s : float
            Time now, in seconds.
        demand_s : float
            Work, in seconds of one whole worker.
        job : Job
            Who is to go on when the work is done.

        Returns
        -------
        Admission or None
            None if there is no room.
        """
        if len(self._jobs) >= self._room:
            return None
        self._update(now_s)
        heappush(self._jobs, (self._attained_s + demand_s, job.request_id, job))
        self._set_alarm(now_s)
        return now_s, None

    def give_up(self, job: Job) -> None:
        """Leave before the end, and leave one's share to the others."""
        # One that departs at this very moment is in the kernel's hands already.
        left = [entry for entry in self._jobs if entry[2] is not job]
        if len(left) < len(self._jobs):
            self._update(self._kernel.time_s)
            self._jobs = left
            heapify(left)
            self._set_alarm(self._kernel.time_s)

    def depart(self) -> None:
        """Let those requests go on whose work is done now."""
        now = self._kernel.time_s
        self._attained_s = self._jobs[0][0]
        self._updated_s = now
        while self._jobs and self._jobs[0][0] <= self._attained_s:
            _, request_id, job = heappop(self._jobs)
            self._kernel.enter((now, DEPART, request_id, job))
        self._set_alarm(now)

    def _rate(self) -> float:
        return min(1.0, self._workers / len(self._jobs)) if self._jobs else 0.0

    def _update(self, now: float) -> None:
        self._attained_s += (now - self._updated_s) * self._rate()
        self._updated_s = now

    def _set_alarm(self, now: float) -> None:
        if self._alarm is not None:
            self._alarm.station = None
            self._alarm = None
        if self._jobs:
            finish_s, request_id, _ = self._jobs[0]
            self._alarm = _Alarm(self)
            left_s = max(0.0, finish_s - self._attained_s)
            self._kernel.enter((now + left_s / self._rate(), DEPART, request_id, self._alarm))


class _Alarm(Tied):
    """The next departure of a sharing station; without a station once another alarm took its place."""

    __slots__ = ("station",)

    def __init__(self, station: SharingStation) -> None:
        super().__init__()
        self.station: SharingStation | None = station

    def send(self, _: None) -> Wait:
        if self.station is not None:
            self.station.depart()
        return None

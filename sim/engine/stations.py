"""Stations: workers with a queue before them.

A station does not wait itself.  ``admit`` says when a request will leave; a FIFO station knows that at
arrival (Lindley's recursion, by worker), so that an arrival and a departure are all the events it needs.
Under processor sharing every arrival moves all departures, and the station wakes its requests itself.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import NamedTuple

from sim.engine.kernel import DEPART, PARKED, Kernel, Resumable, Wait


class Admission(NamedTuple):
    """A request that has its place: what it waits for, and when its service starts, in seconds."""

    wait: Wait
    start_s: float


make_admission: Callable[[tuple[Wait, float]], Admission] = partial(tuple.__new__, Admission)
"""The same from one plain tuple, and quicker: see the end of `sim.messages`."""


class FifoStation:
    """First in, first out, with identical workers (G/G/c, or G/G/c/K with a finite queue).

    Parameters
    ----------
    kernel : Kernel
        The clock.
    workers : int
        Requests served at once.
    queue_capacity : int or None
        Waiting places; unlimited if None.
    """

    def __init__(self, kernel: Kernel, workers: int, queue_capacity: int | None = None) -> None:
        self._kernel = kernel
        self._free_at = [0.0] * workers
        self._places = inf if queue_capacity is None else queue_capacity
        self._starts: deque[float] = deque()

    def admit(self, demand_s: float, _request_id: int, _coroutine: Resumable) -> Admission | None:
        """Give a request its place in the queue.

        Parameters
        ----------
        demand_s : float
            How long it keeps a worker, in seconds.

        Returns
        -------
        Admission or None
            None if the queue is full.
        """
        now = self._kernel.time_s
        free_at = self._free_at
        start_s = free_at[0]
        if start_s <= now:
            start_s = now
        elif self._places != inf and not self._take_place(now, start_s):
            return None
        departure_s = start_s + demand_s
        heapreplace(free_at, departure_s)
        return make_admission(((departure_s, DEPART), start_s))

    def give_up(self, request_id: int) -> None:
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
        self._jobs: list[tuple[float, int, Resumable]] = []
        self._attained_s = 0.0
        self._updated_s = 0.0
        self._alarm: _Alarm | None = None

    def admit(self, demand_s: float, request_id: int, coroutine: Resumable) -> Admission | None:
        """Let a request share the workers.

        Parameters
        ----------
        demand_s : float
            Work, in seconds of one whole worker.
        request_id : int
            Decides among requests that leave at the same time.
        coroutine : Resumable
            Who is to go on when the work is done.

        Returns
        -------
        Admission or None
            None if there is no room.
        """
        if len(self._jobs) >= self._room:
            return None
        now = self._kernel.time_s
        self._update(now)
        heappush(self._jobs, (self._attained_s + demand_s, request_id, coroutine))
        self._set_alarm(now)
        return make_admission((PARKED, now))

    def give_up(self, request_id: int) -> None:
        """Leave before the end, and leave one's share to the others."""
        # One that departs at this very moment is in the kernel's hands already.
        left = [job for job in self._jobs if job[1] != request_id]
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
            _, request_id, coroutine = heappop(self._jobs)
            self._kernel.schedule_at(now, DEPART, request_id, coroutine)
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
            self._kernel.schedule_at(now + left_s / self._rate(), DEPART, request_id, self._alarm)


class _Alarm:
    """The next departure of a sharing station; without a station once another alarm took its place."""

    __slots__ = ("station",)

    def __init__(self, station: SharingStation) -> None:
        self.station: SharingStation | None = station

    def __lt__(self, _: object) -> bool:
        # The heap compares what wakes when time, kind and request are the same: then all but one are alarms
        # that were replaced and do nothing, so that their order does not matter.
        return True

    __gt__ = __lt__

    def send(self, _: None) -> Wait:
        if self.station is not None:
            self.station.depart()
        return PARKED

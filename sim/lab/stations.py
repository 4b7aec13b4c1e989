"""Stations in real time: workers with a queue before them, by the same rules as in ``sim/engine/CONTRACT.md``.

A worker is not a thread but a place: who has it waits for as long as the work would take.  A timer never rings early
and always a little late, so each moment that is *due* is computed from others that were due, while what is taken down
is when it really came.  Otherwise the lateness of all timers of a busy queue would add up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from heapq import heapify, heappop, heappush, heapreplace
from math import inf
from typing import NamedTuple, Protocol

from sim.lab.clock import Clock
from sim.lab.journey import Journey


class Served(NamedTuple):
    """How long a request waited for a worker, and how long it had one, in seconds."""

    waiting_s: float
    service_s: float


class Station(Protocol):
    """Workers with a queue before them."""

    async def serve(self, way: Journey, demand_s: float) -> Served | None:
        """Wait for a worker and keep it for the demand; None if there is no place."""


class FifoStation:
    """First in, first out, with identical workers.

    Parameters
    ----------
    workers : int
        Requests served at once.
    queue_capacity : int or None
        Waiting places; unlimited if None.
    """

    def __init__(self, workers: int, queue_capacity: int | None = None) -> None:
        self._free_due_s = [(-inf, worker) for worker in range(workers)]
        self._last: list[asyncio.Future[float] | None] = [None] * workers
        self._places = inf if queue_capacity is None else queue_capacity
        self._starts_due_s: deque[float] = deque()

    async def serve(self, way: Journey, demand_s: float) -> Served | None:
        """Wait for a worker and keep it for the demand.

        Parameters
        ----------
        way : Journey
            Who is served; its clock goes on.
        demand_s : float
            How long it keeps a worker, in seconds.

        Returns
        -------
        Served or None
            None if the queue was full.
        """
        came_s, came_due_s = way.time_s, way.due_s
        free_due_s, worker = self._free_due_s[0]
        start_due_s = max(came_due_s, free_due_s)
        if start_due_s > came_due_s and not self._take_place(came_due_s, start_due_s):
            return None
        heapreplace(self._free_due_s, (start_due_s + demand_s, worker))
        start_s = max(came_s, await self._keep(worker, way, start_due_s + demand_s))
        return Served(start_s - came_s, way.time_s - start_s)

    async def _keep(self, worker: int, way: Journey, due_s: float) -> float:
        """Keep a worker until the work is due; give the moment at which the one before left it."""
        before = self._last[worker]
        mine = self._last[worker] = asyncio.get_running_loop().create_future()
        try:
            await way.until(due_s)
            if before is None:
                return -inf
            if not before.done():
                await before
                way.catch_up()
            return before.result()
        finally:
            # Who gives up is served all the same: the worker does not notice.
            mine.set_result(max(way.time_s, due_s))

    def _take_place(self, now_s: float, start_s: float) -> bool:
        starts = self._starts_due_s
        while starts and starts[0] <= now_s:
            starts.popleft()
        if len(starts) >= self._places:
            return False
        starts.append(start_s)
        return True


class SharingStation:
    """Processor sharing: all are served at once, each at the rate min(1, workers / number of requests).

    Parameters
    ----------
    clock : Clock
        The lab's clock.
    workers : int
        Rate of the whole station.
    queue_capacity : int or None
        How many requests beyond `workers` it takes; unlimited if None.
    """

    def __init__(self, clock: Clock, workers: int, queue_capacity: int | None = None) -> None:
        self._clock = clock
        self._workers = workers
        self._room = inf if queue_capacity is None else workers + queue_capacity
        self._jobs: list[tuple[float, int, asyncio.Future[float]]] = []
        self._attained_s = 0.0
        self._updated_s = 0.0
        self._alarm: asyncio.TimerHandle | None = None

    async def serve(self, way: Journey, demand_s: float) -> Served | None:
        """Share the workers until the work is done; None if there was no room."""
        if len(self._jobs) >= self._room:
            return None
        came_s = way.time_s
        job: tuple[float, int, asyncio.Future[float]]
        self._update(way.due_s)
        job = (self._attained_s + demand_s, way.request_id, asyncio.get_running_loop().create_future())
        heappush(self._jobs, job)
        self._set_alarm()
        try:
            await way.until(await job[2])
        except asyncio.CancelledError:
            self._leave(job)
            raise
        return Served(0.0, way.time_s - came_s)

    def _leave(self, job: tuple[float, int, asyncio.Future[float]]) -> None:
        if job in self._jobs:
            self._update(self._clock.now())
            self._jobs.remove(job)
            heapify(self._jobs)
            self._set_alarm()

    def _rate(self) -> float:
        return min(1.0, self._workers / len(self._jobs)) if self._jobs else 0.0

    def _update(self, now_s: float) -> None:
        self._attained_s += max(0.0, now_s - self._updated_s) * self._rate()
        self._updated_s = max(self._updated_s, now_s)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._jobs:
            due_s = self._updated_s + max(0.0, self._jobs[0][0] - self._attained_s) / self._rate()
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_at(self._clock.on_loop(due_s), self._depart, due_s)

    def _depart(self, due_s: float) -> None:
        """Let those go on whose work was done when the alarm was due."""
        self._attained_s, self._updated_s = self._jobs[0][0], due_s
        while self._jobs and self._jobs[0][0] <= self._attained_s:
            done = heappop(self._jobs)[2]
            if not done.done():
                done.set_result(due_s)
        self._set_alarm()

"""Stations in real time: workers with a queue before them, by the disciplines of ``sim.nodes.disciplines``.

A worker is not a thread but a place: who has it waits for as long as the work would take.  A timer never rings early
and always a little late, so each moment that is *due* is computed from others that were due, while what is recorded
is when it really came.  Otherwise the lateness of all timers of a busy queue would add up.
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import NamedTuple, Protocol

from sim.lab.clock import Clock
from sim.lab.journey import Journey
from sim.nodes.disciplines import FifoStation, SharingStation


class Served(NamedTuple):
    """How long a request waited for a worker, and how long it had one, in seconds."""

    waiting_s: float
    service_s: float


class LabStation(Protocol):
    """Workers with a queue before them, in real time."""

    async def serve(self, journey: Journey, demand_s: float) -> Served | None:
        """Wait for a worker and keep it for the demand; None if there is no place."""


class LabFifo:
    """First in, first out, with identical workers, in real time.

    Parameters
    ----------
    workers : int
        Requests served at once.
    queue_capacity : int or None
        Waiting places; unlimited if None.
    """

    def __init__(self, workers: int, queue_capacity: int | None = None) -> None:
        self._queue = FifoStation(workers, queue_capacity)
        # The last work of each worker, by the moment at which its end is due: when it really ended.
        self._last: dict[float, list[asyncio.Future[float] | None]] = {-inf: [None] * workers}

    async def serve(self, journey: Journey, demand_s: float) -> Served | None:
        """Wait for a worker and keep it for the demand.

        Parameters
        ----------
        journey : Journey
            Who is served; its clock goes on.
        demand_s : float
            How long it keeps a worker, in seconds.

        Returns
        -------
        Served or None
            None if the queue was full.
        """
        came_s, free_due_s = journey.time_s, self._queue.free_at_s
        admission = self._queue.admit(journey.due_s, demand_s)
        if admission is None:
            return None
        start_s = max(came_s, await self._keep(journey, free_due_s, admission[1]))
        return Served(start_s - came_s, journey.time_s - start_s)

    async def _keep(self, journey: Journey, free_due_s: float, due_s: float) -> float:
        """Keep a worker until the work is due; return the moment at which the one before left it."""
        before = self._take_over(free_due_s)
        mine = asyncio.get_running_loop().create_future()
        self._last.setdefault(due_s, []).append(mine)
        try:
            await journey.until(due_s)
            if before is None:
                return -inf
            if not before.done():
                await before
                journey.catch_up()
            return before.result()
        finally:
            # Who gives up is served all the same: the worker does not notice.
            mine.set_result(max(journey.time_s, due_s))

    def _take_over(self, free_due_s: float) -> asyncio.Future[float] | None:
        """Return the last work of a worker that is due to be free at that moment; None if it had none."""
        last = self._last[free_due_s]
        before = last.pop(0)
        if not last:
            del self._last[free_due_s]
        return before


class LabSharing:
    """Processor sharing in real time.

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
        self._jobs: SharingStation[Journey] = SharingStation(workers, queue_capacity)
        self._done: dict[Journey, asyncio.Future[float]] = {}
        self._alarm: asyncio.TimerHandle | None = None

    async def serve(self, journey: Journey, demand_s: float) -> Served | None:
        """Share the workers until the work is done; None if there was no room."""
        came_s = journey.time_s
        if not self._jobs.admit(journey.due_s, demand_s, journey):
            return None
        done = self._done[journey] = asyncio.get_running_loop().create_future()
        self._set_alarm()
        try:
            await journey.until(await done)
        except asyncio.CancelledError:
            if self._jobs.leave(self._clock.now(), journey):
                del self._done[journey]
                self._set_alarm()
            raise
        return Served(0.0, journey.time_s - came_s)

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        departure = self._jobs.next_departure()
        if departure is not None:
            loop = asyncio.get_running_loop()
            self._alarm = loop.call_at(self._clock.on_loop(departure[0]), self._depart, departure[0])

    def _depart(self, due_s: float) -> None:
        """Let those go on whose work was done when the alarm was due."""
        for journey in self._jobs.depart(due_s):
            done = self._done.pop(journey)
            if not done.done():
                done.set_result(due_s)
        self._set_alarm()

"""Processor sharing in simulated time: an alarm in the kernel's heap for the next departure.

Of a FIFO station (`sim.nodes.disciplines`) an engine needs no more than its departures, which are known on arrival.
"""

from __future__ import annotations

from typing import Protocol

from sim.engine.kernel import DEPART, Kernel, Resumable, Tied, Wait
from sim.nodes.disciplines import Job, SharingStation


class WaitingJob(Resumable, Job, Protocol):
    """A request that the kernel resumes when its work is done."""


class SimulatedSharing:
    """A sharing station that resumes its requests itself.

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
        self._jobs: SharingStation[WaitingJob] = SharingStation(workers, queue_capacity)
        self._alarm: _Alarm | None = None

    def admit(self, now_s: float, demand_s: float, job: WaitingJob) -> tuple[float, None] | None:
        """Let a request share the workers.

        Returns
        -------
        (start_s, None) or None
            When service starts, which is now; its end depends on later arrivals.  None if there is no room.
        """
        if not self._jobs.admit(now_s, demand_s, job):
            return None
        self._set_alarm()
        return now_s, None

    def leave(self, now_s: float, job: WaitingJob) -> None:
        """Leave before the end, and leave one's share to the others."""
        # One that departs at this very moment is in the kernel's hands already.
        if self._jobs.leave(now_s, job):
            self._set_alarm()

    def depart(self) -> None:
        """Resume those requests whose work is done now."""
        now_s = self._kernel.time_s
        for job in self._jobs.depart(now_s):
            self._kernel.enter((now_s, DEPART, job.request_id, job))
        self._set_alarm()

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.station = None
            self._alarm = None
        departure = self._jobs.next_departure()
        if departure is not None:
            self._alarm = _Alarm(self)
            self._kernel.enter((departure[0], DEPART, departure[1], self._alarm))


class _Alarm(Tied):
    """The next departure of a sharing station; without a station once another alarm took its place."""

    __slots__ = ("station",)

    def __init__(self, station: SimulatedSharing) -> None:
        super().__init__()
        self.station: SimulatedSharing | None = station

    def send(self, _: None) -> Wait:
        if self.station is not None:
            self.station.depart()
        return None

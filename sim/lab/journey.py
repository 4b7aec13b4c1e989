"""A client's request in the lab, and the clock by which its moments are recorded."""

from __future__ import annotations

from enum import IntEnum
from math import nan

from sim.lab.clock import Clock
from sim.messages import Request
from sim.trace.recorder import Recorder
from sim.trace.step_path import StepPath


class Journey:
    """What belongs to one client's request, wherever it is; or to what was started in the background for it.

    Moments are read from the machine whenever something has been waited for.  What the program itself takes between two
    waits counts to the next one: steps of one moment have one time, as in the simulator.

    Timers ring late.  ``due_s`` is the moment at which it would be now if the last one had rung in time; the next wait
    ends at a moment that is computed from that, so that the lateness of many timers does not add up.  The time that
    programs and sockets really take is not made up for.

    Parameters
    ----------
    clock : Clock
        The lab's clock.
    recorder : Recorder
        Takes it down in the end.
    request : Request
        What the client asks for, with its dice.
    client, client_ip : int, str
        The client's number, and its address in the scenario.
    issue_s : float
        When it is issued, in seconds.

    Attributes
    ----------
    time_s : float
        The last moment, in seconds, as it really was.
    """

    task = 0

    def __init__(
        self, clock: Clock, recorder: Recorder, request: Request, client: int, client_ip: str, issue_s: float
    ) -> None:
        self.clock = clock
        self.recorder = recorder
        self.request = request
        self.client = client
        self.client_ip = client_ip
        self.time_s = issue_s
        self.step_path: StepPath = recorder.step_path
        self.moments_s: list[float] = []
        self.bound = 0
        self.hops = 0
        self._late_s = 0.0
        self._last_step_s = nan

    @property
    def request_id(self) -> int:
        """Row of the workload."""
        return self.request.request_id

    @property
    def whole(self) -> Journey:
        """The journey of the client's request itself."""
        return self

    @property
    def due_s(self) -> float:
        """When it would be now if the last timer had rung in time, in seconds."""
        return self.time_s - self._late_s

    async def until(self, due_s: float) -> None:
        """Wait until a moment that is due, and read the clock; it may be over already.

        Parameters
        ----------
        due_s : float
            In seconds since the start.
        """
        now_s = self.clock.now()
        if now_s < due_s:
            await self.clock.until(due_s)
            now_s = max(self.clock.now(), due_s)
            self._late_s = now_s - due_s
        else:
            # Of what is late already only the lateness of timers is made up for.
            self._late_s = min(self._late_s, now_s - due_s)
        self.time_s = max(self.time_s, now_s)

    def catch_up(self) -> None:
        """Read the clock."""
        self.time_s = max(self.time_s, self.clock.now())

    def tell(self, index: int, node: str, step: IntEnum, detail: str, stage: str = "") -> None:
        """Record a step at this moment.

        Parameters
        ----------
        index : int
            Number of the exchange in the request; -1 for the client.
        node, step, detail, stage
            See `sim.nodes.world.World.step`.
        """
        if self.time_s != self._last_step_s:
            self._last_step_s = self.time_s
            self.moments_s.append(self.time_s)
            self.step_path = self.step_path[None]
        self.step_path = self.step_path[index, node, step, detail, stage]


class BackgroundJourney(Journey):
    """A background task that a request started.

    Parameters
    ----------
    begun_by : Journey
        Where it was begun; it begins at its time.
    """

    def __init__(self, begun_by: Journey) -> None:
        self._whole = whole = begun_by.whole
        super().__init__(whole.clock, whole.recorder, whole.request, whole.client, whole.client_ip, begun_by.time_s)
        self._late_s = begun_by.time_s - begun_by.due_s
        self.bound = 1
        whole.bound += 1
        self.task = whole.recorder.spawned(self.request_id)

    @property
    def whole(self) -> Journey:
        """The journey of the client's request itself."""
        return self._whole

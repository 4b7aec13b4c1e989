"""One client's request on its way through a simulated world, its own clock, and the deadlines that may end it.

A journey has a clock of its own.  It agrees with the kernel's wherever requests share something (a cache, a queue, a
pool of connections); elsewhere it may run ahead, which saves an event.  A journey with a deadline never runs ahead.
What is started in the background is a journey of its own, for the same request.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from math import nan
from typing import Any, Protocol

from sim.engine.kernel import Kernel, Ranked, Tied, Wait
from sim.messages import Response
from sim.trace.recorder import Recorder
from sim.trace.step_path import StepPath


class Journey(Ranked):
    """What belongs to one client's request, wherever it is.

    It has no constructor: to set the attributes where a request is issued costs half as much, once per request.

    Attributes
    ----------
    bound : int
        Why it may not run ahead: deadlines that are pending, and what was started in the background.
    request_id, client : int
        Row of the workload, and the client's dense id.
    client_ip : str
        The client's address.
    coroutine : coroutine
        The client's `handle`.
    send : callable
        That of the coroutine, which goes on until the next wait; the kernel resumes a journey by it.
    time_s : float
        The journey's own clock, in seconds.
    hops : int
        Exchanges begun so far.
    step_path : StepPath
        What was announced so far.
    moments_s : list of float
        The times at which something was announced, in seconds.
    last_step_s : float
        The last of them; NaN before the first.
    """

    __slots__ = (
        "bound",
        "client",
        "client_ip",
        "coroutine",
        "hops",
        "last_step_s",
        "moments_s",
        "request_id",
        "send",
        "step_path",
        "time_s",
    )

    bound: int
    client: int
    client_ip: str
    coroutine: Coroutine[Wait, None, Response] | Generator[Wait, None, object]
    hops: int
    moments_s: list[float]
    request_id: int
    send: Callable[[None], Wait]
    step_path: StepPath
    time_s: float
    last_step_s: float

    @property
    def whole(self) -> Journey:
        """The request's own journey."""
        return self

    def interrupt(self, kernel: Kernel, reason: Interrupted) -> Wait:
        """Go on with an exception."""
        try:
            return self.coroutine.throw(reason)
        except StopIteration as stop:
            kernel.finished(self, stop.value)
            return None


class Interrupted(BaseException):
    """Thrown into a coroutine whose deadline has passed.

    Not an ``Exception``, so that it passes through all code on its way that does not own the deadline.
    """

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self.deadline = deadline


class Deadline(Tied):
    """A moment at which a waiting journey is interrupted, unless it is called off before.

    Parameters
    ----------
    kernel : Kernel
        The clock.
    journey : Journey
        What is interrupted.
    """

    def __init__(self, kernel: Kernel, journey: Journey) -> None:
        super().__init__(journey.task)
        self._kernel = kernel
        self._journey: Journey | None = journey

    def call_off(self) -> None:
        """Let the moment pass without any effect."""
        self._journey = None

    def send(self, _: None) -> Wait:
        """Interrupt the journey, now that the moment is here."""
        journey, self._journey = self._journey, None
        if journey is None:
            return None
        kernel = self._kernel
        kernel.call_off(journey)
        journey.time_s = kernel.time_s
        return journey.interrupt(kernel, Interrupted(self))


class Shared(Protocol):
    """An exchange in which more than one journey takes turns, as much of it as is needed for that."""

    journey: Journey


class BackgroundTask(Journey):
    """Work for a request that nothing waits for, with a clock of its own.

    Its exchanges are numbered on in the request.  The exchange in which it was begun is handed to two coroutines,
    that of the request and this one; its attribute `journey` is the one that runs.

    Parameters
    ----------
    begun_by : Journey
        In which it was begun; it begins at its time.
    exchange : Exchange
        In which it was begun.
    coroutine : coroutine
        What is to be done.
    recorder : Recorder
        Records it.

    Attributes
    ----------
    task : int
        Its number among those of the request, from 1.
    exchange : Exchange
        As given.
    """

    __slots__ = ("_recorder", "_whole", "exchange", "task")

    def __init__(
        self, begun_by: Journey, exchange: Shared, coroutine: Generator[Wait, None, object], recorder: Recorder
    ) -> None:
        self._whole = whole = begun_by.whole
        self.exchange = exchange
        self._recorder = recorder
        self.coroutine = coroutine
        self.request_id = whole.request_id
        self.client = whole.client
        self.client_ip = whole.client_ip
        self.time_s = begun_by.time_s
        self.step_path = recorder.step_path
        self.moments_s = []
        self.last_step_s = nan
        self.bound = 1
        # From now on the request's order of sending and its end depend on others: none of it runs ahead any more.
        whole.bound += 1
        self.task = recorder.spawned(self.request_id)

    @property
    def whole(self) -> Journey:
        """The request's own journey."""
        return self._whole

    @property
    def hops(self) -> int:
        """Exchanges that the whole request has begun so far."""
        return self._whole.hops

    @hops.setter
    def hops(self, count: int) -> None:
        self._whole.hops = count

    def send(self, _: None) -> Wait:
        """Go on until the next wait."""
        return self._take_turn(self.coroutine.send, None)

    def interrupt(self, _: Kernel, reason: Interrupted) -> Wait:
        """Go on with an exception."""
        return self._take_turn(self.coroutine.throw, reason)

    def _take_turn(self, go_on: Callable[[Any], Wait], what: Interrupted | None) -> Wait:
        exchange, others = self.exchange, self.exchange.journey
        exchange.journey = self
        try:
            return go_on(what)
        except StopIteration:
            self._recorder.task_ended(self)
            return None
        finally:
            exchange.journey = others

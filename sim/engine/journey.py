"""One client's request on its way through a simulated world, its own clock, and the deadlines that may end it.

A journey has a clock of its own.  It agrees with the kernel's whenever the request meets others (in a cache, a
queue, a pool of connections); where it meets nobody it may run ahead, and so saves an event.  A journey with a
deadline never runs ahead.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from sim.engine.kernel import Kernel, Tied, Wait
from sim.messages import Response
from sim.trace.story import Story


class Journey:
    """What belongs to one client's request, wherever it is.

    It has no constructor: to set the attributes where a request is issued costs half as much, once per request.

    Attributes
    ----------
    request_id, client : int
        Row of the workload, and the client's dense id.
    client_ip : str
        The client's address.
    coroutine : coroutine
        What the client does.
    send : callable
        The coroutine's own: goes on until the next wait.  It lets the kernel resume a journey.
    time_s : float
        The journey's own clock, in seconds.
    hops : int
        Exchanges begun so far.
    deadlines : int
        How many are pending.
    story : Story
        What was announced so far.
    moments_s : list of float
        The times at which something was announced, in seconds.
    told_s : float
        The last of them; NaN before the first.
    """

    __slots__ = (
        "client",
        "client_ip",
        "coroutine",
        "deadlines",
        "hops",
        "moments_s",
        "request_id",
        "send",
        "story",
        "time_s",
        "told_s",
    )

    client: int
    client_ip: str
    coroutine: Coroutine[Wait, None, Response]
    deadlines: int
    hops: int
    moments_s: list[float]
    request_id: int
    send: Callable[[None], Wait]
    story: Story
    time_s: float
    told_s: float


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
        Who is to be interrupted.
    """

    def __init__(self, kernel: Kernel, journey: Journey) -> None:
        super().__init__()
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
        try:
            wait = journey.coroutine.throw(Interrupted(self))
        except StopIteration as stop:
            kernel.finished(journey, stop.value)
            return None
        return wait

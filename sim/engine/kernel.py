"""The clock: SimPy's environment with a loop that also drives bare coroutines.

A SimPy process costs an object, an event and a callback for every wait.  A request that travels through
proxies needs none of them: it is one coroutine (nodes call one another by ``await``) that yields, for each
wait, the absolute time at which it wants to go on.  The loop keeps ``(time, kind, request id, coroutine)``
in the heap of SimPy's own events, whose entries are ``(time, priority, number, event)``; ordinary SimPy
processes run beside it.  The rule for ties is written in ``CONTRACT.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush, heappushpop
from typing import Any, Protocol

import simpy

DEPART, RETURN, ARRIVE, DEADLINE, ISSUE = 2, 3, 4, 5, 6
"""Kinds of moments, in the order in which they happen at the same time; SimPy's priorities are 0 and 1."""

Wait = tuple[float, int]
"""What a coroutine yields: the absolute time and the kind of the moment for which it waits."""

PARKED: Wait = (float("inf"), -1)
"""What a coroutine yields that somebody else will schedule again."""


class Resumable(Protocol):
    """Anything that goes on when it is sent None: a coroutine, or an object that acts like one."""

    def send(self, value: None, /) -> Any:
        """Go on until the next wait, and give it."""


class Interrupted(BaseException):
    """Thrown into a coroutine whose deadline has passed.

    Not an ``Exception``, so that it passes through all code on its way that does not own the deadline.
    """

    def __init__(self, deadline: Deadline) -> None:
        super().__init__()
        self.deadline = deadline


class _Nobody:
    """Stands in the heap for a coroutine whose wait was called off."""

    def send(self, _: None) -> Wait:
        return PARKED


_NOBODY = _Nobody()


class Kernel(simpy.Environment):
    """Simulated time.

    Parameters
    ----------
    finished : callable of (request_id, result)
        Called when a coroutine returns.

    Attributes
    ----------
    time_s : float
        Time now, in seconds: SimPy's `now` as a plain attribute, because it is read several times a hop.

    Examples
    --------
    >>> done = []
    >>> kernel = Kernel(lambda request_id, result: done.append((kernel.now, request_id, result)))
    >>> def journey():
    ...     yield kernel.now + 2.0, ARRIVE
    ...     return "answer"
    >>> kernel.schedule_at(1.0, ISSUE, 7, journey())
    >>> kernel.advance()
    >>> done
    [(3.0, 7, 'answer')]
    """

    def __init__(self, finished: Callable[[int, Any], None]) -> None:
        super().__init__(initial_time=0.0)
        self._finished = finished
        self.time_s = 0.0

    def schedule_at(self, time_s: float, kind: int, request_id: int, coroutine: Resumable) -> None:
        """Let a coroutine go on at a time.

        Parameters
        ----------
        time_s : float
            Absolute time in seconds, not before now.
        kind : int
            Kind of the moment; decides among moments of the same time.
        request_id : int
            Decides among moments of the same time and kind.
        coroutine : Resumable
            Who goes on.
        """
        heappush(self._queue, (time_s, kind, request_id, coroutine))  # type: ignore[arg-type]

    def advance(self) -> None:
        """Let time pass until nothing is left to do."""
        queue: list[Any] = self._queue
        finished = self._finished
        while queue:
            entry = heappop(queue)
            while entry[1] >= DEPART:
                self._now, _, request_id, coroutine = entry
                self.time_s = self._now
                try:
                    time_s, kind = coroutine.send(None)
                except StopIteration as stop:
                    finished(request_id, stop.value)
                    break
                if kind < 0:
                    break
                entry = heappushpop(queue, (time_s, kind, request_id, coroutine))
            else:
                heappush(queue, entry)
                self.time_s = entry[0]
                self.step()

    def interrupt(self, request_id: int, coroutine: Generator[Wait, None, Any], reason: BaseException) -> None:
        """Throw an exception into a waiting coroutine, whatever it waits for.

        Parameters
        ----------
        request_id : int
            Under which it waits.
        coroutine : generator
            Who is interrupted.
        reason : BaseException
            What it will see raised at its wait.
        """
        self._call_off(coroutine)
        try:
            time_s, kind = coroutine.throw(reason)
        except StopIteration as stop:
            self._finished(request_id, stop.value)
            return
        if kind >= 0:
            self.schedule_at(time_s, kind, request_id, coroutine)

    def _call_off(self, coroutine: object) -> None:
        queue: list[Any] = self._queue
        for place, entry in enumerate(queue):
            if entry[3] is coroutine:
                queue[place] = (*entry[:3], _NOBODY)


class Deadline:
    """A moment at which a waiting coroutine is interrupted, unless it is called off before.

    Parameters
    ----------
    kernel : Kernel
        The clock.
    request_id : int
        Under which the coroutine waits.
    coroutine : generator
        Who is to be interrupted.
    """

    def __init__(self, kernel: Kernel, request_id: int, coroutine: Generator[Wait, None, Any]) -> None:
        self._kernel = kernel
        self._request_id = request_id
        self._coroutine: Generator[Wait, None, Any] | None = coroutine

    def call_off(self) -> None:
        """Let the moment pass without any effect."""
        self._coroutine = None

    def send(self, _: None) -> Wait:
        """Interrupt the coroutine, now that the moment is here."""
        coroutine, self._coroutine = self._coroutine, None
        if coroutine is not None:
            self._kernel.interrupt(self._request_id, coroutine, Interrupted(self))
        return PARKED

"""The clock: SimPy's environment with a loop that also drives bare coroutines.

A SimPy process costs an object, an event and a callback for every wait.  A request that travels through
proxies needs none of them: it is one coroutine (nodes call one another by ``await``), and what that yields is
its next entry in the heap: ``(time, kind, request id, resumable)``.  SimPy's own entries, which stand in the same heap,
are ``(time, priority, number, event)``; ordinary SimPy processes run beside the coroutines.  The rule for ties is
written in ``CONTRACT.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush, heappushpop
from itertools import count
from typing import Any, Protocol

import simpy
from simpy.core import SimTime
from simpy.events import NORMAL, Event, EventPriority

DEPART, RETURN, OPEN, ARRIVE, DEADLINE, ISSUE = 2, 3, 4, 5, 6, 7
"""Kinds of moments, in the order in which they happen at the same time; SimPy's priorities are 0 and 1."""


class Resumable(Protocol):
    """Anything that goes on when it is sent None: a coroutine, or an object that acts like one."""

    @property
    def send(self) -> Callable[[None], Entry | None]:
        """Go on until the next wait, and return it."""


Entry = tuple[float, int, int, Resumable]
"""A wait: absolute time in seconds, kind of the moment, request id, and what is resumed then."""

Wait = Entry | None
"""What a coroutine yields; None if something else will schedule it again."""


class Ranked:
    """What may stand in the heap beside others of the same time, kind and request id.

    A request's own journey goes before what was started in the background, and that in the order of its beginning.

    Attributes
    ----------
    task : int
        0 for a request's own journey, and counted from 1 for what was started in the background.
    made : int
        0 for a journey itself; more for what else belongs to it, which goes in the order in which it was made.
    """

    __slots__ = ()

    task: int = 0
    made: int = 0

    def __lt__(self, other: object) -> bool:
        return isinstance(other, Ranked) and (self.task, self.made) < (other.task, other.made)

    def __gt__(self, other: object) -> bool:
        return not isinstance(other, Ranked) or (self.task, self.made) > (other.task, other.made)


class Tied(Ranked):
    """Something that belongs to a journey and has moments of its own, such as a deadline.

    Whatever has no order of its own, such as a coroutine, goes before it.

    Parameters
    ----------
    task : int
        That of its journey.

    Examples
    --------
    >>> outer, inner = Tied(), Tied()
    >>> outer < inner, inner < outer, object() < outer, outer < Tied(task=1)
    (True, False, True, True)
    """

    __slots__ = ("made", "task")

    _numbers = count(1)

    def __init__(self, task: int = 0) -> None:
        self.task = task
        self.made = next(Tied._numbers)


class _CalledOff(Ranked):
    """A wait that was called off: it keeps its place in the heap, so that the order of all others stays."""

    __slots__ = ("made", "task")

    def __init__(self, waiter: Resumable) -> None:
        self.task = waiter.task if isinstance(waiter, Ranked) else 0
        self.made = waiter.made if isinstance(waiter, Ranked) else 0

    def send(self, _: None) -> Wait:
        return None


class Kernel(simpy.Environment):
    """Simulated time.

    Parameters
    ----------
    finished : callable of (waiter, result)
        Called when a coroutine returns.

    Attributes
    ----------
    time_s : float
        Time now, in seconds: SimPy's `now` as a plain attribute, because it is set and read all the time.
    finished : callable
        As given.

    Examples
    --------
    >>> done = []
    >>> kernel = Kernel(lambda waiter, result: done.append((kernel.now, result)))
    >>> def journey():
    ...     me = yield
    ...     yield 3.0, ARRIVE, 7, me
    ...     return "answer"
    >>> coroutine = journey()
    >>> next(coroutine)
    >>> kernel.enter(coroutine.send(coroutine))
    >>> kernel.advance()
    >>> done
    [(3.0, 'answer')]
    """

    def __init__(self, finished: Callable[[Any, Any], None]) -> None:
        super().__init__(initial_time=0.0)
        self.finished = finished
        self.time_s = 0.0

    @property
    def now(self) -> SimTime:
        """Time now, in seconds."""
        return self.time_s

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: SimTime = 0) -> None:
        """Schedule an event of SimPy's own."""
        self._now = self.time_s
        super().schedule(event, priority, delay)

    def enter(self, entry: Entry) -> None:
        """Schedule a wait, which ends not before now.

        Parameters
        ----------
        entry : Entry
            When it ends, and what is resumed.
        """
        heappush(self._queue, entry)  # type: ignore[misc]

    def advance(self) -> None:
        """Advance until nothing is left to do."""
        queue: list[Any] = self._queue
        finished = self.finished
        wait: Wait = None
        # CPython 3.11 makes a loop quick only if an unconditional jump closes it: hence no "while queue".
        while True:
            if wait is not None:
                entry = heappushpop(queue, wait)
            elif queue:
                entry = heappop(queue)
            else:
                return
            self.time_s, kind, _, waiter = entry
            if kind >= DEPART:
                resume = waiter.send  # an attribute, not a method: loaded by itself, it is called sooner
                try:
                    wait = resume(None)
                except StopIteration as stop:
                    finished(waiter, stop.value)
                    wait = None
            else:
                heappush(queue, entry)
                self.step()
                wait = None

    def call_off(self, waiter: Resumable) -> None:
        """Take away the effect of the moment for which something waits.

        Parameters
        ----------
        waiter : Resumable
            What waits; nothing happens if it is not in the heap.
        """
        queue: list[Any] = self._queue
        for place, entry in enumerate(queue):
            if entry[3] is waiter:
                queue[place] = (*entry[:3], _CalledOff(waiter))

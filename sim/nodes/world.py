"""The interface between a node and the world that runs it: time, work, messages and announcements.

A node is a class whose ``handle`` is a coroutine over this narrow interface.  ``await`` only means "suspend here":
whether time is simulated, real or scripted is left to the world.  A node receives a world *for one exchange*, that of
the request which it handles.  Hence its steps, its work and the requests that it sends belong to that exchange without
naming it.
"""

from __future__ import annotations

from collections.abc import Awaitable
from enum import IntEnum
from typing import Any, Protocol, TypeVar

from sim.messages import Request, Response
from sim.scenario.topology import Edge

T = TypeVar("T")


class DeadlinePassedError(Exception):
    """An awaitable was not done within its time; raised by ``World.within``."""


class Gate:
    """A one-time event on which coroutines wait until it is opened, like `asyncio.Event` in every world.

    A node makes a gate, and passes it to `World.wait` and `World.open`.

    Attributes
    ----------
    is_open : bool
        Whether it is open; it never closes again.
    waiting : list
        The waiting coroutines in order of arrival, in the form that the world chose; for the world alone.

    Examples
    --------
    >>> gate = Gate()
    >>> gate.is_open, gate.waiting
    (False, [])
    """

    __slots__ = ("is_open", "waiting")

    def __init__(self) -> None:
        self.is_open = False
        self.waiting: list[Any] = []


class World(Protocol):
    """Time, work, messages and announcements, as seen from one exchange."""

    @property
    def peer_ip(self) -> str:
        """Address of the node that sent the request; for a client, which makes its requests itself, its own."""

    @property
    def epoch_s(self) -> float:
        """Wall-clock time of the scenario's start, in seconds since 1970; 0 in simulated time."""

    def now(self) -> float:
        """Seconds since the scenario's start."""

    def serve(self, demand_s: float) -> Awaitable[bool]:
        """Wait for one of the node's own workers and occupy it for the demand; False if the queue is full."""

    def send(self, request: Request, edge: Edge, attempt: int = 0) -> Awaitable[Response]:
        """Send a request over an edge and wait for the whole response; attempt 0 is the first, 1 the second, …."""

    def within(self, seconds: float, awaitable: Awaitable[T]) -> Awaitable[T]:
        """Wait for an awaitable, at most for a time; DeadlinePassedError if it is not done by then."""

    def wait(self, gate: Gate) -> Awaitable[None]:
        """Wait until a gate is open."""

    def open(self, gate: Gate) -> None:
        """Open a gate: what waits at it resumes at this moment, once the coroutine that opened it waits or ends."""

    def spawn(self, awaitable: Awaitable[object]) -> None:
        """Start a background task: at this moment, once the coroutine that starts it waits or ends."""

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Announce a numbered step, and the name of the stage that acted in it; empty if none did."""


class Node(Protocol):
    """A participant of a scenario: client, forward proxy, reverse proxy or backend."""

    name: str

    async def handle(self, request: Request, world: World) -> Response:
        """Return the response to a request."""

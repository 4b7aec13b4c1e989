"""What a node may ask of the world in which it lives.

A node is a class whose ``handle`` is a coroutine over this narrow interface.  ``await`` only says "suspend
here": whether time is simulated, real or written in a script is the world's affair.  A node is handed a
world *for one exchange*: the one in which it was asked.  Hence a step, a service or a further request need
not say for whose sake it is made.
"""

from __future__ import annotations

from collections.abc import Awaitable
from enum import IntEnum
from typing import Any, Protocol, TypeVar

from sim.messages import Request, Response
from sim.scenario.topology import Edge

T = TypeVar("T")


class DeadlinePassedError(Exception):
    """What was awaited within a time was not done in it; raised by ``World.within``."""


class Gate:
    """Where coroutines wait until somebody opens it; a node makes it, and its world does the rest.

    Attributes
    ----------
    is_open : bool
        Whether it is open; it never closes again.
    waiting : list
        Who waits, first come first; in the world's own words, and for the world alone.

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
        """Address of the party that asked; for a client, which nobody asks, its own."""

    @property
    def epoch_s(self) -> float:
        """What a clock on the wall shows at the scenario's start, in seconds since 1970; 0 in simulated time."""

    def now(self) -> float:
        """Seconds since the scenario's start."""

    def serve(self, demand_s: float) -> Awaitable[bool]:
        """Wait for one of the node's own workers and keep it for the demand; False if the queue was full."""

    def send(self, request: Request, edge: Edge, attempt: int = 0) -> Awaitable[Response]:
        """Send a request over an edge and wait for the whole answer; attempt 0 is the first try, 1 the second, …."""

    def within(self, seconds: float, awaitable: Awaitable[T]) -> Awaitable[T]:
        """Wait for something, but no longer; DeadlinePassedError if it is not done by then."""

    def wait(self, gate: Gate) -> Awaitable[None]:
        """Wait until a gate is open."""

    def open(self, gate: Gate) -> None:
        """Open a gate: all who wait there go on at this moment, once the one who opened it waits or is done."""

    def spawn(self, awaitable: Awaitable[object]) -> None:
        """Begin something that nobody waits for: at this moment, once the one who began it waits or is done."""

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Announce a numbered step, and the name of the stage that acted in it; empty for the textbook's own steps."""


class Node(Protocol):
    """A party that can be asked."""

    name: str

    async def handle(self, request: Request, world: World) -> Response:
        """Answer a request."""

"""A live world: one node with real clients, in wall-clock time.

The node is the same object as in a simulation.  What it asks of its world is done here: sending uses the pool, waiting
awaits, and a step is printed if that is wanted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, Awaitable, Callable, Coroutine
from enum import IntEnum
from itertools import count
from random import Random
from time import monotonic, time
from typing import Any, TypeVar

from sim.http1.errors import UpstreamError, as_response
from sim.http1.pool import ConnectionKey, ConnectionPool, OutgoingRequest
from sim.http1.server import Peer
from sim.http1.streaming import close_all
from sim.http1.wire import is_stream, with_age
from sim.messages import CacheStatus, Request, Response, make_draws, make_request
from sim.nodes.world import DeadlinePassedError, Gate, Node
from sim.rules.status import status_fields
from sim.scenario.topology import Edge
from sim.serving.destinations import ResolveDestination

log = logging.getLogger("proxysim.lab")

T = TypeVar("T")
OnStep = Callable[[int, IntEnum, str, str], None]


class Live:
    """A node, and what its exchanges share.

    Parameters
    ----------
    node : Node
        The node.
    destinations : callable
        Returns where each of its requests is sent.
    pool : ConnectionPool
        Its connections to the next nodes.
    on_step : callable, optional
        Called with each numbered step: request id, step, detail and stage.
    seed : int
        Seed of the draws for balancers that need chance.
    """

    def __init__(
        self,
        node: Node,
        destinations: ResolveDestination,
        pool: ConnectionPool,
        *,
        on_step: OnStep | None = None,
        seed: int = 1,
    ) -> None:
        self.node = node
        self.destinations = destinations
        self.pool = pool
        self.on_step = on_step
        self.epoch_s = time()
        self._started_s = monotonic()
        self._numbers = count()
        self._dice = Random(seed)  # noqa: S311
        self._background_tasks: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        """Seconds since the start."""
        return monotonic() - self._started_s

    async def answer(self, request: Request, peer: Peer) -> Response:
        """Let the node answer a request; the ``answer`` of `sim.http1.server.serve`.

        Parameters
        ----------
        request : Request
            As it was received.
        peer : Peer
            The client.

        Returns
        -------
        Response
            As it is sent.
        """
        number = next(self._numbers)
        world = LiveWorld(self, peer, number)
        response = None
        try:
            _, method, target, host, fields, size_bytes, _, body, _ = request
            draws = make_draws((0.0, 0, (), self._dice.random(), 0))
            numbered = make_request((number, method, target, host, fields, size_bytes, draws, body, ""))
            response = await self.node.handle(numbered, world)
            return _presentable(with_age(response), self.node.name, world.received_status)
        finally:
            if world.has_opened:
                await world.close_all_but(response.body if response else None)

    def begin_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a background task, and hold a reference to it until it is done."""
        task = asyncio.create_task(work)
        self._background_tasks.add(task)
        task.add_done_callback(self._background_tasks.discard)

    def is_in_background(self) -> bool:
        """Whether the running task is a background task."""
        return bool(self._background_tasks) and asyncio.current_task() in self._background_tasks

    async def finish(self, grace_s: float) -> None:
        """Wait for background tasks, cancel those that are left, and close the pool.

        Parameters
        ----------
        grace_s : float
            How long to wait, in seconds.
        """
        if self._background_tasks:
            await asyncio.wait(self._background_tasks, timeout=grace_s)
        for task in self._background_tasks:
            task.cancel()
        await asyncio.gather(*self._background_tasks, return_exceptions=True)
        await self.pool.close()


class LiveWorld:
    """The world of one exchange; see `sim.nodes.world.World`."""

    __slots__ = ("_live", "_number", "_opened", "_opened_in_background", "_peer", "received_status")

    def __init__(self, live: Live, peer: Peer, number: int) -> None:
        self._live = live
        self._peer = peer
        self._number = number
        self._opened: list[AsyncIterable[bytes]] = []
        self._opened_in_background: list[AsyncIterable[bytes]] = []
        self.received_status: int | None = None
        """Status of the last response from a next node; None without one."""

    @property
    def peer_ip(self) -> str:
        """Address of the client."""
        return self._peer.ip

    @property
    def epoch_s(self) -> float:
        """Wall-clock time of the start, in seconds since 1970."""
        return self._live.epoch_s

    def now(self) -> float:
        """Seconds since the start."""
        return self._live.now()

    async def serve(self, demand_s: float) -> bool:
        """Wait for as long as the work takes; in the foreground nothing queues for it."""
        await asyncio.sleep(demand_s)
        return True

    async def send(self, request: Request, edge: Edge, attempt: int = 0) -> Response:  # noqa: ARG002
        """Send a request; a failure is returned as a response that reports it."""
        self.received_status = None
        try:
            destination = await self._live.destinations(request, edge)
            header = self._live.pool.proxy_header(self._peer.ends) if self._live.pool.proxy_protocol else b""
            if destination.opens_tunnel:
                response = await self._live.pool.open_tunnel(destination.address, proxy_header=header)
            else:
                response = await self._live.pool.exchange(
                    ConnectionKey(destination.address, destination.tls, proxy_header=header),
                    OutgoingRequest(request, destination.absolute_form, self._peer.interim),
                )
        except UpstreamError as fault:
            return as_response(fault)
        self.received_status = response.status
        if is_stream(response.body):
            (self._opened_in_background if self._live.is_in_background() else self._opened).append(response.body)
        return response

    async def within(self, seconds: float, awaitable: Awaitable[T]) -> T:
        """Wait for something, but no longer."""
        try:
            async with asyncio.timeout(seconds):
                return await awaitable
        except TimeoutError as error:
            raise DeadlinePassedError from error

    async def wait(self, gate: Gate) -> None:
        """Wait until a gate is open."""
        if not gate.is_open:
            waiting = asyncio.get_running_loop().create_future()
            gate.waiting.append(waiting)
            await waiting

    def open(self, gate: Gate) -> None:
        """Open a gate."""
        gate.is_open = True
        for waiting in gate.waiting:
            if not waiting.done():
                waiting.set_result(None)
        gate.waiting.clear()

    def spawn(self, awaitable: Awaitable[object]) -> None:
        """Begin a background task."""
        self._live.begin_in_background(self._alone(awaitable))

    async def _alone(self, awaitable: Awaitable[object]) -> None:
        """Run a background task, and read what it fetched to the end: no client does."""
        try:
            await awaitable
            while self._opened_in_background:
                async for _ in self._opened_in_background.pop():
                    pass
        except UpstreamError as fault:
            log.info("background task: %s", fault)
        except Exception:
            log.exception("background task")
        finally:
            await close_all(self._opened_in_background)

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Report a numbered step, if a callable for that was given."""
        if self._live.on_step is not None:
            self._live.on_step(self._number, step, detail, stage)

    @property
    def has_opened(self) -> bool:
        """Whether the exchange has received streamed contents."""
        return bool(self._opened)

    async def close_all_but(self, wanted: object) -> None:
        """Close the streamed contents that the exchange received, except the one that it passes on."""
        await close_all([stream for stream in self._opened if stream is not wanted])


def _presentable(response: Response, name: str, received_status: int | None) -> Response:
    """Add the fields that report what the node did, and a line of text to an error without content."""
    if response.cache_status is CacheStatus.NONE and not response.error:
        return response
    received = None if received_status == response.status else received_status
    reported = response._replace(fields=(*response.fields, *status_fields(response, name, received_status=received)))
    if not response.error or response.body is not None:
        return reported
    text = f"{response.status}: {response.error}\n".encode()
    return reported._replace(fields=(*reported.fields, ("content-type", "text/plain")), body=text)

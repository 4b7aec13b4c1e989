"""A live world: one node, asked by whoever connects, in the time of the clock on the wall.

The node is the same object as in a simulation.  What it asks of its world is done here: to send is to use the
pool, to wait is to await, to step is to write a line if anybody wants it.
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
from sim.http1.pool import ConnectionKey, OutgoingRequest, Pool
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
Tell = Callable[[int, IntEnum, str, str], None]


class Live:
    """A node and all that its exchanges share.

    Parameters
    ----------
    node : Node
        The node.
    destinations : callable
        Says where its requests go.
    pool : Pool
        Its connections to there.
    tell : callable, optional
        Called with each numbered step: request id, step, detail and stage.
    seed : int
        Seed of the dice that a balancer may ask for.
    """

    def __init__(
        self,
        node: Node,
        destinations: ResolveDestination,
        pool: Pool,
        *,
        tell: Tell | None = None,
        seed: int = 1,
    ) -> None:
        self.node = node
        self.destinations = destinations
        self.pool = pool
        self.tell = tell
        self.epoch_s = time()
        self._started_s = monotonic()
        self._numbers = count()
        self._dice = Random(seed)  # noqa: S311
        self._aside: set[asyncio.Task[None]] = set()

    def now(self) -> float:
        """Seconds since the start."""
        return monotonic() - self._started_s

    async def answer(self, request: Request, peer: Peer) -> Response:
        """Have the node answer a request; what `sim.http1.server.serve` wants.

        Parameters
        ----------
        request : Request
            As it was received.
        peer : Peer
            From whom.

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

    def begin_aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin what nobody waits for; it is kept until it is done."""
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    def is_aside(self) -> bool:
        """Whether what runs now was started in the background."""
        return bool(self._aside) and asyncio.current_task() in self._aside

    async def finish(self, grace_s: float) -> None:
        """Wait for what was started in the background, then break it off, and close the pool.

        Parameters
        ----------
        grace_s : float
            How long to wait, in seconds.
        """
        if self._aside:
            await asyncio.wait(self._aside, timeout=grace_s)
        for task in self._aside:
            task.cancel()
        await asyncio.gather(*self._aside, return_exceptions=True)
        await self.pool.close()


class LiveWorld:
    """The world of one exchange; see `sim.nodes.world.World`."""

    __slots__ = ("_live", "_number", "_opened", "_opened_aside", "_peer", "received_status")

    def __init__(self, live: Live, peer: Peer, number: int) -> None:
        self._live = live
        self._peer = peer
        self._number = number
        self._opened: list[AsyncIterable[bytes]] = []
        self._opened_aside: list[AsyncIterable[bytes]] = []
        self.received_status: int | None = None
        """Status of the last answer that came from a next node; None if none came."""

    @property
    def peer_ip(self) -> str:
        """Address of the party that asked."""
        return self._peer.ip

    @property
    def epoch_s(self) -> float:
        """What the clock on the wall showed at the start."""
        return self._live.epoch_s

    def now(self) -> float:
        """Seconds since the start."""
        return self._live.now()

    async def serve(self, demand_s: float) -> bool:
        """Take as long as the work would."""
        await asyncio.sleep(demand_s)
        return True

    async def send(self, request: Request, edge: Edge, attempt: int = 0) -> Response:  # noqa: ARG002
        """Send a request; what goes wrong comes back as an answer that says so."""
        self.received_status = None
        try:
            way = await self._live.destinations(request, edge)
            said = self._live.pool.proxy_header(self._peer.ends) if self._live.pool.proxy_protocol else b""
            if way.opens_tunnel:
                response = await self._live.pool.open_tunnel(way.address, proxy_header=said)
            else:
                response = await self._live.pool.exchange(
                    ConnectionKey(way.address, way.tls, proxy_header=said),
                    OutgoingRequest(request, way.absolute_form, self._peer.interim),
                )
        except UpstreamError as fault:
            return as_response(fault)
        self.received_status = response.status
        if is_stream(response.body):
            (self._opened_aside if self._live.is_aside() else self._opened).append(response.body)
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
        """Begin something that nobody waits for."""
        self._live.begin_aside(self._alone(awaitable))

    async def _alone(self, awaitable: Awaitable[object]) -> None:
        """Do it, and read what it fetched to the end: nobody else does."""
        try:
            await awaitable
            while self._opened_aside:
                async for _ in self._opened_aside.pop():
                    pass
        except UpstreamError as fault:
            log.info("background task: %s", fault)
        except Exception:
            log.exception("task")
        finally:
            await close_all(self._opened_aside)

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Tell of a numbered step, where somebody wants to know."""
        if self._live.tell is not None:
            self._live.tell(self._number, step, detail, stage)

    @property
    def has_opened(self) -> bool:
        """Whether there is something to close."""
        return bool(self._opened)

    async def close_all_but(self, wanted: object) -> None:
        """Close what the exchange opened and does not pass on."""
        await close_all([stream for stream in self._opened if stream is not wanted])


def _presentable(response: Response, name: str, received_status: int | None) -> Response:
    """Give an answer the fields that tell what the node did, and an error without content a line for people."""
    if response.cache_status is CacheStatus.NONE and not response.error:
        return response
    received = None if received_status == response.status else received_status
    told = response._replace(fields=(*response.fields, *status_fields(response, name, received_status=received)))
    if not response.error or response.body is not None:
        return told
    text = f"{response.status}: {response.error}\n".encode()
    return told._replace(fields=(*told.fields, ("content-type", "text/plain")), body=text)

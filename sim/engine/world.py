"""Simulated time behind the ``World`` interface of the nodes.

A request is one coroutine: the client's ``handle`` awaits ``send``, which awaits the next node's ``handle``,
and so on to the backend.  ``send`` and ``serve`` are generator-based coroutines, so that an ``await`` of
them costs no frame of its own; all they yield is the time at which they want to go on.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from enum import IntEnum
from math import nan
from typing import Any, TypeVar, cast

from sim.engine.kernel import ARRIVE, DEADLINE, RETURN, Deadline, Interrupted, Kernel, Wait
from sim.engine.links import BACK, OUTWARD, ConnectionPool, Line
from sim.engine.stations import FifoStation, SharingStation
from sim.messages import Request, Response
from sim.nodes.world import DeadlinePassedError, Node, World
from sim.scenario.topology import Edge
from sim.trace.recorder import Recorder, pack_hop, pack_step

LOST = Response(0, (), 0, error="http_response_timeout")
"""What is taken down of an exchange on whose answer the sender gave up."""

T = TypeVar("T")
Station = FifoStation | SharingStation
Handle = Callable[[Request, World], Coroutine[Any, Any, Response]]


class Party:
    """A node with what belongs to it in this world.

    Parameters
    ----------
    node : Node
        Its behaviour.
    station : Station or None
        Its workers; None if its work takes no time.
    outbound_ip : str
        Address from which it opens connections; empty for clients, who have one each.
    """

    __slots__ = ("name", "node", "outbound_ip", "station", "step_codes")

    def __init__(self, node: Node, station: Station | None, outbound_ip: str) -> None:
        self.name = node.name
        self.node = node
        self.station = station
        self.outbound_ip = outbound_ip
        self.step_codes: dict[IntEnum, int] = {}


class Route:
    """An edge with what belongs to it in this world: the line, the connections, and who is at its end."""

    __slots__ = ("carry", "delay_s", "edge_index", "from_client", "handle", "is_shared", "pool", "receiver", "sender_ip")

    def __init__(self, edge: Edge, sender: Party, receiver: Party, pool: ConnectionPool) -> None:
        line = Line(edge)
        self.carry = None if line.is_plain else line.carry
        self.delay_s = edge.delay_s
        self.edge_index = edge.index
        self.from_client = not sender.outbound_ip
        self.is_shared = edge.shared
        self.handle: Handle = receiver.node.handle
        self.pool = None if pool.is_free else pool
        self.receiver = receiver
        self.sender_ip = sender.outbound_ip


class Journey:
    """What belongs to one client's request, wherever it is."""

    __slots__ = ("client", "client_ip", "coroutine", "hops", "request_id")

    def __init__(self, request_id: int, client: int, client_ip: str) -> None:
        self.request_id = request_id
        self.client = client
        self.client_ip = client_ip
        self.hops = 0
        self.coroutine: Generator[Wait, None, Response] | None = None


class SimulatedWorld:
    """All parties and routes on one clock.

    Parameters
    ----------
    kernel : Kernel
        The clock.
    recorder : Recorder
        Takes down what happens.
    parties : mapping of str to Party
        By the node's name.
    routes : sequence of Route
        By the edge's index.
    """

    def __init__(
        self, kernel: Kernel, recorder: Recorder, parties: Mapping[str, Party], routes: list[Route]
    ) -> None:
        self.kernel = kernel
        self.recorder = recorder
        self.write_hop = recorder.write_hop
        self.fields = recorder.fields
        self.words = recorder.words
        self.parties = parties
        self.routes = routes
        self.exchange: type[Exchange] = Exchange if recorder.has_steps else SilentExchange

    def start(self, request: Request, population: str, client: int, client_ip: str) -> Generator[Wait, None, Response]:
        """Make the coroutine of one request; whoever schedules it sends it on its way.

        Parameters
        ----------
        request : Request
            What the client asks for.
        population : str
            Name of the client's node.
        client : int
            The client's dense id.
        client_ip : str
            The client's address.

        Returns
        -------
        coroutine
            It yields waits, and returns the response.
        """
        party = self.parties[population]
        journey = Journey(request.request_id, client, client_ip)
        exchange = self.exchange(self, journey, -1, party, client_ip)
        coroutine = cast("Generator[Wait, None, Response]", party.node.handle(request, exchange))
        journey.coroutine = coroutine
        return coroutine


class Exchange:
    """The world as one exchange sees it: what a node is handed together with a request."""

    __slots__ = ("_index", "_journey", "_party", "_world", "peer_ip", "service_s", "waiting_s")

    def __init__(self, world: SimulatedWorld, journey: Journey, index: int, party: Party, peer_ip: str) -> None:
        self._world = world
        self._journey = journey
        self._index = index
        self._party = party
        self.peer_ip = peer_ip
        self.waiting_s = 0.0
        self.service_s = 0.0

    def now(self) -> float:
        """Seconds since the scenario's start."""
        return self._world.kernel.time_s

    def step(self, step: IntEnum, detail: str = "") -> None:
        """Take a step down."""
        world, journey, party = self._world, self._journey, self._party
        recorder = world.recorder
        code = party.step_codes.get(step)
        if code is None:
            code = party.step_codes[step] = recorder.step_codes[party.name, step]
        recorder.write_step(
            pack_step(world.kernel.time_s, journey.request_id, self._index, code, recorder.words[detail])
        )

    @types.coroutine
    def serve(self, demand_s: float) -> Generator[Wait, None, bool]:
        """Wait for a worker of this node and keep it; False if the queue is full."""
        station = self._party.station
        if station is None:
            raise RuntimeError(f"{self._party.name} has no workers")
        journey = self._journey
        kernel = self._world.kernel
        arrival_s = kernel.time_s
        admission = station.admit(demand_s, journey.request_id, journey.coroutine)
        if admission is None:
            return False
        wait, start_s = admission
        try:
            yield wait
        except Interrupted:
            station.give_up(journey.request_id)
            raise
        self.waiting_s += start_s - arrival_s
        self.service_s += kernel.time_s - start_s
        return True

    @types.coroutine
    def within(self, seconds: float, awaitable: Awaitable[T]) -> Generator[Wait, None, T]:
        """Wait for something, but no longer."""
        kernel, journey = self._world.kernel, self._journey
        deadline = Deadline(kernel, journey.request_id, journey.coroutine)
        kernel.schedule_at(kernel.time_s + seconds, DEADLINE, journey.request_id, deadline)
        try:
            return (yield from awaitable)
        except Interrupted as interrupted:
            if interrupted.deadline is deadline:
                raise DeadlinePassedError from None
            raise
        finally:
            deadline.call_off()

    @types.coroutine
    def send(self, request: Request, edge: Edge) -> Generator[Wait, None, Response]:
        """Send a request over an edge and wait for the whole answer."""
        world, journey = self._world, self._journey
        route = world.routes[edge.index]
        kernel, carry, pool = world.kernel, route.carry, route.pool
        index = journey.hops
        journey.hops = index + 1
        client = journey.client if route.from_client else 0
        sent_s = leaves_s = kernel.time_s
        received_s = answered_s = returned_s = nan
        connect_s, reused, response = 0.0, True, LOST
        inner = world.exchange(world, journey, index, route.receiver, route.sender_ip or journey.client_ip)
        try:
            if pool is not None:
                connect_s, reused = pool.take(sent_s, client)
                leaves_s += connect_s
            if carry is None:
                received_s = leaves_s + route.delay_s
            else:
                if connect_s:
                    yield leaves_s, RETURN
                line = 0 if route.is_shared else client
                received_s = carry(leaves_s, request.size_bytes, line, OUTWARD, request.draws.link_draw)
            yield received_s, ARRIVE
            response = yield from route.handle(request, inner)
            answered_s = kernel.time_s
            if carry is None:
                returned_s = answered_s + route.delay_s
            else:
                returned_s = carry(answered_s, response.size_bytes, line, BACK, request.draws.link_draw)
            yield returned_s, RETURN
        except Interrupted:
            response, returned_s = LOST, kernel.time_s
            received_s = received_s if received_s <= returned_s else nan
            raise
        else:
            if pool is not None:
                pool.give_back(answered_s, returned_s, client)
        finally:
            status, _, response_bytes, cache_status, _, error = response
            world.write_hop(
                pack_hop(
                    journey.request_id, index, self._index, route.edge_index, sent_s, received_s, answered_s, returned_s,
                    connect_s, 0.0, inner.waiting_s, inner.service_s, reused, request.size_bytes, response_bytes,
                    status, cache_status, world.fields[request[4]], world.words[error],
                )
            )  # fmt: skip
        return response


class SilentExchange(Exchange):
    """An exchange whose steps nobody takes down."""

    __slots__ = ()

    # Let it pass: a C function that takes one or two arguments and does nothing costs half of a Python one.
    step = {}.get  # type: ignore[assignment]

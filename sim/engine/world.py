"""Simulated time behind the ``World`` interface of the nodes.

A request is one coroutine: the client's ``handle`` awaits ``send``, which awaits the next node's ``handle``,
and so on to the backend.  ``send`` and ``serve`` are generator-based coroutines, so that an ``await`` of
them costs no frame of its own; what they yield is their next entry in the kernel's heap.

Only what another request can notice is an event.  Clients and backends *run ahead*: after a wait they touch no state
that requests share, so that they may go on at once, on the journey's own clock.  A journey that is ahead and comes to
something shared (a line, a pool of connections) first waits until the kernel has caught up.
"""

from __future__ import annotations

import types
from collections.abc import Awaitable, Coroutine, Generator, Sequence
from enum import IntEnum
from functools import partial
from math import nan
from typing import ClassVar, TypeVar, cast

from sim.engine.journey import BackgroundTask, Deadline, Interrupted, Journey
from sim.engine.kernel import ARRIVE, DEADLINE, DEPART, ISSUE, OPEN, RETURN, Kernel, Ranked, Wait
from sim.engine.network import SimulatedEdge, SimulatedNode
from sim.messages import Request, Response
from sim.nodes.world import DeadlinePassedError, Gate
from sim.rules.scalar import BACK, OUTWARD
from sim.scenario.topology import Edge
from sim.trace.recorder import Recorder, pack_hop

LOST = Response(0, (), 0, error="http_response_timeout")
"""What is recorded of an exchange when the sender did not wait for its answer."""

T = TypeVar("T")


class SimulatedWorld:
    """All nodes and edges on one clock.

    Parameters
    ----------
    kernel : Kernel
        The clock.
    recorder : Recorder
        Records what happens.
    nodes : sequence of SimulatedNode
        All of them; their attribute `world` is set.
    edges : sequence of SimulatedEdge
        By the edge's index.
    """

    __slots__ = ("edges", "exchange", "kernel", "recorder", "step_path", "words", "write_hop")

    def __init__(
        self, kernel: Kernel, recorder: Recorder, nodes: Sequence[SimulatedNode], edges: list[SimulatedEdge]
    ) -> None:
        self.kernel = kernel
        self.edges = edges
        self.exchange: type[SimulatedExchange] = SimulatedExchange if recorder.has_steps else SilentExchange
        self.recorder = recorder
        self.step_path = recorder.step_path
        self.write_hop = recorder.write_hop
        self.words = recorder.words
        for node in nodes:
            node.world = self
        for edge in edges:
            edge.numbering = recorder.fields

    def issue(self, issue_s: float, request: Request, node: SimulatedNode, client: int, client_ip: str) -> None:
        """Let a client issue a request.

        Parameters
        ----------
        issue_s : float
            When, in seconds; not before now.
        request : Request
            What the client asks for.
        node : SimulatedNode
            The client's population.
        client : int
            The client's dense id.
        client_ip : str
            The client's address.
        """
        journey = Journey()
        journey.request_id = request_id = request[0]
        journey.client = client
        journey.client_ip = client_ip
        journey.time_s = issue_s
        journey.hops = journey.bound = 0
        journey.step_path = self.step_path
        journey.moments_s = []
        journey.last_step_s = nan
        exchange = self.exchange()
        exchange.journey = journey
        exchange.node = node
        exchange.index = -1
        exchange.peer_ip = client_ip
        kernel = self.kernel
        if not node.issues_ahead:
            # Made only then: a run that is interrupted leaves no coroutine behind that was never started.
            journey.send = partial(_begin, journey, exchange, request)
            kernel.enter((issue_s, ISSUE, request_id, journey))
            return
        try:
            wait = _begin(journey, exchange, request)
        except StopIteration as stop:
            kernel.finished(journey, stop.value)
        else:
            if wait is not None:
                kernel.enter(wait)


def _begin(journey: Journey, exchange: SimulatedExchange, request: Request, _: None = None) -> Wait:
    """Start a client's coroutine; return its first wait."""
    coroutine: Coroutine[Wait, None, Response] = exchange.node.handle(request, exchange)
    journey.coroutine = coroutine
    journey.send = send = coroutine.send
    return send(None)


class SimulatedExchange:
    """The world as one exchange sees it: what a node is handed together with a request.

    It has no constructor, for the same reason as `Journey`.

    Attributes
    ----------
    journey : Journey
        The client's request for which it is made.
    node : SimulatedNode
        The node that is asked.
    index : int
        Number of the exchange within the journey; -1 for the client, which receives no request.
    peer_ip : str
        Address of the node that asked; for a client its own.
    waiting_s, service_s : float
        Time at the node's own workers, in seconds.
    """

    __slots__ = ("collapse_wait_s", "index", "journey", "node", "peer_ip", "service_s", "waiting_s")

    journey: Journey
    node: SimulatedNode
    index: int
    peer_ip: str
    waiting_s: float
    service_s: float
    collapse_wait_s: float

    epoch_s: ClassVar[float] = 0.0

    def now(self) -> float:
        """Seconds since the scenario's start."""
        return self.journey.time_s

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Record a step."""
        journey = self.journey
        step_path, time_s = journey.step_path, journey.time_s
        if time_s != journey.last_step_s:
            journey.last_step_s = time_s
            journey.moments_s.append(time_s)
            step_path = step_path.later
        journey.step_path = step_path[self.index, self.node.name, step, detail, stage]

    @types.coroutine
    def serve(self, demand_s: float) -> Generator[Wait, None, bool]:
        """Wait for a worker of this node and keep it; False if the queue is full."""
        node, journey = self.node, self.journey
        station = node.station
        if station is None:
            raise RuntimeError(f"{node.name} has no workers")
        arrival_s = journey.time_s
        admission = station.admit(arrival_s, demand_s, journey)
        if admission is None:
            return False
        start_s, departure_s = admission
        if departure_s is None or journey.bound or not node.runs_ahead:
            try:
                yield None if departure_s is None else (departure_s, DEPART, journey.request_id, journey)
            except Interrupted:
                station.leave(journey.time_s, journey)
                raise
            departure_s = node.world.kernel.time_s
        journey.time_s = departure_s
        if not journey.task or self._is_own(journey):
            self.waiting_s += start_s - arrival_s
            self.service_s += departure_s - start_s
        return True

    def _is_own(self, journey: Journey) -> bool:
        """Return whether a journey made this exchange, and is not a background task that was begun in it."""
        return not (isinstance(journey, BackgroundTask) and journey.exchange is self)

    @types.coroutine
    def _carried(
        self, request: Request, route: SimulatedEdge, ready_s: float, size_bytes: int, direction: int
    ) -> Generator[Wait, None, float]:
        """Send a message when it is ready, on a line that requests may share; return the time of its arrival."""
        if route.is_plain:
            return ready_s + route.delay_s
        journey = self.journey
        if ready_s > self.node.world.kernel.time_s:
            # The other end of the handshake returns, or a worker departs.
            kind = RETURN if direction == OUTWARD else DEPART
            yield ready_s, kind, journey.request_id, journey
        return route.line.arrival_s(ready_s, size_bytes, route.line_of(journey), direction, request.draws.link_draw)

    def _kind_ahead(self) -> int:
        """Return the kind of the moment to which a journey of a client or a backend has run ahead."""
        if not self.node.outbound_ip:
            return RETURN if self.journey.hops else ISSUE
        return DEPART

    @types.coroutine
    def wait(self, gate: Gate) -> Generator[Wait, None, None]:
        """Wait until a gate is open."""
        journey, kernel = self.journey, self.node.world.kernel
        if journey.time_s > kernel.time_s:
            yield journey.time_s, self._kind_ahead(), journey.request_id, journey
        if gate.is_open:
            return
        came_s = journey.time_s
        gate.waiting.append(journey)
        try:
            yield None
        except Interrupted:
            if journey in gate.waiting:
                gate.waiting.remove(journey)
            raise
        finally:
            journey.time_s = kernel.time_s
            if self.index >= 0 and self._is_own(journey):
                self.collapse_wait_s += journey.time_s - came_s

    def open(self, gate: Gate) -> None:
        """Open a gate: at once, or at the journey's own time if that has run ahead."""
        journey, kernel = self.journey, self.node.world.kernel
        if journey.time_s > kernel.time_s:
            opening = _Opening(kernel, gate, journey.task)
            kernel.enter((journey.time_s, self._kind_ahead(), journey.request_id, opening))
        else:
            _open(kernel, gate)

    def spawn(self, awaitable: Awaitable[object]) -> None:
        """Begin a background task, at the journey's own time."""
        world, coroutine = self.node.world, cast("Generator[Wait, None, object]", awaitable)
        journey = BackgroundTask(self.journey, self, coroutine, world.recorder)
        world.kernel.enter((journey.time_s, ISSUE, journey.request_id, journey))

    @types.coroutine
    def within(self, seconds: float, awaitable: Awaitable[T]) -> Generator[Wait, None, T]:
        """Wait for something, but no longer."""
        journey = self.journey
        kernel = self.node.world.kernel
        if journey.time_s > kernel.time_s:
            yield journey.time_s, self._kind_ahead(), journey.request_id, journey
        deadline = Deadline(kernel, journey)
        kernel.enter((journey.time_s + seconds, DEADLINE, journey.request_id, deadline))
        journey.bound += 1
        try:
            return (yield from cast("Generator[Wait, None, T]", awaitable))
        except Interrupted as interrupted:
            if interrupted.deadline is deadline:
                raise DeadlinePassedError from None
            raise
        finally:
            journey.bound -= 1
            deadline.call_off()

    @types.coroutine
    def send(self, request: Request, edge: Edge, attempt: int = 0) -> Generator[Wait, None, Response]:
        """Send a request over an edge and wait for the whole answer."""
        journey = self.journey
        world = self.node.world
        route = world.edges[edge.index]
        request_id, is_shared = journey.request_id, route.is_shared
        inner = world.exchange()
        inner.journey = journey
        inner.node = route.receiver
        inner.index = journey.hops
        inner.peer_ip = route.sender_ip or journey.client_ip
        inner.waiting_s = inner.service_s = inner.collapse_wait_s = 0.0
        journey.hops += 1
        sent_s = journey.time_s
        received_s = answered_s = returned_s = nan
        connect_s, reused = 0.0, True
        response: Response = LOST
        try:
            if is_shared:
                if sent_s > world.kernel.time_s:
                    yield sent_s, self._kind_ahead(), request_id, journey
                connect_s, reused = route.connect(sent_s, journey)
                received_s = yield from self._carried(request, route, sent_s + connect_s, request.size_bytes, OUTWARD)
            else:
                received_s = sent_s + route.delay_s
            yield received_s, ARRIVE, request_id, journey
            journey.time_s = received_s
            response = yield from route.handle(request, inner)
            answered_s = journey.time_s
            if is_shared:
                returned_s = yield from self._carried(request, route, answered_s, response.size_bytes, BACK)
            else:
                returned_s = answered_s + route.delay_s
            if journey.bound or not route.returns_ahead:
                yield returned_s, RETURN, request_id, journey
            journey.time_s = returned_s
            if is_shared:
                route.keep(answered_s, returned_s, journey)
        except Interrupted:
            response, returned_s = LOST, journey.time_s
            received_s = received_s if received_s <= returned_s else nan
            raise
        finally:
            status, _, response_bytes, cache_status, _, error, _ = response
            fields, host, proxied_for = request.fields, request.host, request.proxied_for
            world.write_hop(
                pack_hop(
                    request_id, sent_s, received_s, answered_s, returned_s,
                    connect_s, inner.waiting_s, inner.service_s, inner.collapse_wait_s,
                    request.size_bytes, response_bytes, inner.index, self.index,
                    route.number
                    if fields is route.fields and host is route.host and proxied_for is route.proxied_for
                    else route.number_of(fields, host, proxied_for),
                    route.edge_index, world.words[error] if error else 0,
                    status, journey.task, attempt, cache_status, reused,
                )
            )  # fmt: skip
        return response


def _open(kernel: Kernel, gate: Gate) -> None:
    gate.is_open = True
    waiting, gate.waiting = gate.waiting, []
    for journey in waiting:
        kernel.enter((kernel.time_s, OPEN, journey.request_id, journey))


class _Opening(Ranked):
    """Opens a gate when the clock has come to the time of a journey that had run ahead, before that goes on itself."""

    __slots__ = ("gate", "kernel", "task")

    made = -1

    def __init__(self, kernel: Kernel, gate: Gate, task: int) -> None:
        self.kernel, self.gate, self.task = kernel, gate, task

    def send(self, _: None) -> Wait:
        _open(self.kernel, self.gate)
        return None


class SilentExchange(SimulatedExchange):
    """An exchange whose steps are not recorded."""

    __slots__ = ()

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Let it pass."""

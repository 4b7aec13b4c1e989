"""The scenario's world over real sockets: what a node asks of it is done on loopback, in the time of the machine.

A client's request is a task; it sends over its pool of connections to the next node's server, whose connection's task
asks that node, and so on to the backend.  All of them are in one program on one event loop, so that one clock measures
everything and what each end knows of an exchange can be recorded together (`sim.lab.hop`).  All messages, and the
addresses that the nodes see of each other, go through the kernel.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from enum import IntEnum
from typing import TypeVar, cast
from urllib.parse import urlsplit

from sim.http1.connecting import Tls
from sim.http1.errors import RefusedError, UpstreamError, as_response
from sim.http1.pool import ConnectionKey, OutgoingRequest
from sim.http1.server import Peer
from sim.http1.wire import with_age
from sim.lab.addresses import Addresses
from sim.lab.clock import Clock
from sim.lab.encryption import Encryption, name_in_the_clear
from sim.lab.filler import filled_request, filled_response, filling, marked, take_mark, whole
from sim.lab.hop import Hop, LabEdge, ObservedAddresses, fields_alike
from sim.lab.journey import BackgroundJourney, Journey
from sim.lab.lab_node import LabNode
from sim.messages import CacheStatus, Request, Response
from sim.nodes.world import DeadlinePassedError, Gate
from sim.rules.proxy_protocol import ProxiedAddresses
from sim.rules.status import status_fields
from sim.scenario.topology import Edge
from sim.trace.recorder import Recorder

T = TypeVar("T")

MOST_DISCREPANCIES = 20


class Lab:
    """All nodes and lines on one clock.

    Parameters
    ----------
    clock : Clock
        The clock.
    recorder : Recorder
        Takes down what happens.
    addresses : Addresses
        The scenario's addresses on this machine.
    nodes : mapping of str to LabNode
        By name.
    routes : list of LabEdge
        By the edge's index.
    encryption : Encryption, optional
        Certificates, where any link is under TLS.

    Attributes
    ----------
    ends : dict
        Addresses of each exchange's two ends, by request and number, as the kernel reported them.
    surprises : list of str
        Where what was received was not what had been sent.
    """

    def __init__(
        self,
        clock: Clock,
        recorder: Recorder,
        addresses: Addresses,
        nodes: dict[str, LabNode],
        routes: list[LabEdge],
        encryption: Encryption | None = None,
    ) -> None:
        self.clock = clock
        self.recorder = recorder
        self.addresses = addresses
        self.nodes = nodes
        self.routes = routes
        self.encryption = encryption
        self.ends: dict[tuple[int, int], ObservedAddresses] = {}
        self.discrepancies: list[str] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self._hops_in_flight: dict[tuple[int, int], Hop] = {}
        self._route_of = {(route.edge.sender, route.edge.receiver): route for route in routes}

    async def issue(self, journey: Journey, node: LabNode) -> float:
        """Issue a client's request, and wait for the response.

        Parameters
        ----------
        journey : Journey
            The request.
        node : LabNode
            The client's population.

        Returns
        -------
        float
            When the client had the whole answer, in seconds.
        """
        request = filled_request(journey.request)
        response = await node.ask(request, LabWorld(self, node, journey, None, journey.client_ip))
        self.recorder.ended(journey, response)
        return journey.time_s

    # the sender's side

    async def carry(self, hop: Hop) -> Response:
        """Send a request and wait for the whole answer, as its sender."""
        self._hops_in_flight[hop.journey.request_id, hop.index] = hop
        receiver = self.nodes[hop.route.edge.receiver]
        pool = self.nodes[hop.route.edge.sender].pool(hop.route, hop.journey.client)
        try:
            if receiver.is_product:
                await hop.arrive(is_reused=not hop.route.terms.has_handshake or pool.idle_connections > 0)
            said = pool.proxy_header(self._told(hop)) if hop.route.proxy_version else b""
            response = await pool.exchange(
                ConnectionKey(receiver.place_for(hop.route), self._tls(hop), proxy_header=said),
                OutgoingRequest(
                    marked(hop.request, (hop.journey.request_id, hop.index)), receiver.speaks_absolute_form
                ),
                hop.facts,
            )
            response = response._replace(body=await whole(response))
        except UpstreamError as fault:
            failure = as_response(fault)
            hop.failed(failure)
            return failure
        finally:
            del self._hops_in_flight[hop.journey.request_id, hop.index]
        if receiver.is_product:
            self._note_product_response(hop, receiver, response)
        await hop.come_back()
        told = hop.response
        return response._replace(
            size_bytes=told.size_bytes, cache_status=told.cache_status, age_s=told.age_s, error=told.error
        )

    def _told(self, hop: Hop) -> ProxiedAddresses:
        """Return the addresses of a PROXY header; without ports, so that all connections for one client are alike."""
        ip, sender = hop.request.proxied_for, self.nodes[hop.route.edge.sender]
        here = self.addresses.client(hop.journey.client) if ip == hop.journey.client_ip else self.addresses.here(ip)
        return ProxiedAddresses(here, sender.inbound_ip, 0, 0)

    def _tls(self, hop: Hop) -> Tls | None:
        """Return what an exchange's link needs for TLS; None if it is plain."""
        edge = hop.route.edge
        if self.encryption is None or not edge.tls:
            return None
        receiver, host = self.nodes[edge.receiver], urlsplit(hop.request.target).hostname or ""
        return self.encryption.between(edge, host, receiver.place[0], to_proxy=receiver.speaks_absolute_form)

    def _note_product_response(self, hop: Hop, receiver: LabNode, response: Response) -> None:
        """Record a product's response, of which only the messages of the lab's own nodes are known."""
        hop.journey.catch_up()
        local, remote = hop.facts.local[0], hop.facts.remote[0]
        hop.ends = ObservedAddresses(self.addresses.there(local), self.addresses.there(remote))
        status = CacheStatus.NONE
        if receiver.has_cache:
            status = CacheStatus.URI_MISS if hop.inner else CacheStatus.HIT
        hop.answered(response._replace(cache_status=status, size_bytes=_size_as_drawn(hop, response)))
        # The product's own time: all of it that it did not spend waiting for next nodes.
        waited_s = sum(inner.returned_s - inner.sent_s for inner in hop.inner)
        hop.service_s = max(0.0, hop.answered_s - hop.received_s - waited_s)

    def finish(self, hop: Hop) -> None:
        """Record a finished exchange."""
        if hop.ends is not None:
            self.ends[hop.journey.request_id, hop.index] = hop.ends
        hop.write(self.recorder)

    # the receiver's side

    async def answer(self, node: LabNode, request: Request, peer: Peer) -> Response:
        """Let a node answer a request that its server received.

        Parameters
        ----------
        node : LabNode
            The node.
        request : Request
            As it was received.
        peer : Peer
            The connection's peer.

        Returns
        -------
        Response
            With all its content.
        """
        mark, request = take_mark(request._replace(body=await whole(request)))
        if mark is None:
            raise RefusedError(403, "this belongs to no exchange of the lab")
        known = self._hops_in_flight.get(mark)
        if known is None:
            raise ConnectionAbortedError("its sender has given up")
        ends = self._ends(node, peer)
        if peer.proxied_by is not None:
            request = request._replace(proxied_for=self.addresses.there(peer.ip))
        if known.route.edge.receiver == node.name:
            hop, is_kept = known, known.facts.is_reused
            self._compare_handshakes(hop, peer)
            request = _in_the_scenarios_scheme(request)
            self._compare(hop, request)
            hop.received = request
        else:  # from a product, whose addresses are this machine's
            hop, is_kept = self._from_a_product(known, node, request), not node.is_new(peer)
        hop.ends, hop.task = ends, cast("asyncio.Task[None]", asyncio.current_task())
        await hop.arrive(is_reused=is_kept or not hop.route.terms.has_handshake)
        response = await self._asked(hop, node, ends.source_ip)
        if hop is not known and not hop.is_over:
            await hop.come_back()
            self.finish(hop)
        return response

    def _ends(self, node: LabNode, peer: Peer) -> ObservedAddresses:
        """Return the addresses of a connection's own ends; with a PROXY header, the peer is the proxy in front."""
        ips = (peer.proxied_by[0], node.inbound_ip) if peer.proxied_by else (peer.ip, peer.local_ip)
        return ObservedAddresses(*map(self.addresses.there, ips))

    async def _asked(self, hop: Hop, node: LabNode, peer_ip: str) -> Response:
        journey, request = hop.journey, hop.received
        complete = request._replace(
            request_id=journey.request_id, draws=journey.request.draws, size_bytes=hop.request.size_bytes
        )
        response = await node.ask(complete, LabWorld(self, node, journey, hop, peer_ip))
        hop.answered(response)
        sent = with_age(filled_response(response, request.method))
        return sent._replace(fields=(*sent.fields, *status_fields(response, node.name)))

    def _compare(self, hop: Hop, request: Request) -> None:
        """Compare the received request with the one that was sent."""
        sent = hop.request
        told = (request.method, request.target, request.host, request.proxied_for)
        wanted = (sent.method, sent.target, sent.host, sent.proxied_for)
        if told != wanted or not fields_alike(sent.fields, request.fields):
            self.note_discrepancy(
                f"request {hop.journey.request_id}, exchange {hop.index}: sent {wanted}, received {told}"
            )

    def _compare_handshakes(self, hop: Hop, peer: Peer) -> None:
        """Compare the handshake, as the receiver saw it, with the scenario's link."""
        told = ("", "") if peer.tls is None else (peer.tls.version, peer.tls.sni.lower())
        edge = hop.route.edge
        wanted = (f"TLSv{edge.tls}" if edge.tls else "", name_in_the_clear(self._tls(hop)))
        if told != wanted:
            self.note_discrepancy(
                f"request {hop.journey.request_id}, exchange {hop.index}: handshake {told}, not {wanted}"
            )

    def note_discrepancy(self, what: str) -> None:
        """Note a difference that must not occur; the first few are kept."""
        if len(self.discrepancies) < MOST_DISCREPANCIES:
            self.discrepancies.append(what)

    def _from_a_product(self, known: Hop, node: LabNode, request: Request) -> Hop:
        """Begin the exchange in which a product forwards a request."""
        sender = known.route.edge.receiver
        known.journey.catch_up()
        route = self._route_of[sender, node.name]
        fields = tuple((name, self.addresses.in_words(value)) for name, value in request.fields)
        sent = request._replace(fields=fields, size_bytes=known.request.size_bytes)
        hop = Hop(known.journey, known.index, route, sent)
        known.inner.append(hop)
        return hop


def _in_the_scenarios_scheme(request: Request) -> Request:
    """Name the target as the scenario does, whose targets are http's however they are asked for."""
    scheme, separator, rest = request.target.partition("://")
    return request._replace(target=f"http://{rest}") if separator and scheme == "https" else request


def _size_as_drawn(hop: Hop, response: Response) -> int:
    """Return the drawn size of a backend's response if a product passed that on, adding fields of its own."""
    drawn_bytes = hop.journey.request.draws.response_bytes
    if isinstance(response.body, bytes) and len(response.body) == len(filling(drawn_bytes)):
        return drawn_bytes
    return hop.inner[-1].response.size_bytes if hop.inner else response.size_bytes


class LabWorld:
    """The world as one exchange sees it; see `sim.nodes.world.World`.

    Parameters
    ----------
    lab : Lab
        All that is shared.
    node : LabNode
        The node that handles the request.
    journey : Journey
        The journey of the client's request.
    hop : Hop or None
        The exchange; None for a client.
    peer_ip : str
        Address of the node that asked; for a client its own.
    """

    __slots__ = ("_background_tasks", "_hop", "_journey", "_lab", "_node", "peer_ip")

    def __init__(self, lab: Lab, node: LabNode, journey: Journey, hop: Hop | None, peer_ip: str) -> None:
        self._lab = lab
        self._node = node
        self._journey = journey
        self._hop = hop
        self.peer_ip = peer_ip
        self._background_tasks: dict[asyncio.Task[None], BackgroundJourney] = {}

    @property
    def epoch_s(self) -> float:
        """What the clock on the wall showed at the start."""
        return self._lab.clock.epoch_s

    @property
    def _current(self) -> Journey:
        """The journey of the running task: the client's request, or a background task."""
        if self._background_tasks:
            task = asyncio.current_task()
            if task in self._background_tasks:
                return self._background_tasks[task]
        return self._journey

    @property
    def _index(self) -> int:
        return -1 if self._hop is None else self._hop.index

    def now(self) -> float:
        """Seconds since the scenario's start."""
        return self._current.time_s

    def step(self, step: IntEnum, detail: str = "", stage: str = "") -> None:
        """Record a step."""
        self._current.tell(self._index, self._node.name, step, detail, stage)

    async def serve(self, demand_s: float) -> bool:
        """Wait for one of the node's own workers and keep it for the demand; False if the queue was full."""
        journey = self._current
        served = await self._node.station.serve(journey, demand_s)
        if served is None:
            return False
        if self._hop is not None and journey is self._journey:
            self._hop.waiting_s += served.waiting_s
            self._hop.service_s += served.service_s
        return True

    async def send(self, request: Request, edge: Edge, attempt: int = 0) -> Response:
        """Send a request over an edge and wait for the whole answer."""
        journey, lab = self._current, self._lab
        hop = Hop(journey, self._index, lab.routes[edge.index], request, attempt)
        if self._hop is not None and journey is self._journey:
            self._hop.inner.append(hop)
        try:
            response = await lab.carry(hop)
        except asyncio.CancelledError:
            hop.give_up(lab.clock.now(), lab.finish)
            raise
        lab.finish(hop)
        return response

    async def within(self, seconds: float, awaitable: Awaitable[T]) -> T:
        """Wait for something, but no longer; DeadlinePassedError if it is not done by then."""
        deadline_s = self._lab.clock.on_loop(self._current.due_s + seconds)
        try:
            async with asyncio.timeout_at(deadline_s):
                return await awaitable
        except TimeoutError:
            raise DeadlinePassedError from None

    async def wait(self, gate: Gate) -> None:
        """Wait until a gate is open."""
        if gate.is_open:
            return
        journey = self._current
        came_s = journey.time_s
        waiting = asyncio.get_running_loop().create_future()
        gate.waiting.append(waiting)
        try:
            await waiting
        finally:
            journey.catch_up()
            if self._hop is not None and journey is self._journey:
                self._hop.collapse_wait_s += journey.time_s - came_s

    def open(self, gate: Gate) -> None:
        """Open a gate: all who wait there go on."""
        gate.is_open = True
        waiting, gate.waiting = gate.waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    def spawn(self, awaitable: Awaitable[object]) -> None:
        """Begin a background task."""
        journey = BackgroundJourney(self._current)
        task = asyncio.create_task(self._alone(awaitable, journey))
        self._background_tasks[task] = journey
        self._lab.tasks.add(task)
        task.add_done_callback(self._lab.tasks.discard)

    async def _alone(self, awaitable: Awaitable[object], journey: BackgroundJourney) -> None:
        await awaitable
        self._lab.recorder.task_ended(journey)

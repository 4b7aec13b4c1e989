"""The nodes of a scenario in the lab: each node with its server, its workers and its connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from math import inf
from types import MappingProxyType

from sim.errors import SimError
from sim.http1.certificates import TlsContext
from sim.http1.endpoints import Networks
from sim.http1.limits import DEFAULT_LIMITS, Limits
from sim.http1.pool import Address, ConnectionPool
from sim.http1.server import Peer, Server
from sim.lab.addresses import Addresses
from sim.lab.clock import Clock
from sim.lab.encryption import Encryption
from sim.lab.hop import LabEdge
from sim.lab.lab_stations import LabFifo, LabSharing, LabStation
from sim.messages import Request, Response
from sim.nodes.world import Node, World
from sim.scenario import schema

GRACE_S = 2.0
"""How long a server waits for its connections at the end, in seconds."""

LIMITS = replace(DEFAULT_LIMITS, connections=1_000_000, answer_timeout_s=inf, total_timeout_s=inf, head_bytes=1 << 20)
"""No bounds of the lab's own: the scenario has the timeouts."""

NOBODY: Mapping[str, Networks] = MappingProxyType({})

Answer = Callable[["LabNode", Request, Peer], Awaitable[Response]]


class LabNode:
    """A node with what belongs to it in the lab.

    Parameters
    ----------
    node : Node or None
        Its behaviour; None for a real product.
    name : str
        Its name in the scenario.
    settings : Client, ForwardProxy, ReverseProxy or Backend
        Its part of the scenario.
    addresses : Addresses
        The scenario's addresses on this machine.
    clock : Clock
        The lab's clock.

    Attributes
    ----------
    place : tuple of str and int
        IP address and port of its plain listener.
    places : dict
        Its other listeners, by TLS version and whether connections begin with a PROXY header.
    is_product : bool
        Whether it is a real product.
    """

    def __init__(self, node: Node | None, name: str, settings: schema.Node, addresses: Addresses, clock: Clock) -> None:
        self.name = name
        self.place: Address = ("", 0)
        self.places: dict[tuple[str, bool], Address] = {}
        self.is_product = node is None
        self.speaks_absolute_form = isinstance(settings, schema.ForwardProxy)
        self.has_cache = getattr(settings, "cache", None) is not None
        self._node = node
        self._settings = settings
        self._addresses = addresses
        self._station = _station(settings, clock)
        self._servers: list[Server] = []
        self._pools: dict[tuple[int, int], ConnectionPool] = {}
        self._met: set[Address] = set()

    def ask(self, request: Request, world: World) -> Awaitable[Response]:
        """Ask the node."""
        if self._node is None:
            raise RuntimeError(f"{self.name} is a real product")
        return self._node.handle(request, world)

    @property
    def station(self) -> LabStation:
        """Its workers."""
        if self._station is None:
            raise RuntimeError(f"{self.name} has no workers")
        return self._station

    async def open(
        self,
        answer: Answer,
        encryption: Encryption | None = None,
        versions: Iterable[str] = (),
        proxies_in_front: Mapping[str, Networks] = NOBODY,
    ) -> None:
        """Listen at the node's address, on free ports, unless it is a client or a product.

        Parameters
        ----------
        answer : callable
            Answers requests.
        encryption : Encryption, optional
            Certificates, where any link is under TLS.
        versions : iterable of str
            TLS versions of its links.
        proxies_in_front : mapping of str to tuple of network
            Addresses of the proxies that send PROXY headers, by TLS version.
        """
        if isinstance(self._settings, schema.Client) or self.is_product:
            return
        self.place = await self._listen(self._settings, answer, None)
        doors: list[tuple[str, Networks | None]] = [(version, None) for version in versions]
        for version, proxied_by in [*doors, *proxies_in_front.items()]:
            context = encryption.server_context(version) if encryption is not None and version else None
            place = await self._listen(self._settings, answer, context, proxied_by)
            self.places[version, proxied_by is not None] = place

    async def _listen(
        self,
        settings: schema.Proxy | schema.Backend,
        answer: Answer,
        context: TlsContext | None,
        proxies_in_front: Networks | None = None,
    ) -> Address:
        limits = replace(LIMITS, idle_timeout_s=settings.connections.idle_timeout_s)

        async def answered(request: Request, peer: Peer) -> Response:
            return await answer(self, request, peer)

        server = Server(answered, limits, context, proxies_in_front=proxies_in_front)
        self._servers.append(server)
        ip = self._addresses.here(settings.address)
        try:
            await server.start(ip, 0)
        except OSError as error:
            raise SimError(
                f"cannot listen at {ip}: {error.strerror}",
                hint="the lab needs Linux, where every address of 127.0.0.0/8 is the machine's own",
            ) from error
        return server.ip, server.port

    async def close(self) -> None:
        """Close its connections and stop its server."""
        for pool in self._pools.values():
            await pool.close()
        for server in self._servers:
            await server.stop(GRACE_S)

    def is_new(self, peer: Peer) -> bool:
        """Whether a peer's connection is seen for the first time."""
        place = peer.proxied_by or (peer.ip, peer.port)
        if place in self._met:
            return False
        self._met.add(place)
        return True

    def place_for(self, route: LabEdge) -> Address:
        """Return where it listens for connections over a route."""
        return self.places.get((route.edge.tls, route.proxy_version > 0), self.place)

    def pool(self, route: LabEdge, client: int) -> ConnectionPool:
        """Return the pool of connections over an edge; each client of a population has one, from its own address.

        Where connections begin with a PROXY header there is one for each client too, as in simulated time.

        Parameters
        ----------
        route : LabEdge
            The edge, of which this is the sender.
        client : int
            Number of the client whose request is sent.

        Returns
        -------
        ConnectionPool
            Made when it is first asked for.
        """
        owner = client if route.terms.per_client else -1
        key = (route.edge.index, owner)
        if key not in self._pools:
            source_ip = self._addresses.client(owner) if route.terms.of_clients else self.outbound_ip
            limits = _pool_limits(self._settings.connections, keeps=route.terms.keeps)
            self._pools[key] = ConnectionPool(source_ip, limits, route.proxy_version)
        return self._pools[key]

    @property
    def inbound_ip(self) -> str:
        """The address here at which it is reached; clients have none."""
        return "" if isinstance(self._settings, schema.Client) else self._addresses.here(self._settings.address)

    @property
    def outbound_ip(self) -> str:
        """The address here from which it opens connections; a client's own is another one for each."""
        settings = self._settings
        outbound = settings.outbound_address if isinstance(settings, schema.Proxy) else None
        return self._addresses.here(outbound or settings.address)  # type: ignore[union-attr]


def _station(settings: schema.Node, clock: Clock) -> LabStation | None:
    if isinstance(settings, schema.Backend):
        if settings.discipline == "fifo":
            return LabFifo(settings.workers, settings.queue_capacity)
        return LabSharing(clock, settings.workers, settings.queue_capacity)
    if isinstance(settings, schema.Proxy) and settings.has_work:
        return LabFifo(settings.workers)
    return None


def _pool_limits(connections: schema.Connections, *, keeps: bool) -> Limits:
    return replace(LIMITS, max_idle=connections.max_idle if keeps else 0, idle_timeout_s=connections.idle_timeout_s)

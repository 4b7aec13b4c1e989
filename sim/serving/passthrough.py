"""TLS relayed unread: the first handshake message names the server, and the name chooses the destination."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sim.http1.endpoints import Networks
from sim.http1.errors import UpstreamError
from sim.http1.limits import DEFAULT_LIMITS, Limits
from sim.http1.pool import Address, ConnectionPool
from sim.http1.server import Done, Peer, Server
from sim.http1.stream import SilenceError, Stream
from sim.http1.tunnel import Tunnel, relay
from sim.messages import NO_FIELDS, Request, Response
from sim.rules.client_hello import ClientHelloError, read_client_hello

Route = Callable[[str, str], Awaitable[Address]]
"""Returns the address for a server name and a client's address; raises UpstreamError where there is none."""

_UNRECOGNIZED_NAME = b"\x15\x03\x03\x00\x02\x02\x70"
"""The alert ``unrecognized_name``, fatal (RFC 6066 section 3)."""


async def _no_answer(_: Request, __: Peer) -> Response:
    return Response(501, NO_FIELDS, 0)


class PassthroughServer(Server):
    """A server that relays connections by server name, and holds no key.

    Parameters
    ----------
    route : callable
        Returns the destination of a server name.
    pool : ConnectionPool
        Opens the connections to the destinations.
    limits : Limits
        Bounds on connections and times.
    on_done : callable, optional
        Called after each connection, as after a CONNECT to the name.
    proxies_in_front : tuple of network, optional
        Proxies in front, which begin each connection with a PROXY header.
    """

    def __init__(
        self,
        route: Route,
        pool: ConnectionPool,
        limits: Limits = DEFAULT_LIMITS,
        on_done: Callable[[Done], None] | None = None,
        proxies_in_front: Networks | None = None,
    ) -> None:
        super().__init__(_no_answer, limits, on_done=on_done, proxies_in_front=proxies_in_front)
        self.route = route
        self.pool = pool

    def _connection(self, stream: Stream) -> _Passage:
        return _Passage(self, stream)


class _Passage:
    """One client's connection."""

    def __init__(self, server: PassthroughServer, stream: Stream) -> None:
        self._server = server
        self._stream = stream
        self._peer_ip = stream.ends.source_ip
        self.is_idle = True

    def leave(self) -> None:
        """Close the connection while nothing has been received."""
        self._stream.close()

    def turn_away(self) -> None:
        """Close the connection: before a handshake there is nothing to send."""
        self._stream.close()

    async def converse(self) -> None:
        """Read the first handshake message, then relay."""
        try:
            await self._pass()
        except (ConnectionError, SilenceError, ClientHelloError):
            self._stream.abort()
        finally:
            await self._stream.gone(self._server.limits.write_timeout_s)

    async def _pass(self) -> None:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        early = b""
        while (hello := read_client_hello(early)) is None:
            data = await self._stream.read(started_s + self._server.limits.head_timeout_s)
            if not data:
                return
            self.is_idle = False
            early += data
        response = await self._open(hello.server_name)
        if isinstance(response.body, Tunnel):
            await relay(self._stream, early, response.body)
        else:
            self._stream.write(_UNRECOGNIZED_NAME)
        if self._server.on_done is not None:
            asked = Request(0, "TLS", hello.server_name or "(no name)", hello.server_name, NO_FIELDS)
            seconds = loop.time() - started_s
            done = Done(self._peer_ip, asked, response, response.status, self._stream.sent_bytes, seconds)
            self._server.on_done(done)

    async def _open(self, name: str) -> Response:
        try:
            address = await self._server.route(name, self._peer_ip)
            header = self._server.pool.proxy_header(self._stream.ends)
            return await self._server.pool.open_tunnel(address, proxy_header=header)
        except UpstreamError as fault:
            return Response(502, NO_FIELDS, 0, error=fault.error)


@asynccontextmanager
async def serve_passthrough(
    route: Route, pool: ConnectionPool, ip: str, port: int, *, limits: Limits = DEFAULT_LIMITS
) -> AsyncIterator[PassthroughServer]:
    """Relay TLS for as long as the block lasts.

    Parameters
    ----------
    route : callable
        Returns the destination of a server name.
    pool : ConnectionPool
        Opens the connections to the destinations.
    ip : str
        Address to listen at.
    port : int
        Port to listen at; 0 takes a free one.
    limits : Limits
        Bounds on connections and times.

    Yields
    ------
    PassthroughServer
        With the real port.
    """
    server = PassthroughServer(route, pool, limits)
    await server.start(ip, port)
    try:
        yield server
    finally:
        await server.stop()

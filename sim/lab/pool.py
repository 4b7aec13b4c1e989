"""A pool of connections to the next nodes: requests out, responses in (RFC 9112 section 9.3).

A connection is bound to the pool's source address, kept while it is idle, and used again.  A kept connection
may be closed by its other end at any moment: a request that may be repeated (RFC 9110 section 9.2.2) is then
sent once more on a new one, if not one byte of an answer had come.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from sim.lab.faults import UpstreamError
from sim.lab.limits import DEFAULT_LIMITS, Limits
from sim.lab.stream import Stream
from sim.lab.tunnel import Tunnel
from sim.lab.upstream import Exchange, StaleError, Upstream
from sim.messages import Fields, Request, Response

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Methods that may be repeated without asking (RFC 9110 section 9.2.2)."""

CLOSE_S = 2.0
"""How long an orderly end of a connection may take."""

Address = tuple[str, int]


@dataclass(slots=True)
class Facts:
    """What a trace wants to know about one exchange; filled in as it goes on.

    Attributes
    ----------
    connect_s, tls_s : float
        Time spent on opening the connection and on its TLS handshake, in seconds; 0 if it was reused.
    is_reused : bool
        Whether a kept connection was used.
    local, remote : tuple of str and int
        Addresses of the connection's two ends.
    is_repeated : bool
        Whether the request was sent twice, since a kept connection was closed.
    """

    connect_s: float = 0.0
    tls_s: float = 0.0
    is_reused: bool = False
    local: Address = ("", 0)
    remote: Address = ("", 0)
    is_repeated: bool = False


class Tls(NamedTuple):
    """How a connection is put under TLS: whom the client trusts, and the server name that it asks for."""

    context: ssl.SSLContext
    server_name: str


class _Way(NamedTuple):
    """What two requests must have in common to go over the same connection."""

    address: Address
    tls: Tls | None
    tunnel: str


class Pool:
    """Connections of one node to whomever it asks.

    Parameters
    ----------
    source_ip : str
        Address from which connections are opened; empty leaves it to the kernel.
    limits : Limits
        Times, sizes, and how many idle connections are kept.
    """

    def __init__(self, source_ip: str = "", limits: Limits = DEFAULT_LIMITS) -> None:
        self._source_ip = source_ip
        self._limits = limits
        self._idle: dict[_Way, list[Upstream]] = {}
        self._open: set[Stream] = set()
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None

    async def send(
        self,
        request: Request,
        address: Address,
        *,
        tls: Tls | None = None,
        absolute_form: bool = False,
        tunnel: str = "",
        facts: Facts | None = None,
        on_interim: Callable[[int, Fields], None] | None = None,
    ) -> Response:
        """Send a request and wait for the head of its answer.

        Parameters
        ----------
        request : Request
            The request; its content may be a stream.
        address : tuple of str and int
            IP address and port of the next node.
        tls : Tls, optional
            To speak TLS with it.
        absolute_form : bool
            Whether it is a forward proxy that is asked for a plain target.
        tunnel : str
            ``host:port`` for which it is asked with CONNECT before anything else; TLS then is with the far end.
        facts : Facts, optional
            Filled in.
        on_interim : callable, optional
            Told of interim responses other than 100 (RFC 9110 section 15.2).

        Returns
        -------
        Response
            Its body is bytes where all of it is there, else a stream with a ``length`` that may be None, which
            must be read to its end or closed (``aclose``); after a 2xx to CONNECT a `Tunnel`.

        Raises
        ------
        UpstreamError
            If there is no proper answer.
        """
        facts = Facts() if facts is None else facts
        way = _Way(address, tls, tunnel)
        exchange = Exchange(request, absolute_form, on_interim)
        upstream = self._take_idle(way)
        if upstream is not None:
            self._note(facts, upstream, is_reused=True)
            try:
                return await upstream.exchange(exchange)
            except StaleError as fault:
                if not _may_repeat(request):
                    raise UpstreamError("connection_terminated", "a kept connection was closed") from fault
                facts.is_repeated = True
        upstream = await self._connect(way, facts)
        self._note(facts, upstream, is_reused=False)
        try:
            return await upstream.exchange(exchange)
        except StaleError as fault:
            raise UpstreamError("connection_terminated", "closed without an answer") from fault

    async def open_tunnel(self, address: Address, *, facts: Facts | None = None) -> Response:
        """Open a tunnel oneself: what the last proxy before the target does with CONNECT.

        Parameters
        ----------
        address : tuple of str and int
            IP address and port of the target.
        facts : Facts, optional
            Filled in.

        Returns
        -------
        Response
            200, with a `Tunnel` as its body.

        Raises
        ------
        UpstreamError
            If the target cannot be reached.
        """
        facts = Facts() if facts is None else facts
        stream = await self._open_stream(address, None, facts)
        facts.local, facts.remote = stream.fact("sockname")[:2], stream.fact("peername")[:2]
        return Response(200, (), 0, body=Tunnel(stream, b"", self._limits.tunnel_timeout_s))

    async def close(self) -> None:
        """Close all connections, and wait until they are."""
        self._is_closed = True
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(stream.gone(CLOSE_S) for stream in list(self._open)))

    @property
    def idle_connections(self) -> int:
        """How many connections are kept now."""
        return sum(map(len, self._idle.values()))

    def _take_idle(self, way: _Way) -> Upstream | None:
        kept = self._idle.get(way)
        while kept:
            upstream = kept.pop()
            if upstream.stream.is_quiet:
                upstream.stream.when_lost = None
                return upstream
            upstream.stream.close()
        return None

    def _keep(self, way: _Way, upstream: Upstream) -> None:
        kept = self._idle.setdefault(way, [])
        if self._is_closed or len(kept) >= self._limits.max_idle or not upstream.stream.is_quiet:
            upstream.stream.close()
            return
        upstream.idle_since_s = upstream.loop.time()
        kept.append(upstream)
        upstream.stream.when_lost = partial(_drop, kept, upstream)
        if self._timer is None:
            self._timer = upstream.loop.call_later(self._limits.idle_timeout_s, self._close_idle)

    def _close_idle(self) -> None:
        """Close what has been idle for too long; one timer for all, since most connections never are."""
        loop = asyncio.get_running_loop()
        overdue_s = loop.time() - self._limits.idle_timeout_s
        since_s = []
        for kept in self._idle.values():
            for upstream in [one for one in kept if one.idle_since_s <= overdue_s]:
                _drop(kept, upstream)
            since_s += [one.idle_since_s for one in kept]
        self._idle = {way: kept for way, kept in self._idle.items() if kept}
        self._timer = None
        if since_s:
            self._timer = loop.call_at(min(since_s) + self._limits.idle_timeout_s, self._close_idle)

    @staticmethod
    def _note(facts: Facts, upstream: Upstream, *, is_reused: bool) -> None:
        facts.is_reused = is_reused
        facts.local, facts.remote = upstream.local, upstream.remote

    async def _connect(self, way: _Way, facts: Facts) -> Upstream:
        stream = await self._open_stream(way.address, None if way.tunnel else way.tls, facts)
        if way.tunnel:
            stream = await self._through(stream, way, facts)
        return Upstream(stream, self._limits, lambda upstream: self._keep(way, upstream))

    async def _open_stream(self, address: Address, tls: Tls | None, facts: Facts) -> Stream:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                sock = await self._connected_socket(address)
                connected_s = loop.time()
                facts.connect_s = connected_s - started_s
                stream = await self._on_socket(sock, tls)
        except TimeoutError as fault:
            raise UpstreamError("connection_timeout", f"{address[0]}:{address[1]}") from fault
        except ssl.SSLCertVerificationError as fault:
            raise UpstreamError("tls_certificate_error", fault.verify_message) from fault
        except ssl.SSLError as fault:
            raise UpstreamError("tls_protocol_error", str(fault)) from fault
        except ConnectionRefusedError as fault:
            raise UpstreamError("connection_refused", f"{address[0]}:{address[1]}") from fault
        except OSError as fault:
            raise UpstreamError("destination_ip_unroutable", str(fault)) from fault
        facts.tls_s = loop.time() - connected_s if tls else 0.0
        return stream

    async def _connected_socket(self, address: Address) -> socket.socket:
        """Connect by number: asyncio's own way would ask a resolver."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if self._source_ip:
                sock.bind((self._source_ip, 0))
            await asyncio.get_running_loop().sock_connect(sock, address)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _on_socket(self, sock: socket.socket, tls: Tls | None) -> Stream:
        context, name = tls or (None, None)
        try:
            _, stream = await asyncio.get_running_loop().create_connection(
                lambda: Stream(self._open.add), sock=sock, ssl=context, server_hostname=name
            )
        except BaseException:
            sock.close()
            raise
        stream.when_closed = lambda: self._open.discard(stream)
        return stream

    async def _through(self, stream: Stream, way: _Way, facts: Facts) -> Stream:
        """Ask the proxy at the other end for a tunnel, and go through it, under TLS if that is asked for."""
        request = Request(0, "CONNECT", way.tunnel, way.tunnel, ())
        proxy = Upstream(stream, self._limits, lambda _: None)
        try:
            response = await proxy.exchange(Exchange(request))
        except StaleError as fault:
            raise UpstreamError("connection_terminated", "the proxy closed without an answer") from fault
        if not isinstance(response.body, Tunnel):
            stream.close()
            raise UpstreamError("http_request_denied", f"the proxy answered CONNECT with {response.status}")
        if way.tls is None:
            return stream
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            inside = await self._under_tls(stream, way.tls)
        except (ssl.SSLError, OSError, TimeoutError) as fault:
            stream.abort()
            raise UpstreamError("tls_protocol_error", str(fault)) from fault
        facts.tls_s = loop.time() - started_s
        return inside

    async def _under_tls(self, stream: Stream, tls: Tls) -> Stream:
        loop = asyncio.get_running_loop()
        inside = Stream()
        transport = await loop.start_tls(
            stream.transport,
            inside,
            tls.context,
            server_hostname=tls.server_name,
            ssl_handshake_timeout=self._limits.connect_timeout_s,
        )
        if transport is None:
            raise ConnectionResetError("the proxy is gone")
        self._open.discard(stream)
        self._open.add(inside)
        inside.connection_made(transport)
        inside.when_closed = lambda: self._open.discard(inside)
        return inside


def _drop(kept: list[Upstream], upstream: Upstream) -> None:
    if upstream in kept:
        kept.remove(upstream)
    upstream.stream.close()


def _may_repeat(request: Request) -> bool:
    return request.method in IDEMPOTENT and (request.body is None or isinstance(request.body, bytes))

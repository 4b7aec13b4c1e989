"""A pool of connections to the next nodes: requests out, responses in (RFC 9112 section 9.3).

A connection is bound to the pool's source address, kept while it is idle, and used again.  A kept connection
may be closed by its other end at any moment: a request that may be repeated (RFC 9110 section 9.2.2) is then
sent once more on a new one, if not one byte of an answer had come.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from sim.http1.connecting import Address, ConnectionKey, Connector, Facts, Tls
from sim.http1.errors import UpstreamError
from sim.http1.limits import DEFAULT_LIMITS, Limits
from sim.http1.tunnel import Tunnel
from sim.http1.upstream import OutgoingRequest, StaleError, Upstream
from sim.messages import Fields, Request, Response
from sim.rules.methods import IDEMPOTENT
from sim.rules.proxy_protocol import ProxiedAddresses, write

__all__ = ["Address", "ConnectionKey", "Facts", "OutgoingRequest", "Pool", "Tls"]


CLOSE_S = 2.0
"""How long an orderly end of a connection may take."""


class Pool:
    """Connections of one node to whomever it asks.

    Parameters
    ----------
    source_ip : str
        Address from which connections are opened; empty leaves it to the kernel.
    limits : Limits
        Times, sizes, and how many idle connections are kept.
    proxy_protocol : {0, 1, 2}
        Version of the PROXY header that tells the next node for whom a connection is; 0 tells nothing.

    Attributes
    ----------
    source_ip, proxy_protocol : str, int
        The same.
    """

    def __init__(self, source_ip: str = "", limits: Limits = DEFAULT_LIMITS, proxy_protocol: int = 0) -> None:
        self._limits = limits
        self._idle: dict[ConnectionKey, list[Upstream]] = {}
        self.source_ip = source_ip
        self.proxy_protocol = proxy_protocol
        self._connector = Connector(source_ip, limits)
        self._is_closed = False
        self._timer: asyncio.TimerHandle | None = None

    def send(
        self,
        request: Request,
        address: Address,
        *,
        tls: Tls | None = None,
        absolute_form: bool = False,
        tunnel: str = "",
        facts: Facts | None = None,
        on_interim: Callable[[int, Fields], None] | None = None,
    ) -> Coroutine[Any, Any, Response]:
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
        return self.exchange(
            ConnectionKey(address, tls, tunnel), OutgoingRequest(request, absolute_form, on_interim), facts
        )

    async def exchange(self, way: ConnectionKey, exchange: OutgoingRequest, facts: Facts | None = None) -> Response:
        """Send a request over a connection that leads a given way; see `send`."""
        facts = Facts() if facts is None else facts
        upstream = self._take_idle(way)
        if upstream is not None:
            self._note(facts, upstream, is_reused=True)
            try:
                return await upstream.exchange(exchange)
            except StaleError as fault:
                if not _may_repeat(exchange.request):
                    raise UpstreamError("connection_terminated", "a kept connection was closed") from fault
                facts.is_repeated = True
        upstream = await self._connect(way, facts)
        self._note(facts, upstream, is_reused=False)
        try:
            return await upstream.exchange(exchange)
        except StaleError as fault:
            raise UpstreamError("connection_terminated", "closed without an answer") from fault

    def introduction(self, ends: ProxiedAddresses) -> bytes:
        """Give the PROXY header with which a connection begins.

        Parameters
        ----------
        ends : ProxiedAddresses
            For whom it is.

        Returns
        -------
        bytes
            Empty where this pool tells nothing.
        """
        return write(ends, self.proxy_protocol) if self.proxy_protocol else b""

    async def open_tunnel(self, address: Address, *, introduction: bytes = b"", facts: Facts | None = None) -> Response:
        """Open a tunnel oneself: what the last proxy before the target does with CONNECT.

        Parameters
        ----------
        address : tuple of str and int
            IP address and port of the target.
        introduction : bytes
            A PROXY header to begin with.
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
        stream = await self._connector.open_stream(ConnectionKey(address, None, introduction=introduction), facts)
        facts.local, facts.remote = stream.fact("sockname")[:2], stream.fact("peername")[:2]
        return Response(200, (), 0, body=Tunnel(stream, b"", self._limits.tunnel_timeout_s))

    async def close(self) -> None:
        """Close all connections, and wait until they are."""
        self._is_closed = True
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(stream.gone(CLOSE_S) for stream in list(self._connector.streams)))

    @property
    def open_connections(self) -> int:
        """How many connections are open now, idle ones and others."""
        return len(self._connector.streams)

    @property
    def idle_connections(self) -> int:
        """How many connections are kept now."""
        return sum(map(len, self._idle.values()))

    def _take_idle(self, way: ConnectionKey) -> Upstream | None:
        kept = self._idle.get(way)
        while kept:
            upstream = kept.pop()
            if upstream.stream.is_quiet:
                upstream.stream.when_lost = None
                return upstream
            upstream.stream.close()
        return None

    def _keep(self, way: ConnectionKey, upstream: Upstream) -> None:
        kept = self._idle.setdefault(way, [])
        if self._is_closed or len(kept) >= self._limits.max_idle or not upstream.stream.is_quiet:
            upstream.stream.close()
            return
        upstream.idle_since_s = upstream.loop.time()
        kept.append(upstream)
        upstream.stream.when_lost = partial(_drop, kept, upstream)
        if self._timer is None:
            self._timer = upstream.loop.call_later(self._limits.idle_timeout_s, self._close_idle)
        if way.introduction:
            self._make_room()

    def _make_room(self) -> None:
        """Bound the kept connections that are for one client each: there are as many ways as clients."""
        self._idle = {way: kept for way, kept in self._idle.items() if kept}
        own = [kept for way, kept in self._idle.items() if way.introduction]
        if sum(map(len, own)) > self._limits.max_idle:
            oldest = min(own, key=lambda kept: kept[0].idle_since_s)
            _drop(oldest, oldest[0])

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

    async def _connect(self, way: ConnectionKey, facts: Facts) -> Upstream:
        stream = await self._connector.connect(way, facts)
        return Upstream(stream, self._limits, lambda upstream: self._keep(way, upstream))


def _drop(kept: list[Upstream], upstream: Upstream) -> None:
    if upstream in kept:
        kept.remove(upstream)
    upstream.stream.close()


def _may_repeat(request: Request) -> bool:
    return request.method in IDEMPOTENT and (request.body is None or isinstance(request.body, bytes))

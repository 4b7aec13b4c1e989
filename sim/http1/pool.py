"""A pool of connections to the next nodes: requests out, responses in (RFC 9112 section 9.3).

A connection is bound to the pool's source address, kept while it is idle, and used again.  Its other end may close a
kept connection at any moment: an idempotent request (RFC 9110 section 9.2.2) is then sent once more on a new one, if
not one byte of a response had come.
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

__all__ = ["Address", "ConnectionKey", "ConnectionPool", "Facts", "OutgoingRequest", "Tls"]


CLOSE_S = 2.0
"""How long an orderly end of a connection may take."""


class ConnectionPool:
    """The connections of one node to its next nodes.

    Parameters
    ----------
    source_ip : str
        Address from which connections are opened; empty leaves it to the kernel.
    limits : Limits
        Times, sizes, and how many idle connections are kept.
    proxy_protocol : {0, 1, 2}
        Version of the PROXY header with which each connection begins; 0 for none.

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
        """Send a request and wait for the head of the response.

        Parameters
        ----------
        request : Request
            The request; its content may be a stream.
        address : tuple of str and int
            IP address and port of the next node.
        tls : Tls, optional
            For a connection under TLS.
        absolute_form : bool
            Whether the target is sent in absolute form, as to a forward proxy.
        tunnel : str
            ``host:port`` to which a tunnel is opened with CONNECT first; TLS is then spoken with its far end.
        facts : Facts, optional
            Filled in.
        on_interim : callable, optional
            Called with status and fields of interim responses other than 100 (RFC 9110 section 15.2).

        Returns
        -------
        Response
            Its body is bytes where all of it is there, else a `ResponseContent`, which must be read to its end or
            closed (``aclose``); after a 2xx to CONNECT a `Tunnel`.

        Raises
        ------
        UpstreamError
            If there is no valid response.
        """
        return self.exchange(
            ConnectionKey(address, tls, tunnel), OutgoingRequest(request, absolute_form, on_interim), facts
        )

    async def exchange(self, key: ConnectionKey, exchange: OutgoingRequest, facts: Facts | None = None) -> Response:
        """Send a request over a connection with a given key; see `send`."""
        facts = Facts() if facts is None else facts
        upstream = self._take_idle(key)
        if upstream is not None:
            self._note(facts, upstream, is_reused=True)
            try:
                return await upstream.exchange(exchange)
            except StaleError as fault:
                if not _may_repeat(exchange.request):
                    raise UpstreamError("connection_terminated", "a kept connection was closed") from fault
                facts.is_repeated = True
        upstream = await self._connect(key, facts)
        self._note(facts, upstream, is_reused=False)
        try:
            return await upstream.exchange(exchange)
        except StaleError as fault:
            raise UpstreamError("connection_terminated", "closed without an answer") from fault

    def proxy_header(self, ends: ProxiedAddresses) -> bytes:
        """Return the PROXY header with which a connection begins.

        Parameters
        ----------
        ends : ProxiedAddresses
            The addresses of the client's connection.

        Returns
        -------
        bytes
            Empty where this pool sends none.
        """
        return write(ends, self.proxy_protocol) if self.proxy_protocol else b""

    async def open_tunnel(self, address: Address, *, proxy_header: bytes = b"", facts: Facts | None = None) -> Response:
        """Open the far end of a tunnel: what the last proxy before the target does with CONNECT.

        Parameters
        ----------
        address : tuple of str and int
            IP address and port of the target.
        proxy_header : bytes
            Sent first.
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
        stream = await self._connector.open_stream(ConnectionKey(address, None, proxy_header=proxy_header), facts)
        facts.local, facts.remote = stream.fact("sockname")[:2], stream.fact("peername")[:2]
        return Response(200, (), 0, body=Tunnel(stream, b"", self._limits.tunnel_timeout_s))

    async def close(self) -> None:
        """Close all connections, and wait until that is done."""
        self._is_closed = True
        self._idle.clear()
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*(stream.gone(CLOSE_S) for stream in list(self._connector.streams)))

    @property
    def open_connections(self) -> int:
        """Number of open connections, idle or not."""
        return len(self._connector.streams)

    @property
    def idle_connections(self) -> int:
        """Number of idle connections."""
        return sum(map(len, self._idle.values()))

    def _take_idle(self, key: ConnectionKey) -> Upstream | None:
        kept = self._idle.get(key)
        while kept:
            upstream = kept.pop()
            if upstream.stream.is_quiet:
                upstream.stream.when_lost = None
                return upstream
            upstream.stream.close()
        return None

    def _keep(self, key: ConnectionKey, upstream: Upstream) -> None:
        kept = self._idle.setdefault(key, [])
        if self._is_closed or len(kept) >= self._limits.max_idle or not upstream.stream.is_quiet:
            upstream.stream.close()
            return
        upstream.idle_since_s = upstream.loop.time()
        kept.append(upstream)
        upstream.stream.when_lost = partial(_drop, kept, upstream)
        if self._timer is None:
            self._timer = upstream.loop.call_later(self._limits.idle_timeout_s, self._close_idle)
        if key.proxy_header:
            self._make_room()

    def _make_room(self) -> None:
        """Bound the number of idle connections that carry one client each: every client has a key of its own."""
        self._idle = {key: kept for key, kept in self._idle.items() if kept}
        own = [kept for key, kept in self._idle.items() if key.proxy_header]
        if sum(map(len, own)) > self._limits.max_idle:
            oldest = min(own, key=lambda kept: kept[0].idle_since_s)
            _drop(oldest, oldest[0])

    def _close_idle(self) -> None:
        """Close connections that have been idle for too long; one timer for all, since most never are."""
        loop = asyncio.get_running_loop()
        overdue_s = loop.time() - self._limits.idle_timeout_s
        since_s = []
        for kept in self._idle.values():
            for upstream in [one for one in kept if one.idle_since_s <= overdue_s]:
                _drop(kept, upstream)
            since_s += [one.idle_since_s for one in kept]
        self._idle = {key: kept for key, kept in self._idle.items() if kept}
        self._timer = None
        if since_s:
            self._timer = loop.call_at(min(since_s) + self._limits.idle_timeout_s, self._close_idle)

    @staticmethod
    def _note(facts: Facts, upstream: Upstream, *, is_reused: bool) -> None:
        facts.is_reused = is_reused
        facts.local, facts.remote = upstream.local, upstream.remote

    async def _connect(self, key: ConnectionKey, facts: Facts) -> Upstream:
        stream = await self._connector.connect(key, facts)
        return Upstream(stream, self._limits, lambda upstream: self._keep(key, upstream))


def _drop(kept: list[Upstream], upstream: Upstream) -> None:
    if upstream in kept:
        kept.remove(upstream)
    upstream.stream.close()


def _may_repeat(request: Request) -> bool:
    return request.method in IDEMPOTENT and (request.body is None or isinstance(request.body, bytes))

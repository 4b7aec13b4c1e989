"""Opens connections: from a source address to an IP address, plain or under TLS, direct or through a tunnel."""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import dataclass
from typing import NamedTuple

from sim.http1.errors import UpstreamError
from sim.http1.limits import Limits
from sim.http1.stream import Stream
from sim.http1.tunnel import Tunnel
from sim.http1.upstream import OutgoingRequest, StaleError, Upstream
from sim.messages import Request

Address = tuple[str, int]


@dataclass(slots=True)
class Facts:
    """What a pool observes of one exchange; filled in as it goes on.

    Attributes
    ----------
    connect_s, tls_s : float
        Time spent on opening the connection and on its TLS handshake, in seconds; 0 if a kept one was used.
    is_reused : bool
        Whether a kept connection was used.
    local, remote : tuple of str and int
        Addresses of the connection's two ends.
    is_repeated : bool
        Whether the request was sent again, since the kept connection turned out to be closed.
    """

    connect_s: float = 0.0
    tls_s: float = 0.0
    is_reused: bool = False
    local: Address = ("", 0)
    remote: Address = ("", 0)
    is_repeated: bool = False


class Tls(NamedTuple):
    """How a connection is put under TLS: the authorities that are trusted, and the server name to verify."""

    context: ssl.SSLContext
    server_name: str


class ConnectionKey(NamedTuple):
    """What two requests must have in common to use the same connection.

    ``proxy_header`` is the PROXY header with which the connection begins: it then carries one client's requests only.
    """

    address: Address
    tls: Tls | None
    tunnel: str = ""
    proxy_header: bytes = b""


class Connector:
    """Opens the connections of one pool, and keeps count of them.

    Parameters
    ----------
    source_ip : str
        Address from which they are opened; empty leaves it to the kernel.
    limits : Limits
        Bounds on the time that takes.

    Attributes
    ----------
    streams : set of Stream
        The open connections.
    """

    def __init__(self, source_ip: str, limits: Limits) -> None:
        self._source_ip = source_ip
        self._limits = limits
        self.streams: set[Stream] = set()

    async def connect(self, key: ConnectionKey, facts: Facts) -> Stream:
        """Open a connection.

        Parameters
        ----------
        key : ConnectionKey
            Its address, TLS and tunnel.
        facts : Facts
            Its times are filled in.

        Returns
        -------
        Stream
            The connection, through the tunnel and under TLS if the key says so.

        Raises
        ------
        UpstreamError
            If the connection, the tunnel or the handshake fails.
        """
        stream = await self.open_stream(key, facts)
        return await self._through(stream, key, facts) if key.tunnel else stream

    async def open_stream(self, key: ConnectionKey, facts: Facts) -> Stream:
        """Open a connection to the address itself, leaving a tunnel for later; see `connect`."""
        address, tls = key.address, None if key.tunnel else key.tls
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                sock = await self._connected_socket(address, key.proxy_header)
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

    async def _connected_socket(self, address: Address, proxy_header: bytes) -> socket.socket:
        """Connect to an IP address; asyncio's ``create_connection`` would call the resolver even for these."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if self._source_ip:
                sock.bind((self._source_ip, 0))
            await asyncio.get_running_loop().sock_connect(sock, address)
            if proxy_header:  # it precedes the TLS handshake, so that a load balancer without a key can read it
                await asyncio.get_running_loop().sock_sendall(sock, proxy_header)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _on_socket(self, sock: socket.socket, tls: Tls | None) -> Stream:
        context, name = tls or (None, None)
        try:
            _, stream = await asyncio.get_running_loop().create_connection(
                lambda: Stream(self.streams.add), sock=sock, ssl=context, server_hostname=name
            )
        except BaseException:
            sock.close()
            raise
        stream.when_closed = lambda: self.streams.discard(stream)
        return stream

    async def _through(self, stream: Stream, key: ConnectionKey, facts: Facts) -> Stream:
        """Open a tunnel with CONNECT through the proxy at the other end, and put it under TLS if the key says so."""
        request = Request(0, "CONNECT", key.tunnel, key.tunnel, ())
        proxy = Upstream(stream, self._limits, lambda _: None)
        try:
            response = await proxy.exchange(OutgoingRequest(request))
        except StaleError as fault:
            raise UpstreamError("connection_terminated", "the proxy closed without an answer") from fault
        if not isinstance(response.body, Tunnel):
            stream.close()
            raise UpstreamError("http_request_denied", f"the proxy answered CONNECT with {response.status}")
        if key.tls is None:
            return stream
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        try:
            inside = await self._under_tls(stream, key.tls)
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
        self.streams.discard(stream)
        self.streams.add(inside)
        inside.connection_made(transport)
        inside.when_closed = lambda: self.streams.discard(inside)
        return inside

"""Where a proxy in the foreground sends: to its backends, or to whatever host is asked for, if that is allowed.

No open proxy: a destination must lie on this machine, unless its block of addresses was allowed.  No surprise
of the resolver: a name is looked up only where that was asked for, and it is the address that comes of it that
must be allowed, and that is connected to (so that a name cannot mean one thing when it is judged and another
when it is used).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from sim.http1.certificates import TlsContext
from sim.http1.endpoints import LOOPBACK, Endpoint, Networks, is_within
from sim.http1.errors import UpstreamError
from sim.http1.pool import Address, Tls
from sim.http1.targets import DEFAULT_PORTS, authority_parts
from sim.messages import Request
from sim.scenario.topology import Edge

MOST_REMEMBERED = 4096
"""So many hosts are remembered with their addresses."""


class Destination(NamedTuple):
    """How a request is sent: to which address, under TLS or not, and in which form of its target."""

    address: Address
    tls: Tls | None = None
    absolute_form: bool = False
    opens_tunnel: bool = False


ResolveDestination = Callable[[Request, Edge], Awaitable[Destination]]


@dataclass(frozen=True)
class Reach:
    """Where a proxy may send, and how names become addresses.

    Attributes
    ----------
    networks : tuple of network
        Blocks of addresses in which destinations must lie.
    connect_ports : frozenset of int
        Ports to which CONNECT may open a tunnel.
    names : mapping of str to str
        Addresses of names that are known without asking; ``localhost`` and all names under it always are.
    may_resolve : bool
        Whether other names are looked up.
    """

    networks: Networks = LOOPBACK
    connect_ports: frozenset[int] = frozenset({443})
    names: Mapping[str, str] = field(default_factory=dict)
    may_resolve: bool = False

    async def address(self, host: str, port: int) -> Address:
        """Give the address of a host.

        Parameters
        ----------
        host : str
            A name, or an address.
        port : int
            A port.

        Returns
        -------
        tuple of str and int
            IP address and port.

        Raises
        ------
        UpstreamError
            If the name is not known, or the address not allowed.
        """
        ip = await self._ip(host.rstrip(".").lower())
        if not self._is_allowed(ip):
            raise UpstreamError("destination_ip_prohibited", f"{ip} is not allowed")
        return ip, port

    @cached_property
    def _is_allowed(self) -> Callable[[str], bool]:
        """Whether an address may be sent to; the same few are asked about over and over."""
        return lru_cache(maxsize=4096)(lambda ip: is_within(ip, self.networks))

    def check_tunnel(self, target: str) -> tuple[str, int]:
        """Say where a tunnel is to go.

        Parameters
        ----------
        target : str
            Target of a CONNECT.

        Returns
        -------
        tuple of str and int
            Host and port.

        Raises
        ------
        UpstreamError
            If the port is not one of those that are allowed.
        """
        host, port = authority_parts(target, 443)
        if port not in self.connect_ports:
            raise UpstreamError("http_request_denied", f"no tunnels to port {port}")
        return host, port

    async def _ip(self, host: str) -> str:
        if host in self.names:
            return self.names[host]
        ip = _literal(host)
        if ip is not None:
            return ip
        if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 section 6.3
            return "127.0.0.1"
        if not self.may_resolve:
            raise UpstreamError("dns_error", f"{host} is not a known name")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as fault:
            raise UpstreamError("dns_error", str(fault)) from fault
        return str(found[0][4][0])


@lru_cache(maxsize=4096)
def _literal(host: str) -> str | None:
    """Give the address that a host is written as, in its usual spelling; None for a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


class OpenHosts:
    """A forward proxy's destinations: whatever host is asked for, within reach.

    Parameters
    ----------
    reach : Reach
        Where it may send.
    trusted : ssl.SSLContext
        Whom it trusts where it speaks TLS itself (a target of scheme ``https``).
    """

    def __init__(self, reach: Reach, trusted: TlsContext) -> None:
        self._reach = reach
        self._trusted = trusted
        self._ways: dict[tuple[str, str], Destination] = {}

    async def __call__(self, request: Request, edge: Edge) -> Destination:  # noqa: ARG002
        """Say how a request is sent."""
        if request.method == "CONNECT":
            host, port = self._reach.check_tunnel(request.target)
            return Destination(await self._reach.address(host, port), opens_tunnel=True)
        scheme = request.target.partition(":")[0]
        known = self._ways.get((scheme, request.host))
        if known is not None:
            return known
        host, port = authority_parts(request.host, DEFAULT_PORTS[scheme])
        way = Destination(
            await self._reach.address(host, port), Tls(self._trusted, host) if scheme == "https" else None
        )
        if not self._reach.may_resolve:  # then an address stays what it is
            if len(self._ways) >= MOST_REMEMBERED:
                self._ways.clear()
            self._ways[scheme, request.host] = way
        return way


class NamedServers:
    """Where server names lead.

    Parameters
    ----------
    endpoints : mapping of str to Endpoint
        By name; ``*`` stands for all others.
    reach : Reach
        Where may be sent.
    askers : tuple of network
        Who may ask.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], reach: Reach, askers: Networks = LOOPBACK) -> None:
        self._endpoints = endpoints
        self._reach = reach
        self._askers = askers

    async def address(self, name: str, peer_ip: str) -> Address:
        """Give the address to which a name leads.

        Parameters
        ----------
        name : str
            A server name.
        peer_ip : str
            Who asks for it.

        Returns
        -------
        tuple of str and int
            IP address and port.

        Raises
        ------
        UpstreamError
            If it leads nowhere, or nowhere allowed.
        """
        endpoint = self._endpoints.get(name, self._endpoints.get("*"))
        if endpoint is None or not is_within(peer_ip, self._askers):
            raise UpstreamError("destination_not_found", name)
        return await self._reach.address(endpoint.host, endpoint.port)


class UpstreamProxy:
    """The destination of a forward proxy that sends everything to a further one.

    Parameters
    ----------
    endpoint : Endpoint
        The further proxy.
    reach : Reach
        Where this one may send, and open tunnels.
    """

    def __init__(self, endpoint: Endpoint, reach: Reach) -> None:
        self._endpoint = endpoint
        self._reach = reach

    async def __call__(self, request: Request, edge: Edge) -> Destination:  # noqa: ARG002
        """Say how a request is sent."""
        if request.method == "CONNECT":
            self._reach.check_tunnel(request.target)
        _, host, port = self._endpoint
        return Destination(await self._reach.address(host, port), absolute_form=True)


class Backends:
    """A reverse proxy's destinations: its backends, by the names of the edges to them.

    Parameters
    ----------
    endpoints : mapping of str to Endpoint
        By name.
    reach : Reach
        Where it may send.
    trusted : ssl.SSLContext
        Whom it trusts where a backend is spoken to under TLS (the bridge).
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], reach: Reach, trusted: TlsContext) -> None:
        self._endpoints = endpoints
        self._reach = reach
        self._ways: dict[str, Destination] = {}
        self._tls = lru_cache(maxsize=1024)(lambda host: Tls(trusted, host))

    async def __call__(self, request: Request, edge: Edge) -> Destination:
        """Say how a request is sent."""
        if request.method == "CONNECT":
            raise UpstreamError("http_request_denied", "a reverse proxy opens no tunnels")
        known = self._ways.get(edge.receiver)
        if known is not None:
            return known
        scheme, host, port = self._endpoints[edge.receiver]
        way = Destination(await self._reach.address(host, port), self._tls(host) if scheme == "https" else None)
        if not self._reach.may_resolve:  # then an address stays what it is
            self._ways[edge.receiver] = way
        return way

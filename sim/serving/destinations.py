"""Where a proxy in the foreground sends requests: to its backends, or to the host of the target, if that is allowed.

No open proxy: a destination must lie on this machine, unless its block of addresses is allowed.  A name is looked up
only where that is enabled; the address that is found must be allowed, and that same address is connected to, so that
a name cannot change its meaning between the check and the use.
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
"""Most hosts whose destinations are remembered."""


class Destination(NamedTuple):
    """How a request is sent: address, TLS, form of the target, and whether a tunnel is opened there."""

    address: Address
    tls: Tls | None = None
    absolute_form: bool = False
    opens_tunnel: bool = False


ResolveDestination = Callable[[Request, Edge], Awaitable[Destination]]


@dataclass(frozen=True)
class Reach:
    """Where a proxy may send requests, and how names become addresses.

    Attributes
    ----------
    networks : tuple of network
        Blocks of addresses in which destinations must lie.
    connect_ports : frozenset of int
        Ports to which CONNECT may open a tunnel.
    names : mapping of str to str
        Addresses of names that need no lookup; ``localhost`` and all names under it never need one.
    may_resolve : bool
        Whether other names are looked up.
    """

    networks: Networks = LOOPBACK
    connect_ports: frozenset[int] = frozenset({443})
    names: Mapping[str, str] = field(default_factory=dict)
    may_resolve: bool = False

    async def address(self, host: str, port: int) -> Address:
        """Return the address of a host.

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
            If the name is unknown, or the address not allowed.
        """
        ip = await self._ip(host.rstrip(".").lower())
        if not self._is_allowed(ip):
            raise UpstreamError("destination_ip_prohibited", f"{ip} is not allowed")
        return ip, port

    @cached_property
    def _is_allowed(self) -> Callable[[str], bool]:
        """Whether an address is allowed; cached, because the same few recur."""
        return lru_cache(maxsize=4096)(lambda ip: is_within(ip, self.networks))

    def check_tunnel(self, target: str) -> tuple[str, int]:
        """Return host and port of a tunnel, if they are allowed.

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
            If the port is not allowed.
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
            raise UpstreamError("dns_error", f"the name {host} is unknown, and lookups are off")
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as fault:
            raise UpstreamError("dns_error", str(fault)) from fault
        return str(found[0][4][0])


@lru_cache(maxsize=4096)
def _literal(host: str) -> str | None:
    """Return a host that is an address in its usual spelling; None for a name."""
    try:
        return str(ip_address(host))
    except ValueError:
        return None


class OpenHosts:
    """Destinations of a forward proxy: the host of each target, within reach.

    Parameters
    ----------
    reach : Reach
        Where it may send requests.
    trusted : ssl.SSLContext
        Trusted authorities for targets of scheme ``https``.
    """

    def __init__(self, reach: Reach, trusted: TlsContext) -> None:
        self._reach = reach
        self._trusted = trusted
        self._known: dict[tuple[str, str], Destination] = {}

    async def __call__(self, request: Request, edge: Edge) -> Destination:  # noqa: ARG002
        """Return how a request is sent."""
        if request.method == "CONNECT":
            host, port = self._reach.check_tunnel(request.target)
            return Destination(await self._reach.address(host, port), opens_tunnel=True)
        scheme = request.target.partition(":")[0]
        known = self._known.get((scheme, request.host))
        if known is not None:
            return known
        host, port = authority_parts(request.host, DEFAULT_PORTS[scheme])
        destination = Destination(
            await self._reach.address(host, port), Tls(self._trusted, host) if scheme == "https" else None
        )
        if not self._reach.may_resolve:  # a name that is looked up may change its address
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[scheme, request.host] = destination
        return destination


class NamedServers:
    """Destinations of server names.

    Parameters
    ----------
    endpoints : mapping of str to Endpoint
        By name; ``*`` stands for all others.
    reach : Reach
        Which destinations are allowed.
    clients : tuple of network
        Blocks of addresses of the clients that are served.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], reach: Reach, clients: Networks = LOOPBACK) -> None:
        self._endpoints = endpoints
        self._reach = reach
        self._clients = clients

    async def address(self, name: str, peer_ip: str) -> Address:
        """Return the destination of a server name.

        Parameters
        ----------
        name : str
            A server name.
        peer_ip : str
            The client's address.

        Returns
        -------
        tuple of str and int
            IP address and port.

        Raises
        ------
        UpstreamError
            If the name has no destination, or one that is not allowed.
        """
        endpoint = self._endpoints.get(name, self._endpoints.get("*"))
        if endpoint is None or not is_within(peer_ip, self._clients):
            raise UpstreamError("destination_not_found", name)
        return await self._reach.address(endpoint.host, endpoint.port)


class UpstreamProxy:
    """The destination of a forward proxy that sends all requests to a further one.

    Parameters
    ----------
    endpoint : Endpoint
        The further proxy.
    reach : Reach
        Where this one may send requests, and open tunnels.
    """

    def __init__(self, endpoint: Endpoint, reach: Reach) -> None:
        self._endpoint = endpoint
        self._reach = reach

    async def __call__(self, request: Request, edge: Edge) -> Destination:  # noqa: ARG002
        """Return how a request is sent."""
        if request.method == "CONNECT":
            self._reach.check_tunnel(request.target)
        _, host, port = self._endpoint
        return Destination(await self._reach.address(host, port), absolute_form=True)


class Backends:
    """Destinations of a reverse proxy: its backends, by the receivers of its edges.

    Parameters
    ----------
    endpoints : mapping of str to Endpoint
        By name.
    reach : Reach
        Where it may send requests.
    trusted : ssl.SSLContext
        Trusted authorities for backends under TLS (the bridge).
    """

    def __init__(self, endpoints: Mapping[str, Endpoint], reach: Reach, trusted: TlsContext) -> None:
        self._endpoints = endpoints
        self._reach = reach
        self._known: dict[str, Destination] = {}
        self._tls = lru_cache(maxsize=1024)(lambda host: Tls(trusted, host))

    async def __call__(self, request: Request, edge: Edge) -> Destination:
        """Return how a request is sent."""
        if request.method == "CONNECT":
            raise UpstreamError("http_request_denied", "a reverse proxy opens no tunnels")
        known = self._known.get(edge.receiver)
        if known is not None:
            return known
        scheme, host, port = self._endpoints[edge.receiver]
        destination = Destination(await self._reach.address(host, port), self._tls(host) if scheme == "https" else None)
        if not self._reach.may_resolve:  # a name that is looked up may change its address
            self._known[edge.receiver] = destination
        return destination

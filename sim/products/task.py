"""What one proxy of a scenario has to do on this machine: its settings, where it listens, and where all others are.

A scenario has addresses but no ports, and most of its addresses do not exist on the machine at hand.  Hence
*places*: for each address of the scenario the IP address and port where that node really is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from sim.errors import ProductError, nearest
from sim.products.syntax import Place, plain_name
from sim.rules.forwarding import group_name, pseudonym
from sim.scenario import topology
from sim.scenario.schema import Client, ForwardProxy, Proxy, ReverseProxy, Scenario

HTTP_PORT = 80
PROXY_PORT = 3128
"""The usual port of a forward proxy."""


class PoolServer(NamedTuple):
    """A server of a pool: a next node's name, where it is, and its share of the requests."""

    name: str
    place: Place
    weight: int = 1

    @property
    def weighted(self) -> str:
        """Its share as all products write it, behind the server; empty for the usual one."""
        return "" if self.weight == 1 else f" weight={self.weight}"


class ServerPool(NamedTuple):
    """Servers of which one is picked for each request to a host; an empty host stands for all."""

    name: str
    host: str
    servers: tuple[PoolServer, ...]


@dataclass(frozen=True)
class Task:
    """The work of one proxy.

    Attributes
    ----------
    name : str
        The node's name in the scenario.
    settings : ForwardProxy or ReverseProxy
        Its settings.
    listen : Place
        Where it listens.
    pools : tuple of ServerPool
        Where it forwards to.
    run : Path
        Folder for its pid file, logs and caches.
    source_ip : str
        Address from which it opens connections; empty for any.
    trusted : tuple of str
        Blocks of addresses of the proxies that it trusts, as they are on this machine.
    clients : tuple of str
        Blocks of addresses that a forward proxy serves.
    stays_root : bool
        Whether it is started by root and must not change its user.
    is_under_tls : bool
        Whether TLS is on any of its links.
    proxy_header_senders : tuple of str
        Addresses of the nodes that send it a PROXY protocol header, as they are on this machine.
    expects_proxy_header : bool
        Whether all nodes that connect to it send one, so that it can be required.
    """

    name: str
    settings: ForwardProxy | ReverseProxy
    listen: Place
    pools: tuple[ServerPool, ...]
    run: Path
    source_ip: str = ""
    trusted: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    stays_root: bool = False
    is_under_tls: bool = False
    proxy_header_senders: tuple[str, ...] = ()
    expects_proxy_header: bool = False

    @property
    def is_forward(self) -> bool:
        """Whether it is a forward proxy."""
        return isinstance(self.settings, ForwardProxy)

    @property
    def has_choice(self) -> bool:
        """Whether any pool has several servers to balance between."""
        return any(len(pool.servers) > 1 for pool in self.pools)

    @property
    def pseudonym(self) -> str:
        """Its name in Via, without what would mean something in a configuration."""
        return plain_name(pseudonym(self.name))

    @property
    def via(self) -> str:
        """What it adds to Via behind the protocol's version; empty for nothing."""
        comment = f" ({self.settings.via_comment})" if self.settings.via_comment else ""
        return f"{self.pseudonym}{comment}" if self.settings.via else ""

    @property
    def host(self) -> str:
        """The Host that it writes; empty to keep the client's."""
        is_own = isinstance(self.settings, ReverseProxy) and self.settings.host == "backend"
        return plain_name(group_name(self.name)) if is_own else ""

    @property
    def trusts_proxy_header_senders(self) -> bool:
        """Whether the nodes that send it a PROXY protocol header are all among its trusted proxies."""
        blocks = [ip_network(block) for block in self.trusted]
        return all(any(ip_address(ip) in block for block in blocks) for ip in self.proxy_header_senders)


def task(scenario: Scenario, name: str, run: Path, places: Mapping[str, Place] | None = None) -> Task:
    """Return what a proxy of a scenario has to do on this machine.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    name : str
        One of its proxies.
    run : Path
        Folder for pid file, logs and caches.
    places : mapping of str to Place, optional
        Where each address of the scenario is.  Absent ones are taken to exist as they are, with port 80, or 3128 for
        forward proxies.

    Returns
    -------
    Task
        What the writers of configurations go by.

    Raises
    ------
    ProductError
        If there is no such proxy.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> gateway = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run/gateway"))
    >>> gateway.listen, gateway.pools[0].servers[0].place
    (('203.0.113.1', 80), ('10.3.0.11', 80))
    """
    known = places or {}
    settings = _with_backends(proxy(scenario, name))
    previous = [scenario.nodes[node] for node in topology.build(scenario).predecessors(name)]
    senders = [node for node in previous if isinstance(node, Proxy) and node.proxy_protocol]
    outbound = settings.outbound_address
    listen = known.get(settings.address, _usual_place(settings))
    is_private = ip_address(listen[0]).is_loopback
    return Task(
        name=name,
        settings=settings,
        listen=listen,
        pools=tuple(_pools(scenario, name, settings, known)),
        run=run,
        source_ip=_source_ip(outbound or settings.address, known, given=outbound is not None or bool(known)),
        trusted=tuple(here for block in settings.trusted_proxies for here in _blocks(block, known)),
        clients=("127.0.0.0/8",) if is_private else tuple(_client_blocks(scenario, name)),
        is_under_tls=any(link.tls and name in (link.from_node, link.to_node) for link in scenario.links),
        proxy_header_senders=tuple(
            _source_ip(node.outbound_address or node.address, known, given=True) for node in senders
        ),
        expects_proxy_header=bool(previous) and len(senders) == len(previous),
    )


def proxy(scenario: Scenario, name: str) -> ForwardProxy | ReverseProxy:
    """Return a proxy of a scenario by its name; the error for an unknown one has the nearest name."""
    node = scenario.nodes.get(name)
    if isinstance(node, ForwardProxy | ReverseProxy):
        return node
    known = proxies(scenario)
    message = f"{name!r} is a {node.role}, not a proxy" if node else f"there is no proxy {name!r}"
    raise ProductError(message, path=f"nodes.{name}" if node else "nodes", hint=nearest(name, known) if known else "")


def _with_backends(settings: ForwardProxy | ReverseProxy) -> ForwardProxy | ReverseProxy:
    """Return a reverse proxy of several pools with the first one in the place of its backends."""
    if not isinstance(settings, ReverseProxy) or not settings.pools:
        return settings
    first = next(iter(settings.groups.values()))
    return settings.model_copy(update={"backends": first.backends, "balancing": first.balancing})


def proxies(scenario: Scenario) -> list[str]:
    """Return the names of the proxies of a scenario.

    >>> from sim.scenario import library, load
    >>> proxies(load.load(library.path("layered")))
    ['campus-proxy', 'gateway']
    """
    return [name for name, node in scenario.nodes.items() if isinstance(node, Proxy)]


def _usual_place(node: object) -> Place:
    address = str(getattr(node, "address", ""))
    return address, PROXY_PORT if isinstance(node, ForwardProxy) else HTTP_PORT


def _server(scenario: Scenario, name: str, places: Mapping[str, Place]) -> PoolServer:
    usual = _usual_place(scenario.nodes[name])
    return PoolServer(plain_name(pseudonym(name)), places.get(usual[0], usual))


def _pools(
    scenario: Scenario, name: str, settings: ForwardProxy | ReverseProxy, places: Mapping[str, Place]
) -> Iterator[ServerPool]:
    whole = plain_name(group_name(name))
    if isinstance(settings, ReverseProxy):
        weights = getattr(settings.balancing, "weights", {})
        yield ServerPool(
            whole,
            "",
            tuple(
                _server(scenario, backend, places)._replace(weight=max(1, round(weights.get(backend, 1))))
                for backend in settings.backends
            ),
        )
    elif settings.upstream is not None:
        yield ServerPool(whole, "", (_server(scenario, settings.upstream, places),))
    else:
        served = {content.host: content.served_by for content in scenario.content.values()}
        for host, nodes in served.items():
            servers = tuple(_server(scenario, node, places) for node in nodes)
            yield ServerPool(plain_name(f"{pseudonym(name)}-{host}"), host, servers)


def _source_ip(address: str, places: Mapping[str, Place], *, given: bool) -> str:
    """Return the address to bind to; empty, for the machine's own choice, where the scenario gives none."""
    return places.get(address, (address, 0))[0] if given else ""


def _blocks(block: str, places: Mapping[str, Place]) -> list[str]:
    """Return a block as it is on this machine: the places of the addresses in it, or itself if none is mapped."""
    network = ip_network(block)
    mapped = [place[0] for address, place in places.items() if ip_address(address) in network]
    return list(dict.fromkeys(mapped)) or [block]


def _client_blocks(scenario: Scenario, name: str) -> Iterator[str]:
    for other, node in scenario.nodes.items():
        if isinstance(node, Client) and node.proxy == name:
            yield node.addresses
        elif isinstance(node, ForwardProxy) and node.upstream == name:
            yield str(node.outbound_address or node.address)
            if node.proxy_protocol:
                yield from _client_blocks(scenario, other)

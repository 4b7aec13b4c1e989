"""What a product is told about one proxy of a scenario: its settings, where it listens, and where everybody else is.

A scenario has addresses but no ports, and most of its addresses do not exist on the machine at hand.  Hence
*places*: for each address of the scenario the IP address and port where that party really is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from sim.errors import Problem, ProductError, nearest
from sim.rules.forwarding import group_name, pseudonym
from sim.scenario import topology
from sim.scenario.schema import Client, ForwardProxy, Proxy, ReverseProxy, Scenario
from sim.units import format_seconds

Place = tuple[str, int]
"""An IP address and a port."""

HTTP_PORT = 80
PROXY_PORT = 3128
"""The usual port of a forward proxy."""

FOR_EVER_S = 86400
"""What a product is told where a scenario sets no limit, in seconds: a day."""


class NextNode(NamedTuple):
    """A next node: its name, and where it is."""

    name: str
    place: Place


class Group(NamedTuple):
    """Next nodes of which one is picked: for one host, or for all (then the host is empty)."""

    name: str
    host: str
    servers: tuple[NextNode, ...]


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
    groups : tuple of Group
        Where it forwards to.
    run : Path
        Folder for its pid file, logs and caches.
    source_ip : str
        Address from which it opens connections; empty for any.
    trusted : tuple of str
        Blocks of addresses of the proxies that it trusts, as they are on this machine.
    clients : tuple of str
        Blocks of addresses that may ask a forward proxy.
    stays_root : bool
        Whether it is started by root and must not change its user.
    is_under_tls : bool
        Whether TLS is on any of its links.
    introducers : tuple of str
        Addresses of those who tell it for whom they ask (PROXY protocol), as they are on this machine.
    hears_all : bool
        Whether that is everybody who asks it.
    """

    name: str
    settings: ForwardProxy | ReverseProxy
    listen: Place
    groups: tuple[Group, ...]
    run: Path
    source_ip: str = ""
    trusted: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    stays_root: bool = False
    is_under_tls: bool = False
    introducers: tuple[str, ...] = ()
    hears_all: bool = False

    @property
    def is_forward(self) -> bool:
        """Whether it is a forward proxy."""
        return isinstance(self.settings, ForwardProxy)

    @property
    def has_upstream(self) -> bool:
        """Whether it sends everything to a further forward proxy."""
        return isinstance(self.settings, ForwardProxy) and self.settings.upstream is not None

    @property
    def pseudonym(self) -> str:
        """Its name in Via."""
        return pseudonym(self.name)

    @property
    def via(self) -> str:
        """What it adds to Via behind the protocol's version; empty for nothing."""
        comment = f" ({self.settings.via_comment})" if self.settings.via_comment else ""
        return f"{self.pseudonym}{comment}" if self.settings.via else ""

    @property
    def host(self) -> str:
        """The Host that it writes; empty to keep the client's."""
        is_own = isinstance(self.settings, ReverseProxy) and self.settings.host == "backend"
        return group_name(self.name) if is_own else ""

    @property
    def balancing(self) -> str:
        """How it picks a server of a group: a forward proxy's client keeps to one of several servers of a host."""
        return self.settings.balancing.kind if isinstance(self.settings, ReverseProxy) else "client_hash"

    @property
    def believes_introducers(self) -> bool:
        """Whether it trusts all those who tell it for whom they ask."""
        blocks = [ip_network(block) for block in self.trusted]
        return all(any(ip_address(ip) in block for block in blocks) for ip in self.introducers)

    @property
    def timeout_s(self) -> float:
        """How long it waits for a next node, in seconds."""
        said = self.settings.response_timeout_s
        return FOR_EVER_S if said is None else said


@dataclass
class Unsupported:
    """Collects what a product cannot be told, each with its path in the scenario."""

    node: str
    problems: list[Problem] = field(default_factory=list)

    def note(self, setting: str, message: str, hint: str = "") -> None:
        """Say that a setting cannot be expressed, and what is done in its place."""
        self.problems.append(
            Problem(f"nodes.{self.node}.{setting}" if setting else f"nodes.{self.node}", message, hint)
        )


class Configuration(NamedTuple):
    """A product's configuration.

    Attributes
    ----------
    text : str
        The file.
    unsupported : tuple of Problem
        What it does not say, because the product cannot be told.
    """

    text: str
    unsupported: tuple[Problem, ...]


def task(scenario: Scenario, name: str, run: Path, places: Mapping[str, Place] | None = None) -> Task:
    """Say what a proxy of a scenario has to do on this machine.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    name : str
        One of its proxies.
    run : Path
        Folder for what it leaves behind.
    places : mapping of str to Place, optional
        Where each address of the scenario is.  Absent ones are taken to exist as they are, with port 80, or 3128 for
        forward proxies.

    Returns
    -------
    Task
        For the writers of configurations.

    Raises
    ------
    ProductError
        If there is no such proxy.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> said = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run/gateway"))
    >>> said.listen, [server.place for server in said.groups[0].servers][0]
    (('203.0.113.1', 80), ('10.3.0.11', 80))
    """
    known = places or {}
    settings = proxy(scenario, name)
    askers = [scenario.nodes[node] for node in topology.build(scenario).predecessors(name)]
    telling = [node for node in askers if isinstance(node, Proxy) and node.proxy_protocol]
    outbound = settings.outbound_address
    listen = known.get(settings.address, _usual_place(settings))
    is_private = ip_address(listen[0]).is_loopback
    return Task(
        name=name,
        settings=settings,
        listen=listen,
        groups=tuple(_groups(scenario, name, settings, known)),
        run=run,
        source_ip=_source_ip(outbound or settings.address, known, given=outbound is not None or bool(known)),
        trusted=tuple(block for said in settings.trusted_proxies for block in _blocks(said, known)),
        clients=("127.0.0.0/8",) if is_private else tuple(_client_blocks(scenario, name)),
        is_under_tls=any(link.tls and name in (link.from_node, link.to_node) for link in scenario.links),
        introducers=tuple(_source_ip(node.outbound_address or node.address, known, given=True) for node in telling),
        hears_all=bool(askers) and len(telling) == len(askers),
    )


def proxy(scenario: Scenario, name: str) -> ForwardProxy | ReverseProxy:
    """Give a proxy of a scenario by its name, or say which there are."""
    node = scenario.nodes.get(name)
    if isinstance(node, ForwardProxy | ReverseProxy):
        return node
    known = proxies(scenario)
    message = f"{name!r} is a {node.role}, not a proxy" if node else f"there is no proxy {name!r}"
    raise ProductError(message, path=f"nodes.{name}" if node else "nodes", hint=nearest(name, known) if known else "")


def proxies(scenario: Scenario) -> list[str]:
    """Name the proxies of a scenario.

    >>> from sim.scenario import library, load
    >>> proxies(load.load(library.path("layered")))
    ['campus-proxy', 'gateway']
    """
    return [name for name, node in scenario.nodes.items() if isinstance(node, Proxy)]


def _usual_place(node: object) -> Place:
    address = str(getattr(node, "address", ""))
    return address, PROXY_PORT if isinstance(node, ForwardProxy) else HTTP_PORT


def _server(scenario: Scenario, name: str, places: Mapping[str, Place]) -> NextNode:
    usual = _usual_place(scenario.nodes[name])
    return NextNode(pseudonym(name), places.get(usual[0], usual))


def _groups(
    scenario: Scenario, name: str, settings: ForwardProxy | ReverseProxy, places: Mapping[str, Place]
) -> Iterator[Group]:
    if isinstance(settings, ReverseProxy):
        yield Group(group_name(name), "", tuple(_server(scenario, one, places) for one in settings.backends))
    elif settings.upstream is not None:
        yield Group(group_name(name), "", (_server(scenario, settings.upstream, places),))
    else:
        served = {content.host: content.served_by for content in scenario.content.values()}
        for host, servers in served.items():
            found = tuple(_server(scenario, one, places) for one in servers)
            yield Group(f"{pseudonym(name)}-{pseudonym(host)}", host, found)


def _source_ip(address: str, places: Mapping[str, Place], *, given: bool) -> str:
    """Give the address to be bound: where nothing is said of it, the machine's own choice is right."""
    return places.get(address, (address, 0))[0] if given else ""


def _blocks(block: str, places: Mapping[str, Place]) -> list[str]:
    """Give a block as it is on this machine: the mapped addresses that lie in it, or itself."""
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


def say_what_nobody_can(task: Task, unsupported: Unsupported) -> None:
    """Say what no real product can be told: work that only a simulation has."""
    settings = task.settings
    if settings.service_demand_s:
        demand = format_seconds(settings.service_demand_s)
        unsupported.note(
            "service_demand", f"a real product takes the time that it takes, not {demand}, on each request"
        )
    if task.introducers and not task.believes_introducers:
        unsupported.note("trusted_proxies", "the product takes the word of all who speak the PROXY protocol to it")
    if task.is_under_tls:
        unsupported.note("", "the configuration speaks plainly; TLS on its links needs certificates of your own")
    cache = settings.cache
    if cache is not None and not cache.shared:
        unsupported.note("cache.shared", "a real proxy's cache is a shared one: it stores no private answers")
    if cache is not None and cache.targeted:
        unsupported.note("cache.targeted", "the product obeys Cache-Control alone, not CDN-Cache-Control")
    if settings.workers > 1:
        unsupported.note("workers", "a real product has as many workers as it is built for; 'workers' is left out")


def header(product: str, task: Task) -> list[str]:
    """Give the comment at the top of a configuration; names of a scenario may hold anything, line breaks too."""
    name = " ".join(task.name.split())
    return [f"# {product} in place of {name}, written by proxysim.  The folder {task.run} must exist."]


def endpoint(place: Place) -> str:
    """Write a place with its port, an IPv6 address in brackets.

    >>> endpoint(("127.0.0.1", 80)), endpoint(("::1", 80))
    ('127.0.0.1:80', '[::1]:80')
    """
    ip, port = place
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def identifier(text: str) -> str:
    """Make a name that every configuration language takes.

    >>> identifier("www.example.org")
    'www_example_org'
    """
    return re.sub(r"[^A-Za-z0-9_]", "_", text)


def indented(lines: Sequence[str], step: str = "    ") -> list[str]:
    """Indent lines; empty ones stay empty."""
    return [f"{step}{line}" if line else "" for line in lines]


def whole_seconds(seconds: float) -> int:
    """Round up to whole seconds, at least one: what products count in.

    >>> whole_seconds(0.3), whole_seconds(2.0)
    (1, 2)
    """
    return max(1, -int(-seconds // 1))

"""Whether the parts of a scenario fit together: what no single node can see.

Each rule is one small function from the readable parts to the problems that it finds, with paths as in the
file.  Rules that need to know every part (is there a link, can it be reached) wait until every part can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from itertools import combinations

from sim.errors import Problem, nearest
from sim.policies import routing
from sim.scenario import routes
from sim.scenario.addresses import AddressRange, host_addresses, one_address
from sim.scenario.distributions import AccessLog, Weighted
from sim.scenario.expected import expected_requests
from sim.scenario.salvage import Parts, of
from sim.scenario.schema import Backend, Client, ForwardProxy, Node, Pool, Proxy, ReverseProxy, Scenario
from sim.units import format_seconds

MOST_REQUESTS = 100_000_000

Rule = Callable[[Parts], Iterator[Problem]]


def problems(scenario: Scenario | Parts) -> list[Problem]:
    """Find everything in a scenario that does not fit together.

    Parameters
    ----------
    scenario : Scenario or Parts
        The scenario, or what could be read of it.

    Returns
    -------
    list of Problem
        Empty if it can be run.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> problems(load.load(library.path("direct")))
    []
    """
    parts = scenario if isinstance(scenario, Parts) else of(scenario)
    misnamed = _found(parts, NAME_RULES)
    found = misnamed + _found(parts, PART_RULES)
    if parts.whole:
        found += _found(parts, WHOLE_RULES)
    if parts.whole and not misnamed:
        found += _found(parts, (_unreachable,))
    return found


def _found(parts: Parts, rules: tuple[Rule, ...]) -> list[Problem]:
    return [problem for rule in rules for problem in rule(parts)]


# --- names ------------------------------------------------------------------------------------------------


def _unknown(parts: Parts, path: str, name: str, kind: str = "node") -> Iterator[Problem]:
    """Complain of a name that stands nowhere in the file; where there are no names at all, that is said elsewhere."""
    known = {*(parts.nodes if kind == "node" else parts.content), *parts.unreadable}
    if known and name not in known:
        yield Problem(path, f"unknown {kind} {name!r}", nearest(name, known))


def _wrong_role(parts: Parts, path: str, name: str, allowed: tuple[type[Node], ...], wanted: str) -> Iterator[Problem]:
    """Complain of a name that is unknown, or that is not of the role needed there."""
    yield from _unknown(parts, path, name)
    node = parts.nodes.get(name)
    if node is not None and not isinstance(node, allowed):
        known = [other for other, model in parts.nodes.items() if isinstance(model, allowed)]
        yield Problem(path, f"{name!r} is a {node.role}; {wanted}", f"there is {', '.join(known)}" if known else "")


def _clients(parts: Parts) -> Iterator[tuple[str, Client]]:
    return ((name, node) for name, node in parts.nodes.items() if isinstance(node, Client))


def _clients_proxy(parts: Parts) -> Iterator[Problem]:
    for name, client in _clients(parts):
        if client.proxy is not None:
            wanted = "a client's proxy must be a forward_proxy"
            yield from _wrong_role(parts, f"nodes.{name}.proxy", client.proxy, (ForwardProxy,), wanted)


def _clients_content(parts: Parts) -> Iterator[Problem]:
    for name, client in _clients(parts):
        if client.content == ():
            yield Problem(
                f"nodes.{name}.content", "these clients ask for nothing", "leave it out to ask for everything"
            )
        for index, class_name in enumerate(client.content or ()):
            yield from _unknown(parts, f"nodes.{name}.content.{index}", class_name, "content class")


def _upstream(parts: Parts) -> Iterator[Problem]:
    for name, node in parts.nodes.items():
        if isinstance(node, ForwardProxy) and node.upstream is not None:
            wanted = "an upstream must be a forward_proxy"
            yield from _wrong_role(parts, f"nodes.{name}.upstream", node.upstream, (ForwardProxy,), wanted)


def _backends(parts: Parts) -> Iterator[Problem]:
    wanted = "a reverse proxy forwards to a backend or another reverse_proxy"
    for name, node in parts.nodes.items():
        if not isinstance(node, ReverseProxy):
            continue
        path = f"nodes.{name}.backends"
        if not node.members:
            yield Problem(path, "a reverse proxy needs at least one backend", "write backends: [app-1, app-2]")
        if node.pools and node.backends:
            yield Problem(path, "stands beside 'pools', which take its place", "name these nodes in a pool")
        for where, pool in _pools(f"nodes.{name}", node):
            for index, backend in enumerate(pool.backends):
                yield from _wrong_role(parts, f"{where}backends.{index}", backend, (Backend, ReverseProxy), wanted)
            yield from _named_twice(f"{where}backends", pool.backends)


def _pools(path: str, node: ReverseProxy) -> Iterator[tuple[str, Pool]]:
    """Find the pools of a reverse proxy, each with the path at which it is written."""
    return ((f"{path}.pools.{name}." if name else f"{path}.", pool) for name, pool in node.groups.items())


def _balancing_weights(parts: Parts) -> Iterator[Problem]:
    for name, node in parts.nodes.items():
        for where, pool in _pools(f"nodes.{name}", node) if isinstance(node, ReverseProxy) else ():
            for member in getattr(pool.balancing, "weights", ()):
                if member not in pool.backends:
                    message = f"{member!r} is no backend of this pool"
                    yield Problem(f"{where}balancing.weights.{member}", message, nearest(member, pool.backends))


def _routing(parts: Parts) -> Iterator[Problem]:
    for name, node in parts.nodes.items():
        if not isinstance(node, ReverseProxy):
            continue
        path = f"nodes.{name}.routing"
        if node.routing and not node.pools:
            yield Problem(path, "there are no 'pools' to choose from", "write pools: {NAME: {backends: [...]}}")
        for index, settings in enumerate(node.routing if node.pools else ()):
            for pool in sorted(set(routing.registry.start(settings).pools()) - node.pools.keys()):
                yield Problem(f"{path}.{index}", f"unknown pool {pool!r}", nearest(pool, node.pools))


def _served_by(parts: Parts) -> Iterator[Problem]:
    wanted = "content is served by a backend or a reverse_proxy"
    for name, content in parts.content.items():
        path = f"content.{name}.served_by"
        if not content.served_by:
            yield Problem(path, "nobody serves this content", "name a backend or a reverse_proxy")
        for server in content.served_by:
            yield from _wrong_role(parts, path, server, (Backend, ReverseProxy), wanted)
        yield from _named_twice(path, content.served_by)


def _named_twice(path: str, names: Sequence[str]) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(path, f"{name!r} is named twice")


def _one_host_one_place(parts: Parts) -> Iterator[Problem]:
    for (first, one), (second, other) in combinations(parts.content.items(), 2):
        if one.host == other.host and set(one.served_by) != set(other.served_by):
            message = f"host {other.host!r} is served by {_words(other.served_by)}, but in {first!r} by"
            hint = "a host name resolves to the same nodes for all content"
            yield Problem(f"content.{second}.served_by", f"{message} {_words(one.served_by)}", hint)


def _loops(parts: Parts) -> Iterator[Problem]:
    onward = {name: _onward(node) for name, node in parts.nodes.items()}
    seen: set[frozenset[str]] = set()
    for start in onward:
        loop = _loop_from(start, onward)
        if loop and frozenset(loop) not in seen:
            seen.add(frozenset(loop))
            key = "upstream" if isinstance(parts.nodes[start], ForwardProxy) else "backends"
            yield Problem(f"nodes.{start}.{key}", f"requests would go in a loop: {' → '.join([*loop, start])}")


def _onward(node: Node) -> tuple[str, ...]:
    if isinstance(node, ReverseProxy):
        return node.members
    return (node.upstream,) if isinstance(node, ForwardProxy) and node.upstream else ()


def _loop_from(start: str, onward: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Find a way from a node back to itself, depth first; empty if there is none."""
    ways = [[start]]
    visited: set[str] = set()
    while ways:
        way = ways.pop()
        for following in onward.get(way[-1], ()):
            if following == start:
                return way
            if following not in visited:
                visited.add(following)
                ways.append([*way, following])
    return []


# --- links ------------------------------------------------------------------------------------------------


def _link_ends(parts: Parts) -> Iterator[Problem]:
    for index, link in parts.links.items():
        yield from _unknown(parts, f"links.{index}.from", link.from_node)
        yield from _unknown(parts, f"links.{index}.to", link.to_node)
        if link.from_node == link.to_node:
            yield Problem(f"links.{index}", f"links {link.from_node!r} with itself")


def _links_twice(parts: Parts) -> Iterator[Problem]:
    first: dict[frozenset[str], int] = {}
    for index, link in parts.links.items():
        earlier = first.setdefault(frozenset((link.from_node, link.to_node)), index)
        if earlier != index:
            message = f"{link.from_node!r} and {link.to_node!r} are already linked by links.{earlier}"
            yield Problem(f"links.{index}", message, "a link serves both directions")


def _jitter(parts: Parts) -> Iterator[Problem]:
    for index, link in parts.links.items():
        values = link.values
        if values.jitter_s > values.delay_s:
            jitter, delay = format_seconds(values.jitter_s), format_seconds(values.delay_s)
            hint = "a message cannot arrive before it was sent"
            yield Problem(f"links.{index}", f"jitter {jitter} is larger than delay {delay}", hint)


def _links_needed(parts: Parts) -> Iterator[Problem]:
    linked = {frozenset((link.from_node, link.to_node)) for link in parts.links.values()}
    for (sender, receiver), reason in routes.talks(parts.nodes, parts.content).items():
        if sender != receiver and frozenset((sender, receiver)) not in linked:
            hint = f"{reason}; add - {{from: {sender}, to: {receiver}, preset: lan}}"
            yield Problem("links", f"there is no link between {sender!r} and {receiver!r}", hint)


def _unreachable(parts: Parts) -> Iterator[Problem]:
    reached = routes.reachable(parts.nodes, parts.content)
    for name, node in parts.nodes.items():
        if name not in reached:
            yield Problem(f"nodes.{name}", "no request can reach this node", _WAYS_IN[node.role])


_WAYS_IN = {
    "forward_proxy": "name it as the proxy of a client, or as the upstream of a proxy that is used",
    "reverse_proxy": "name it in the served_by of a content class, or in the backends of a proxy that is used",
    "backend": "name it in the served_by of a content class, or in the backends of a proxy that is used",
}


# --- addresses --------------------------------------------------------------------------------------------


def _addresses(parts: Parts) -> list[tuple[str, AddressRange]]:
    """All addresses in use, each with its place in the file."""
    used: list[tuple[str, AddressRange]] = []
    for name, node in parts.nodes.items():
        if isinstance(node, Client):
            whole = isinstance(node.arrivals, AccessLog)
            used.append((f"nodes.{name}.addresses", host_addresses(node.addresses, None if whole else node.count)))
            continue
        used.append((f"nodes.{name}.address", one_address(node.address)))
        if isinstance(node, Proxy) and node.outbound_address not in (None, node.address):
            used.append((f"nodes.{name}.outbound_address", one_address(str(node.outbound_address))))
    return used


def _addresses_twice(parts: Parts) -> Iterator[Problem]:
    """Sort by first address: whatever overlaps an earlier range overlaps the one that reaches furthest."""
    furthest: tuple[str, AddressRange] | None = None
    for path, addresses in sorted(_addresses(parts), key=lambda used: (used[1].version, used[1].first)):
        common = furthest and addresses.overlap(furthest[1])
        if furthest and common:
            owner = furthest[0].split(".")[1]
            hint = "give each population a block of its own" if path.endswith("addresses") else ""
            yield Problem(path, f"address {common} already belongs to {owner!r}", hint)
        if furthest is None or _end(addresses) > _end(furthest[1]):
            furthest = (path, addresses)


def _end(addresses: AddressRange) -> tuple[int, int]:
    return addresses.version, addresses.first + addresses.length


def _block_size(parts: Parts) -> Iterator[Problem]:
    for name, client in _clients(parts):
        room = len(host_addresses(client.addresses))
        if client.count > room and not isinstance(client.arrivals, AccessLog):
            message = f"{client.addresses} has {room:,} host addresses, but there are {client.count:,} clients"
            bits = ip_network(client.addresses).max_prefixlen - (client.count + 1).bit_length()
            yield Problem(f"nodes.{name}.addresses", message, f"a /{bits} is large enough")


# --- content and run --------------------------------------------------------------------------------------


def _weights(parts: Parts) -> Iterator[Problem]:
    for name, content in parts.content.items():
        if isinstance(content.popularity, Weighted) and len(content.popularity.weights) != content.objects:
            message = f"there are {len(content.popularity.weights)} weights for {content.objects} objects"
            yield Problem(f"content.{name}.popularity.weights", message, "give one weight for each object")


def _replayed_content(parts: Parts) -> Iterator[Problem]:
    for name, client in _clients(parts):
        classes = routes.asked_for(client, parts.content)
        if isinstance(client.arrivals, AccessLog) and len(classes) != 1:
            message = (
                f"a replayed log needs exactly one content class, which says who serves it; here are {len(classes)}"
            )
            yield Problem(f"nodes.{name}.content", message, "write content: [name-of-the-class]")


def _something_to_ask(parts: Parts) -> Iterator[Problem]:
    if not any(_clients(parts)):
        yield Problem("nodes", "there is no client, so nobody would ask for anything", "add a node with role: client")
    elif not parts.content:
        yield Problem("content", "there is nothing to ask for", "describe at least one class of content")


def _has_an_end(parts: Parts) -> Iterator[Problem]:
    if parts.run is None or parts.run.requests is not None or parts.run.duration_s is not None:
        return
    endless = [name for name, client in _clients(parts) if not isinstance(client.arrivals, AccessLog)]
    if endless:
        asking = f"the requests of {_words(endless)} would go on for ever"
        yield Problem("run", f"nothing says when the run ends: {asking}", "give 'requests' or 'duration'")


def _warm_up(parts: Parts) -> Iterator[Problem]:
    run = parts.run
    if run is not None and run.duration_s is not None and run.warm_up_s >= run.duration_s:
        warm_up, duration = format_seconds(run.warm_up_s), format_seconds(run.duration_s)
        message = f"a warm-up of {warm_up} leaves nothing of a run of {duration}"
        yield Problem("run.warm_up", message, "it must be shorter than 'duration'")


def _too_many(parts: Parts) -> Iterator[Problem]:
    run = parts.run
    if run is None or run.duration_s is None or run.requests is not None:
        return
    expected = sum(expected_requests(client.arrivals, client.count, run.duration_s) for _, client in _clients(parts))
    if expected > MOST_REQUESTS:
        message = f"about {expected:.3g} requests are expected; at most {MOST_REQUESTS:,} are allowed"
        yield Problem("run.duration", message, "shorten it, lower the rates, or limit 'requests'")


def _words(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


NAME_RULES: tuple[Rule, ...] = (_clients_proxy, _clients_content, _upstream, _backends, _served_by, _link_ends)
"""Rules on names of nodes and content classes; with a wrong name, whether a node can be reached is idle talk."""

PART_RULES: tuple[Rule, ...] = (
    _one_host_one_place,
    _loops,
    _links_twice,
    _jitter,
    _addresses_twice,
    _block_size,
    _weights,
    _balancing_weights,
    _routing,
    _has_an_end,
    _warm_up,
    _too_many,
)
"""Rules that can be asked of a few parts as well as of all."""

WHOLE_RULES: tuple[Rule, ...] = (_something_to_ask, _replayed_content, _links_needed)
"""Rules that make sense only when every part could be read."""

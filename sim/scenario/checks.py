"""Whether the parts of a scenario fit together: names that lead nowhere, loops, missing links, clashing addresses.

Each rule is one small function from a `PartialScenario` (the parts of a scenario that could be read) to the problems
that it finds, with paths as in the file.  Rules that need every part (is there a link, can a node be reached) run only
when every part could be read: else each unreadable node would bring false problems about the nodes around it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_network
from itertools import combinations

from sim.errors import Problem, nearest
from sim.policies import routing
from sim.scenario import routes
from sim.scenario.address_range import AddressRange, host_addresses, one_address
from sim.scenario.distributions import AccessLog, Weighted
from sim.scenario.expected import expected_requests
from sim.scenario.salvage import PartialScenario, partial_of
from sim.scenario.schema import Backend, Client, ForwardProxy, Node, Pool, Proxy, ReverseProxy, Scenario
from sim.units import format_seconds

MOST_REQUESTS = 100_000_000

Rule = Callable[[PartialScenario], Iterator[Problem]]


def problems(scenario: Scenario | PartialScenario) -> list[Problem]:
    """Find everything in a scenario that does not fit together, in the order of the rules below.

    Parameters
    ----------
    scenario : Scenario or PartialScenario
        A partial one if the file has other problems, so that all of them are reported together.

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
    partial = scenario if isinstance(scenario, PartialScenario) else partial_of(scenario)
    misnamed = _found(partial, NAME_RULES)
    found = misnamed + _found(partial, PARTIAL_RULES)
    if partial.is_complete:
        found += _found(partial, WHOLE_RULES)
    if partial.is_complete and not misnamed:
        found += _found(partial, (_unreachable,))
    return found


def _found(partial: PartialScenario, rules: tuple[Rule, ...]) -> list[Problem]:
    return [problem for rule in rules for problem in rule(partial)]


# --- names ------------------------------------------------------------------------------------------------


def _unknown(partial: PartialScenario, path: str, name: str, kind: str = "node") -> Iterator[Problem]:
    """Report a name that stands nowhere in the file; that there are no names at all is another rule's problem."""
    known = {*(partial.nodes if kind == "node" else partial.content), *partial.unreadable}
    if known and name not in known:
        yield Problem(path, f"unknown {kind} {name!r}", nearest(name, known))


def _wrong_role(
    partial: PartialScenario, path: str, name: str, allowed: tuple[type[Node], ...], wanted: str
) -> Iterator[Problem]:
    """Report a name that is unknown, or whose node does not have the role needed there."""
    yield from _unknown(partial, path, name)
    node = partial.nodes.get(name)
    if node is not None and not isinstance(node, allowed):
        known = [other for other, model in partial.nodes.items() if isinstance(model, allowed)]
        yield Problem(path, f"{name!r} is a {node.role}; {wanted}", f"there is {', '.join(known)}" if known else "")


def _clients(partial: PartialScenario) -> Iterator[tuple[str, Client]]:
    return ((name, node) for name, node in partial.nodes.items() if isinstance(node, Client))


def _clients_proxy(partial: PartialScenario) -> Iterator[Problem]:
    for name, client in _clients(partial):
        if client.proxy is not None:
            wanted = "a client's proxy must be a forward_proxy"
            yield from _wrong_role(partial, f"nodes.{name}.proxy", client.proxy, (ForwardProxy,), wanted)


def _clients_content(partial: PartialScenario) -> Iterator[Problem]:
    for name, client in _clients(partial):
        if client.content == ():
            yield Problem(
                f"nodes.{name}.content", "these clients request no content class", "leave it out to request all"
            )
        for index, class_name in enumerate(client.content or ()):
            yield from _unknown(partial, f"nodes.{name}.content.{index}", class_name, "content class")


def _upstream(partial: PartialScenario) -> Iterator[Problem]:
    for name, node in partial.nodes.items():
        if isinstance(node, ForwardProxy) and node.upstream is not None:
            wanted = "an upstream must be a forward_proxy"
            yield from _wrong_role(partial, f"nodes.{name}.upstream", node.upstream, (ForwardProxy,), wanted)


def _backends(partial: PartialScenario) -> Iterator[Problem]:
    wanted = "a reverse proxy forwards to a backend or another reverse_proxy"
    for name, node in partial.nodes.items():
        if not isinstance(node, ReverseProxy):
            continue
        path = f"nodes.{name}.backends"
        if not node.members:
            yield Problem(path, "a reverse proxy needs at least one backend", "write backends: [app-1, app-2]")
        if node.pools and node.backends:
            yield Problem(path, "stands beside 'pools', which take its place", "name these nodes in a pool")
        for where, pool in _pools(f"nodes.{name}", node):
            for index, backend in enumerate(pool.backends):
                yield from _wrong_role(partial, f"{where}backends.{index}", backend, (Backend, ReverseProxy), wanted)
            yield from _named_twice(f"{where}backends", pool.backends)


def _pools(path: str, node: ReverseProxy) -> Iterator[tuple[str, Pool]]:
    """Find the pools of a reverse proxy, each with the path at which it is written."""
    return ((f"{path}.pools.{name}." if name else f"{path}.", pool) for name, pool in node.groups.items())


def _balancing_weights(partial: PartialScenario) -> Iterator[Problem]:
    for name, node in partial.nodes.items():
        for where, pool in _pools(f"nodes.{name}", node) if isinstance(node, ReverseProxy) else ():
            for member in getattr(pool.balancing, "weights", ()):
                if member not in pool.backends:
                    message = f"{member!r} is no backend of this pool"
                    yield Problem(f"{where}balancing.weights.{member}", message, nearest(member, pool.backends))


def _routing(partial: PartialScenario) -> Iterator[Problem]:
    for name, node in partial.nodes.items():
        if not isinstance(node, ReverseProxy):
            continue
        path = f"nodes.{name}.routing"
        if node.routing and not node.pools:
            yield Problem(path, "there are no 'pools' to choose from", "write pools: {NAME: {backends: [...]}}")
        for index, settings in enumerate(node.routing if node.pools else ()):
            for pool in sorted(set(routing.registry.start(settings).pools()) - node.pools.keys()):
                yield Problem(f"{path}.{index}", f"unknown pool {pool!r}", nearest(pool, node.pools))


def _served_by(partial: PartialScenario) -> Iterator[Problem]:
    wanted = "content is served by a backend or a reverse_proxy"
    for name, content in partial.content.items():
        path = f"content.{name}.served_by"
        if not content.served_by:
            yield Problem(path, "no node serves this content", "name a backend or a reverse_proxy")
        for server in content.served_by:
            yield from _wrong_role(partial, path, server, (Backend, ReverseProxy), wanted)
        yield from _named_twice(path, content.served_by)


def _named_twice(path: str, names: Sequence[str]) -> Iterator[Problem]:
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem(path, f"{name!r} is named twice")


def _one_host_one_place(partial: PartialScenario) -> Iterator[Problem]:
    for (first, one), (second, other) in combinations(partial.content.items(), 2):
        if one.host == other.host and set(one.served_by) != set(other.served_by):
            message = f"host {other.host!r} is served by {_quoted(other.served_by)}, but in {first!r} by"
            hint = "a host name resolves to the same nodes for all content"
            yield Problem(f"content.{second}.served_by", f"{message} {_quoted(one.served_by)}", hint)


def _loops(partial: PartialScenario) -> Iterator[Problem]:
    onward = {name: _onward(node) for name, node in partial.nodes.items()}
    seen: set[frozenset[str]] = set()
    for start in onward:
        loop = _loop_from(start, onward)
        if loop and frozenset(loop) not in seen:
            seen.add(frozenset(loop))
            following = loop[1] if len(loop) > 1 else start
            path = _path_onward(f"nodes.{start}", partial.nodes[start], following)
            yield Problem(path, f"requests would go in a loop: {' → '.join([*loop, start])}")


def _path_onward(path: str, node: Node, following: str) -> str:
    """Return the path at which a proxy names the next node."""
    if not isinstance(node, ReverseProxy):
        return f"{path}.upstream"
    return next(f"{where}backends" for where, pool in _pools(path, node) if following in pool.backends)


def _onward(node: Node) -> tuple[str, ...]:
    if isinstance(node, ReverseProxy):
        return node.members
    return (node.upstream,) if isinstance(node, ForwardProxy) and node.upstream else ()


def _loop_from(start: str, onward: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return a path from a node back to itself, found depth first; empty if there is none."""
    paths = [[start]]
    visited: set[str] = set()
    while paths:
        path = paths.pop()
        for following in onward.get(path[-1], ()):
            if following == start:
                return path
            if following not in visited:
                visited.add(following)
                paths.append([*path, following])
    return []


# --- links ------------------------------------------------------------------------------------------------


def _link_ends(partial: PartialScenario) -> Iterator[Problem]:
    for index, link in partial.links.items():
        yield from _unknown(partial, f"links.{index}.from", link.from_node)
        yield from _unknown(partial, f"links.{index}.to", link.to_node)
        if link.from_node == link.to_node:
            yield Problem(f"links.{index}", f"links {link.from_node!r} with itself")


def _links_twice(partial: PartialScenario) -> Iterator[Problem]:
    first: dict[frozenset[str], int] = {}
    for index, link in partial.links.items():
        earlier = first.setdefault(frozenset((link.from_node, link.to_node)), index)
        if earlier != index:
            message = f"{link.from_node!r} and {link.to_node!r} are already linked by links.{earlier}"
            yield Problem(f"links.{index}", message, "a link serves both directions")


def _jitter(partial: PartialScenario) -> Iterator[Problem]:
    for index, link in partial.links.items():
        values = link.values
        if values.jitter_s > values.delay_s:
            jitter, delay = format_seconds(values.jitter_s), format_seconds(values.delay_s)
            hint = "a message cannot arrive before it was sent"
            yield Problem(f"links.{index}", f"jitter {jitter} is larger than delay {delay}", hint)


def _links_needed(partial: PartialScenario) -> Iterator[Problem]:
    linked = {frozenset((link.from_node, link.to_node)) for link in partial.links.values()}
    for (sender, receiver), reason in routes.talks(partial.nodes, partial.content).items():
        if sender != receiver and frozenset((sender, receiver)) not in linked:
            hint = f"{reason}; add - {{from: {sender}, to: {receiver}, preset: lan}}"
            yield Problem("links", f"there is no link between {sender!r} and {receiver!r}", hint)


def _unreachable(partial: PartialScenario) -> Iterator[Problem]:
    reached = routes.reachable(partial.nodes, partial.content)
    for name, node in partial.nodes.items():
        if name not in reached:
            yield Problem(f"nodes.{name}", "no request can reach this node", _WAYS_IN[node.role])


_WAYS_IN = {
    "forward_proxy": "name it as the proxy of a client, or as the upstream of a proxy that is used",
    "reverse_proxy": "name it in the served_by of a content class, or in the backends of a proxy that is used",
    "backend": "name it in the served_by of a content class, or in the backends of a proxy that is used",
}


# --- addresses --------------------------------------------------------------------------------------------


def _addresses(partial: PartialScenario) -> list[tuple[str, AddressRange]]:
    """Return all addresses in use, each with its path in the file."""
    used: list[tuple[str, AddressRange]] = []
    for name, node in partial.nodes.items():
        if isinstance(node, Client):
            whole = isinstance(node.arrivals, AccessLog)
            used.append((f"nodes.{name}.addresses", host_addresses(node.addresses, None if whole else node.count)))
            continue
        used.append((f"nodes.{name}.address", one_address(node.address)))
        if isinstance(node, Proxy) and node.outbound_address not in (None, node.address):
            used.append((f"nodes.{name}.outbound_address", one_address(str(node.outbound_address))))
    return used


def _addresses_twice(partial: PartialScenario) -> Iterator[Problem]:
    """Report addresses in use twice.

    The ranges are sorted by their first address: a range that overlaps any earlier one overlaps the earlier one that
    ends last, so one comparison each is enough.
    """
    furthest: tuple[str, AddressRange] | None = None
    for path, addresses in sorted(_addresses(partial), key=lambda used: (used[1].version, used[1].first)):
        common = furthest and addresses.overlap(furthest[1])
        if furthest and common:
            owner = furthest[0].split(".")[1]
            hint = "give each population a block of its own" if path.endswith("addresses") else ""
            yield Problem(path, f"address {common} already belongs to {owner!r}", hint)
        if furthest is None or _end(addresses) > _end(furthest[1]):
            furthest = (path, addresses)


def _end(addresses: AddressRange) -> tuple[int, int]:
    return addresses.version, addresses.first + addresses.length


def _block_size(partial: PartialScenario) -> Iterator[Problem]:
    for name, client in _clients(partial):
        room = len(host_addresses(client.addresses))
        if client.count > room and not isinstance(client.arrivals, AccessLog):
            message = f"{client.addresses} has {room:,} host addresses, but there are {client.count:,} clients"
            # Two addresses of a block are no hosts: the network's own and the broadcast address.
            bits = ip_network(client.addresses).max_prefixlen - (client.count + 1).bit_length()
            yield Problem(f"nodes.{name}.addresses", message, f"a /{bits} is large enough")


# --- content and run --------------------------------------------------------------------------------------


def _weights(partial: PartialScenario) -> Iterator[Problem]:
    for name, content in partial.content.items():
        if isinstance(content.popularity, Weighted) and len(content.popularity.weights) != content.objects:
            message = f"there are {len(content.popularity.weights)} weights for {content.objects} objects"
            yield Problem(f"content.{name}.popularity.weights", message, "give one weight for each object")


def _replayed_content(partial: PartialScenario) -> Iterator[Problem]:
    for name, client in _clients(partial):
        classes = routes.asked_for(client, partial.content)
        if isinstance(client.arrivals, AccessLog) and len(classes) != 1:
            message = (
                f"a replayed log needs exactly one content class, whose 'served_by' serves it; here are {len(classes)}"
            )
            yield Problem(f"nodes.{name}.content", message, "write content: [name-of-the-class]")


def _something_to_request(partial: PartialScenario) -> Iterator[Problem]:
    if not any(_clients(partial)):
        yield Problem("nodes", "there is no client, so no request would be issued", "add a node with role: client")
    elif not partial.content:
        yield Problem("content", "there is no content class", "describe at least one")


def _has_an_end(partial: PartialScenario) -> Iterator[Problem]:
    if partial.run is None or partial.run.requests is not None or partial.run.duration_s is not None:
        return
    endless = [name for name, client in _clients(partial) if not isinstance(client.arrivals, AccessLog)]
    if endless:
        asking = f"the requests of {_quoted(endless)} would go on for ever"
        yield Problem("run", f"the run has no end: {asking}", "set 'requests' or 'duration'")


def _warm_up(partial: PartialScenario) -> Iterator[Problem]:
    run = partial.run
    if run is not None and run.duration_s is not None and run.warm_up_s >= run.duration_s:
        warm_up, duration = format_seconds(run.warm_up_s), format_seconds(run.duration_s)
        message = f"a warm-up of {warm_up} leaves nothing of a run of {duration}"
        yield Problem("run.warm_up", message, "it must be shorter than 'duration'")


def _too_many(partial: PartialScenario) -> Iterator[Problem]:
    run = partial.run
    if run is None or run.duration_s is None or run.requests is not None:
        return
    expected = sum(expected_requests(client.arrivals, client.count, run.duration_s) for _, client in _clients(partial))
    if expected > MOST_REQUESTS:
        message = f"about {expected:.3g} requests are expected; at most {MOST_REQUESTS:,} are allowed"
        yield Problem("run.duration", message, "shorten it, lower the rates, or limit 'requests'")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


NAME_RULES: tuple[Rule, ...] = (_clients_proxy, _clients_content, _upstream, _backends, _served_by, _link_ends)
"""Rules on names of nodes and content classes; after a misspelt name, that a node is unreachable is no news."""

PARTIAL_RULES: tuple[Rule, ...] = (
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
"""Rules that hold for the parts that could be read, whatever is missing."""

WHOLE_RULES: tuple[Rule, ...] = (_something_to_request, _replayed_content, _links_needed)
"""Rules that may only be applied when every part could be read."""

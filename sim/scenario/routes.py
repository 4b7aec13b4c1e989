"""Which nodes may open connections to which, as it follows from roles, settings and content classes.

The functions take mappings of nodes and content classes, not a whole scenario, so that ``checks`` can use them on a
file of which only parts could be read.  References to unknown nodes are skipped here; ``checks`` reports them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.scenario.schema import Backend, Client, ContentClass, ForwardProxy, Node, Proxy, ReverseProxy

Nodes = Mapping[str, Node]
Content = Mapping[str, ContentClass]
Pair = tuple[str, str]


def asked_for(client: Client, content: Content) -> tuple[str, ...]:
    """Return the names of the content classes that a population requests.

    Parameters
    ----------
    client : Client
        The population.
    content : mapping of str to ContentClass
        All classes.

    Returns
    -------
    tuple of str
        In the order of the client's ``content``; all classes if that is absent.
    """
    return tuple(content) if client.content is None else tuple(name for name in client.content if name in content)


def proxy_chain(first: str | None, nodes: Nodes) -> tuple[str, ...]:
    """Return the forward proxies that a client's requests pass: its proxy, then each proxy's upstream.

    Parameters
    ----------
    first : str or None
        The client's ``proxy``.
    nodes : mapping of str to Node
        All nodes.

    Returns
    -------
    tuple of str
        In the order of a request.  In a loop, which ``checks`` reports, it ends before the first repetition.
    """
    chain: list[str] = []
    name = first
    while name is not None and name not in chain:
        node = nodes.get(name)
        if not isinstance(node, ForwardProxy):
            break
        chain.append(name)
        name = node.upstream
    return tuple(chain)


def talks(nodes: Nodes, content: Content) -> dict[Pair, str]:
    """Return every pair of nodes between which a request may travel.

    Parameters
    ----------
    nodes : mapping of str to Node
        All nodes.
    content : mapping of str to ContentClass
        All classes.

    Returns
    -------
    dict of (str, str) to str
        The reason, by sender and receiver; it is the hint of a problem when their link is missing.
    """
    found: dict[Pair, str] = {}
    for name, node in nodes.items():
        for pair, reason in _talks_of(name, node, nodes, content):
            if isinstance(nodes.get(pair[1]), Proxy | Backend):
                found.setdefault(pair, reason)
    return found


def _talks_of(name: str, node: Node, nodes: Nodes, content: Content) -> Iterator[tuple[Pair, str]]:
    if isinstance(node, Client):
        yield from _talks_for_client(name, node, nodes, content)
    elif isinstance(node, ForwardProxy):
        if node.upstream is not None and isinstance(nodes.get(node.upstream), ForwardProxy):
            yield (name, node.upstream), f"{node.upstream} is the upstream proxy of {name}"
    elif isinstance(node, ReverseProxy):
        for backend in node.members:
            yield (name, backend), f"{backend} is a backend of {name}"


def _talks_for_client(name: str, client: Client, nodes: Nodes, content: Content) -> Iterator[tuple[Pair, str]]:
    chain = proxy_chain(client.proxy, nodes)
    last = name
    if client.proxy is not None:
        if not chain:
            return
        yield (name, chain[0]), f"{chain[0]} is the proxy of {name}"
        last = chain[-1]
    for class_name in asked_for(client, content):
        for server in content[class_name].served_by:
            yield (last, server), f"{name} requests {class_name!r}, served by {server}"


def reachable(nodes: Nodes, content: Content) -> set[str]:
    """Return the names of the nodes that requests can reach, clients included.

    Parameters
    ----------
    nodes : mapping of str to Node
        All nodes.
    content : mapping of str to ContentClass
        All classes.

    Returns
    -------
    set of str
        Without nodes that no client's request ever passes.
    """
    pairs = list(talks(nodes, content))
    reached = {name for name, node in nodes.items() if isinstance(node, Client)}
    while new := {receiver for sender, receiver in pairs if sender in reached} - reached:
        reached |= new
    return reached

"""The order of nodes in a drawing, from the clients on the left to the backends on the right.

Separate from the rest of the topology, so that what draws a trace can use it without knowing scenarios.
"""

from __future__ import annotations

import networkx as nx


def drawing_columns(graph: nx.DiGraph[str]) -> dict[str, int]:
    """Return each node's column in a drawing, counted from the left.

    Parameters
    ----------
    graph : networkx.DiGraph
        Acyclic, with the attribute ``role`` on its nodes, as `topology.build` makes it.

    Returns
    -------
    dict of str to int
        0 for clients; then the columns of forward proxies, of reverse proxies and of backends.  Within a role, a node
        stands as many columns to the right as the longest chain of nodes of that role that leads to it.

    Examples
    --------
    >>> from sim.scenario import library, load, topology
    >>> drawing_columns(topology.build(load.load(library.path("layered"))))
    {'students': 0, 'app-1': 3, 'app-2': 3, 'app-3': 3, 'campus-proxy': 1, 'gateway': 2}
    """
    columns: dict[str, int] = {}
    start = 0
    for role in ("client", "forward_proxy", "reverse_proxy", "backend"):
        members = [name for name in nx.topological_sort(graph) if graph.nodes[name]["role"] == role]
        for name in members:
            before = [columns[peer] + 1 for peer in graph.predecessors(name) if graph.nodes[peer]["role"] == role]
            columns[name] = max([start, *before])
        # A role without nodes takes no column: the next one begins where this one would have.
        start = max([start - 1, *(columns[name] for name in members)]) + 1
    return {name: columns[name] for name in graph}

"""Columns for drawing: who stands how far from the clients.

Apart from the rest of the topology, so that what draws a trace can use it without knowing scenarios.
"""

from __future__ import annotations

import networkx as nx


def tiers(graph: nx.DiGraph[str]) -> dict[str, int]:
    """Give each node its column for drawing from left to right.

    Parameters
    ----------
    graph : networkx.DiGraph
        With the attribute ``role`` on its nodes, as `topology.build` makes it; without cycles.

    Returns
    -------
    dict of str to int
        0 for clients; then forward proxies, reverse proxies and backends, each as many columns to the right as its
        longest way from a client, and no node of one role left of a node of an earlier role.

    Examples
    --------
    >>> from sim.scenario import library, load, topology
    >>> tiers(topology.build(load.load(library.path("layered"))))
    {'students': 0, 'app-1': 3, 'app-2': 3, 'app-3': 3, 'campus-proxy': 1, 'gateway': 2}
    """
    columns: dict[str, int] = {}
    start = 0
    for role in ("client", "forward_proxy", "reverse_proxy", "backend"):
        members = [name for name in nx.topological_sort(graph) if graph.nodes[name]["role"] == role]
        for name in members:
            before = [columns[peer] + 1 for peer in graph.predecessors(name) if graph.nodes[peer]["role"] == role]
            columns[name] = max([start, *before])
        start = max([start - 1, *(columns[name] for name in members)]) + 1
    return {name: columns[name] for name in graph}

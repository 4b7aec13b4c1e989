"""Where everything stands on the stage: tiers from left to right, sites as areas, all in shares of the stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import log10
from typing import Any, NamedTuple

import networkx as nx

from sim.scenario.drawing_order import drawing_columns

SWEEPS = 4
"""So often the nodes of each tier are put in the order of their neighbours', so that few links cross."""


STRETCH, MOST_STRETCH = 0.4, 1.0
"""How much wider a gap is for every power of ten by which its delay exceeds the shortest one, and at most."""


class Layout(NamedTuple):
    """Places on the stage.

    Attributes
    ----------
    places : dict of str to (float, float)
        Of each node: share of the width, from left to right, and of the height, from top to bottom.
    areas : list of dict
        Of each area: site, left, top, right, bottom (of the places in it), nodes.
    """

    places: dict[str, tuple[float, float]]
    areas: list[dict[str, Any]]


def layout(nodes: Mapping[str, Mapping[str, Any]], edges: Sequence[Mapping[str, Any]]) -> Layout:
    """Place the nodes of a trace.

    Parameters
    ----------
    nodes : mapping
        What the trace's ``meta`` says of each node: at least role and site.
    edges : sequence of mapping
        Links, each as sender and receiver.

    Returns
    -------
    Layout
        Places between 0 and 1, exclusive.

    Examples
    --------
    >>> from sim.trace.examples import EDGES, NODES
    >>> {name: place[0] < 0.5 for name, place in layout(NODES, EDGES).places.items()}
    {'students': True, 'proxy': False, 'app': False}
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, node in nodes.items():
        graph.add_node(name, role=node["role"])
    graph.add_edges_from((edge["sender"], edge["receiver"]) for edge in edges)
    columns = _ordered(graph, _columns(graph))
    across = _across(columns, edges)
    places = {
        name: (across[number], (row + 0.5) / len(column))
        for number, column in enumerate(columns)
        for row, name in enumerate(column)
    }
    return Layout(places, _areas(nodes, columns, places))


def _columns(graph: nx.DiGraph[str]) -> list[list[str]]:
    """List the nodes of each tier; empty tiers take no room."""
    tier = drawing_columns(graph) if nx.is_directed_acyclic_graph(graph) else _by_role(graph)
    return [[name for name in graph if tier[name] == number] for number in sorted(set(tier.values()))]


def _by_role(graph: nx.DiGraph[str]) -> dict[str, int]:
    order = ("client", "forward_proxy", "reverse_proxy", "backend")
    return {name: order.index(graph.nodes[name]["role"]) for name in graph}


def _across(columns: list[list[str]], edges: Sequence[Mapping[str, Any]]) -> list[float]:
    """Place the tiers from left to right, further apart where the way between them is long."""
    delay_s = {(edge["sender"], edge["receiver"]): edge.get("delay_s") or 0.0 for edge in edges}
    longest_s = [
        max((delay_s.get((a, b), 0.0) for a in left for b in right), default=0.0) for left, right in pairwise(columns)
    ]
    known = [delay for delay in longest_s if delay > 0]
    widths = [1.0, *(_width(delay, min(known, default=1.0)) for delay in longest_s)]
    total = sum(widths)
    return [sum(widths[: number + 1]) / total - 0.5 / total for number in range(len(columns))]


def _width(delay_s: float, shortest_s: float) -> float:
    return 1.0 + min(MOST_STRETCH, STRETCH * log10(delay_s / shortest_s)) if delay_s > 0 else 1.0


def _ordered(graph: nx.DiGraph[str], columns: list[list[str]]) -> list[list[str]]:
    """Move each node near the middle of its neighbours, sweeping forwards and backwards."""
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            height = {name: (row + 0.5) / len(other) for other in columns for row, name in enumerate(other)}
            column.sort(key=lambda name: _mean_height(graph, name, height))
    return columns


def _mean_height(graph: nx.DiGraph[str], name: str, height: dict[str, float]) -> float:
    near = [height[other] for other in (*graph.predecessors(name), *graph.successors(name))]
    return sum(near) / len(near) if near else height[name]


def _areas(
    nodes: Mapping[str, Mapping[str, Any]], columns: list[list[str]], places: dict[str, tuple[float, float]]
) -> list[dict[str, Any]]:
    """Draw one area around each site, or one in each tier where a whole one would cover nodes of another site."""
    found = []
    for site in dict.fromkeys(node.get("site") for node in nodes.values()):
        inside = [name for name in nodes if nodes[name].get("site") == site]
        if not site:
            continue
        whole = _area(site, inside, places)
        if _is_alone(whole, places):
            found.append(whole)
        else:
            parts = [[name for name in column if name in inside] for column in columns]
            found += [_area(site, part, places) for part in parts if part]
    return found


def _area(site: str, inside: list[str], places: dict[str, tuple[float, float]]) -> dict[str, Any]:
    x, y = zip(*(places[name] for name in inside), strict=True)
    return {"site": site, "left": min(x), "right": max(x), "top": min(y), "bottom": max(y), "nodes": inside}


def _is_alone(area: dict[str, Any], places: dict[str, tuple[float, float]]) -> bool:
    return not any(
        area["left"] <= x <= area["right"] and area["top"] <= y <= area["bottom"]
        for name, (x, y) in places.items()
        if name not in area["nodes"]
    )

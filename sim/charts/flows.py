"""What a topology shows: parties in tiers from left to right, and what every link carried.

Parties beyond what a slide can hold are drawn as one, with all of their links.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sim.charts.designs import rows
from sim.charts.words import count, percent
from sim.metrics import caching, response_time, stations
from sim.trace.trace import Trace

ROLES = {"client": "clients", "forward_proxy": "proxies", "reverse_proxy": "proxies", "backend": "backends"}
"""From left to right, and how several are called."""

MOST_OUTSIDE, MOST_INSIDE = 7, 3
"""Parties that fit above each other in the outer tiers, and in those between, whose names need more room."""


@dataclass(frozen=True)
class PartyBox:
    """One party as it is drawn.

    Attributes
    ----------
    name, role, site : str
        As in the scenario; a party that stands for several says how many.
    note : str
        What matters about it, such as ``"20 clients"``.
    hits : str
        Share of the requests that its cache answered; empty without a cache.
    stands_for : tuple of str
        All parties that are drawn as this one.
    """

    name: str
    role: str
    site: str
    note: str
    hits: str
    stands_for: tuple[str, ...]

    @property
    def key(self) -> str:
        """Name of the first party that it stands for, by which links find it."""
        return self.stands_for[0]


class Flow(NamedTuple):
    """What one link carried, between the keys of two parties; no delay where links of several are drawn as one."""

    sender: str
    receiver: str
    requests_per_s: float
    delay_s: float | None
    tls: str = ""


class Flows(NamedTuple):
    """Tiers of parties from left to right, and the links between them."""

    tiers: tuple[tuple[PartyBox, ...], ...]
    links: tuple[Flow, ...]


def flows(trace: Trace) -> Flows:
    """Arrange the parties of a trace in tiers, with what every link carried.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    Flows
        Ready to be drawn.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> [[party.name for party in tier] for tier in flows(three_requests()).tiers]
    [['students'], ['proxy'], ['app']]
    """
    tiers = tier_names(trace.nodes, trace.meta.get("edges", ()))
    hits = {row["node"]: percent(row["hit_ratio"]) for row in rows(caching.ratios(trace))}
    most = [MOST_OUTSIDE, *[MOST_INSIDE] * (len(tiers) - 2), MOST_OUTSIDE]
    boxes = [_tier(names, trace.nodes, hits, fit) for names, fit in zip(tiers, most, strict=True)]
    drawn_as = {name: box.key for tier in boxes for box in tier for name in box.stands_for}
    return Flows(tuple(boxes), tuple(_merged(_links(trace), drawn_as)))


def tier_names(nodes: Mapping[str, Mapping[str, Any]], edges: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Return the tiers of parties: by role, and within a role by how many of its kind a request passes before.

    >>> nodes = {"a": {"role": "client"}, "q": {"role": "forward_proxy"}, "p": {"role": "forward_proxy"}}
    >>> tier_names(nodes, [{"sender": "a", "receiver": "p"}, {"sender": "p", "receiver": "q"}])
    [['a'], ['p'], ['q']]
    """
    pairs = [(edge["sender"], edge["receiver"]) for edge in edges]
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:  # as many rounds as the longest chain can have
        for sender, receiver in pairs:
            if nodes[sender]["role"] == nodes[receiver]["role"]:
                depth[receiver] = min(max(depth[receiver], depth[sender] + 1), len(nodes))
    tiers: defaultdict[tuple[int, int], list[str]] = defaultdict(list)
    for name, node in nodes.items():
        tiers[list(ROLES).index(node["role"]), depth[name]].append(name)
    return [_by_site(tiers[key], nodes) for key in sorted(tiers)]


def _by_site(names: Sequence[str], nodes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Order a tier by site, so that areas do not interlock; then by the scenario's order."""
    sites = list(dict.fromkeys(node.get("site", "") for node in nodes.values()))
    return sorted(names, key=lambda name: sites.index(nodes[name].get("site", "")))


def _tier(
    names: Sequence[str], nodes: Mapping[str, Mapping[str, Any]], hits: Mapping[str, str], most: int
) -> tuple[PartyBox, ...]:
    shown = names if len(names) <= most else names[: most - 1]
    boxes = [
        PartyBox(
            name, nodes[name]["role"], nodes[name].get("site", ""), _note(nodes[name]), hits.get(name, ""), (name,)
        )
        for name in shown
    ]
    rest = tuple(names[len(shown) :])
    if rest:
        sites = {nodes[name].get("site", "") for name in rest}
        kept = boxes[0]
        boxes.append(
            replace(
                kept, name=f"{len(rest):,} more {ROLES[kept.role]}", note="", hits="", stands_for=rest, site=min(sites)
            )
        )
    return tuple(boxes)


def _note(node: Mapping[str, Any]) -> str:
    if node["role"] == "client":
        return count(int(node.get("count", 1)), "client")
    return count(int(node["workers"]), "worker") if node.get("workers") else ""


def _links(trace: Trace) -> list[Flow]:
    """List all links with their requests per second: exchanges per request times requests per second."""
    arrivals_per_s = float(stations.little(trace)["arrivals_per_s"].iloc[0])
    carried = {
        (row["sender"], row["receiver"]): row["exchanges_per_request"] * arrivals_per_s
        for row in rows(response_time.by_hop(trace))
    }
    return [
        Flow(*ends, carried.get(ends, 0.0), edge["delay_s"], edge.get("tls", ""))
        for edge in trace.meta.get("edges", ())
        for ends in [(edge["sender"], edge["receiver"])]
    ]


def _merged(links: Iterable[Flow], drawn_as: Mapping[str, str]) -> list[Flow]:
    merged: dict[tuple[str, str], Flow] = {}
    for link in links:
        ends = drawn_as[link.sender], drawn_as[link.receiver]
        before = merged.get(ends, Flow(*ends, 0.0, link.delay_s, link.tls))
        delay_s = link.delay_s if link.delay_s == before.delay_s else None
        tls = link.tls if link.tls == before.tls else ""
        merged[ends] = Flow(*ends, before.requests_per_s + link.requests_per_s, delay_s, tls)
    return list(merged.values())

"""GraphML: the topology with what passed over it, for Gephi, yEd, igraph or networkx."""

from __future__ import annotations

import re
from typing import Any

import networkx as nx
import numpy as np

from sim.exports.hop_view import nodes
from sim.trace.table import Table
from sim.trace.trace import Trace

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold (section 2.2)."""


def graphml(trace: Trace) -> str:
    """Write the topology of a trace as GraphML.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    str
        A directed graph, from whoever opens connections.  Nodes have role, site, addresses and the settings of workers
        and cache; edges have delay, bandwidth, jitter, and how many exchanges and bytes they carried.  What does not
        apply is left out.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> nx.parse_graphml(graphml(three_requests())).edges["proxy", "app"]["exchanges"]
    2
    """
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.graph |= _known({"title": trace.title, "scenario": trace.meta.get("scenario", {}).get("name")})
    for name, node in nodes(trace).items():
        graph.add_node(_plain(name), **_known(_node(node)))
    for edge in trace.meta.get("edges", []):
        ends = edge["sender"], edge["receiver"]
        said = {key: value for key, value in edge.items() if key not in {"sender", "receiver"}}
        graph.add_edge(*map(_plain, ends), **_known(said | _carried(trace.tables["hops"], *ends)))
    return "\n".join(nx.generate_graphml(graph, encoding="utf-8", prettyprint=True)) + "\n"


def _node(node: dict[str, Any]) -> dict[str, Any]:
    """Flatten what a trace says of a node: GraphML knows no lists and nothing nested."""
    cache = node.get("cache") or {}
    plain = {key: value for key, value in node.items() if key not in {"addresses", "cache"}}
    return {
        **plain,
        "addresses": " ".join(node.get("addresses") or ()) or None,
        **{f"cache_{key}": value for key, value in cache.items()},
    }


def _carried(hops: Table, sender: str, receiver: str) -> dict[str, int]:
    here = hops.take(np.flatnonzero(hops.words("sender").equal(sender) & hops.words("receiver").equal(receiver)))
    return {
        "exchanges": len(here),
        "request_bytes": int(here.numbers("request_bytes").sum()),
        "response_bytes": int(here.numbers("response_bytes").sum()),
    }


def _known(said: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is not known; what is no number, truth value or text becomes text."""
    kept = {key: value for key, value in sorted(said.items()) if value is not None}
    return {key: value if isinstance(value, int | float) else _plain(value) for key, value in kept.items()}


def _plain(text: object) -> str:
    r"""Replace what XML cannot hold.

    >>> _plain("a\x00b") == "a\ufffdb"
    True
    """
    return _NO_XML.sub("\ufffd", str(text))

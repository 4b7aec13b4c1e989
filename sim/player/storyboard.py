"""A trace as plain data for the player: what moves when, where nodes stand, and all texts.

Columns are typed arrays: seconds as float64, indices of nodes and words as int16 where they fit.  A million
requests are sampled, one mark standing for several, and ``each`` says how many; gauges and timeline are of all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import response_parts
from sim.errors import TraceError
from sim.player import eyes, gauges
from sim.player.index import Index, build
from sim.player.layout import layout
from sim.player.look import look
from sim.player.step_patterns import stories
from sim.response_parts import TRANSFER
from sim.trace.schema import PROXY_HEADER, carried_in_hops
from sim.trace.sightings import claimed
from sim.trace.table import Table, Words, alike
from sim.trace.trace import Trace

Columns = dict[str, NDArray[Any]]

MOST_REQUESTS = 120_000
"""Requests that a page holds; of more, each k-th."""

MANY_HOPS = 40_000
"""From here on times are put into the page in microseconds, below in tenths of them."""

SPELLINGS = {PROXY_HEADER: "PROXY protocol", "x-real-ip": "X-Real-IP"}
"""Names of fields that are not written with one capital letter for each part."""

TIMES = ("sent_s", "received_s", "answered_s", "returned_s")
PARTS = tuple(part.column for part in response_parts.PARTS.values() if part.is_recorded and part is not TRANSFER)
"""Columns of the parts of a response time that the page cannot work out from `TIMES`."""


@dataclass(frozen=True)
class Storyboard:
    """What the player shows of a trace.

    Attributes
    ----------
    said : dict
        Plain JSON values: title, nodes with places, edges, areas, words, legend, timeline, gauges, eyes.
    requests, hops : dict of str to ndarray
        Columns, named as in the trace without what can be worked out; hops are in the order of requests.
    steps : ndarray of int64
        By how many ticks each step missed its moment (see ``stories``).
    index : Index
        Which requests are under way when.
    tick_s : float
        Unit in which times are put into the page, in seconds.
    """

    said: dict[str, Any]
    requests: Columns
    hops: Columns
    steps: NDArray[np.int64]
    index: Index
    tick_s: float


@dataclass(frozen=True)
class _Source:
    """The rows of a trace that are shown, and the numbering of nodes."""

    trace: Trace
    requests: Table
    hops: Table
    steps: Table
    each: int
    names: list[str]
    words: dict[str, list[str]] = field(default_factory=dict)

    def coded(self, name: str, words: Words) -> NDArray[np.int64]:
        """Return for each row the number of its word among those that occur, and keep these."""
        compact = words.canonical()
        self.words[name] = list(compact.names)
        return compact.codes.astype(np.int64)


def storyboard(trace: Trace, most_requests: int = MOST_REQUESTS) -> Storyboard:
    """Prepare a trace for the player.

    Parameters
    ----------
    trace : Trace
        Any trace with at least one request.
    most_requests : int
        How many requests to keep; of more, each k-th is taken.

    Returns
    -------
    Storyboard
        Plain data.

    Raises
    ------
    TraceError
        If the trace has no request.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> board = storyboard(three_requests())
    >>> board.said["title"], board.requests["hops"].tolist(), board.index.at(0.6).tolist()
    ('Three requests', [0, 2, 3, 5], [0, 1, 2])
    """
    if not len(trace.tables["requests"]):
        raise TraceError("this trace holds no request, so there is nothing to play")
    source = _source(trace, most_requests)
    edges, edge_of_hop = _edges(source)
    requests, hops = _request_columns(source), _hop_columns(source, edge_of_hop)
    requests["decided_s"], requests["end_s"] = _decided_s(source, requests), _end_s(source, requests)
    tick_s = _tick_s(source, requests)
    told = stories(source.steps, source.hops, source.requests.numbers("request_id"), source.names, tick_s)
    requests["story"] = told.story_of
    said = _said(source, edges) | {"kinds": told.kinds, "stories": told.stories}
    return Storyboard(
        said=said,
        requests={name: _narrow(column) for name, column in requests.items()},
        hops={name: _narrow(column) for name, column in hops.items()},
        steps=told.missed_ticks,
        index=build(requests["arrival_s"], requests["end_s"]),
        tick_s=tick_s,
    )


# --- rows -------------------------------------------------------------------------------------------------


def _source(trace: Trace, most_requests: int) -> _Source:
    requests = trace.tables["requests"]
    each = math.ceil(len(requests) / most_requests)
    kept = requests.take(np.arange(0, len(requests), each))
    kept = kept.take(np.argsort(kept.numbers("request_id"), kind="stable"))
    ids = kept.numbers("request_id")
    tables = [
        trace.tables[name].take(np.isin(trace.tables[name].numbers("request_id"), ids)) for name in ("hops", "steps")
    ]
    return _Source(trace, kept, tables[0], tables[1], each, list(trace.nodes))


def _edges(source: _Source) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """Return the links, those of the scenario first, and which of them each hop took."""
    known = {(edge["sender"], edge["receiver"]): dict(edge) for edge in source.trace.meta.get("edges", ())}
    sender, receiver = source.hops.words("sender").canonical(), source.hops.words("receiver").canonical()
    width = max(len(receiver.names), 1)
    used, place = np.unique(sender.codes.astype(np.int64) * width + receiver.codes, return_inverse=True)
    pairs = [(sender.names[code // width], receiver.names[code % width]) for code in used.tolist()]
    for pair in pairs:
        known.setdefault(pair, {"sender": pair[0], "receiver": pair[1], "delay_s": None, "bandwidth_bytes_per_s": None})
    number = {pair: i for i, pair in enumerate(known)}
    return list(known.values()), np.array([number[pair] for pair in pairs], dtype=np.int64)[place.reshape(-1)]


# --- columns ----------------------------------------------------------------------------------------------


def _request_columns(source: _Source) -> Columns:
    table = source.requests
    ids = table.numbers("request_id")
    index = {name: number for number, name in enumerate(source.names)}
    answered = {name: index.get(name, -1) for name in table.words("answered_by").names}
    return {
        "id": ids,
        "client": table.words("client").look_up(index, dtype=np.int64),
        "method": source.coded("method", table.words("method")),
        "target": source.coded("target", table.words("target")),
        "arrival_s": table.numbers("arrival_s"),
        "completion_s": table.numbers("completion_s"),
        "status": table.numbers("status"),
        "response_bytes": table.numbers("response_bytes"),
        "outcome": source.coded("outcome", table.words("outcome")),
        "answered_by": table.words("answered_by").look_up(answered, dtype=np.int64),
        "error": source.coded("error", table.words("error")),
        "hops": np.concatenate([[0], np.searchsorted(source.hops.numbers("request_id"), ids, side="right")]),
    }


def _hop_columns(source: _Source, edge_of_hop: NDArray[np.int64]) -> Columns:
    table = source.hops
    hop_id, parent = table.numbers("hop_id"), table.numbers("parent_hop_id")
    first = np.searchsorted(table.numbers("request_id"), table.numbers("request_id"))
    parent_row = np.where(parent < 0, -1, np.searchsorted(hop_id, parent) - first)
    addresses = alike(table.words("source_ip"), table.words("destination_ip"))
    names = tuple(dict.fromkeys(table.words("source_ip").names + table.words("destination_ip").names))
    both = source.coded("address", Words(np.concatenate(addresses).astype(np.int32), names))
    numbers = ("attempt", "task", "status", "request_bytes", "response_bytes", "connection_reused", *TIMES, *PARTS)
    return {
        "parent": parent_row,
        "edge": edge_of_hop,
        "source": both[: len(table)],
        "destination": both[len(table) :],
        **{name: table.numbers(name) for name in numbers},
        **{name: source.coded(name, table.words(name)) for name in ("tls_mode", "error")},
        "claimed": source.coded("claimed", claimed(table)),
        **{name: source.coded(name, table.words(name)) for name in carried_fields()},
    }


def carried_fields() -> dict[str, tuple[str, str]]:
    """Return the columns of hops that are fields as carried.

    Returns
    -------
    dict of str to (str, str)
        By column: ``"request"`` or ``"response"``, and the field's name.

    Examples
    --------
    >>> carried_fields()["via"]
    ('request', 'Via')
    """
    found = carried_in_hops()
    return {name: (said.message, SPELLINGS.get(said.field, said.field.title())) for name, said in found.items()}


def _decided_s(source: _Source, requests: Columns) -> NDArray[np.float64]:
    """Return when each outcome was decided: when the node that made the answer began to send it, or a sender gave up.

    Where that node was not asked for this request (it was collapsed with another, say), the last exchange decides.
    """
    hops = source.hops.take(source.hops.numbers("task") == 0)
    row = np.searchsorted(requests["id"], hops.numbers("request_id"))
    receiver = hops.words("receiver").look_up({n: i for i, n in enumerate(source.names)}, dtype=np.int64)
    answered_s, returned_s = hops.numbers("answered_s"), hops.numbers("returned_s")
    when_s = np.where(np.isnan(answered_s), returned_s, answered_s)
    decided_s = np.full(len(requests["id"]), np.nan)
    is_last = np.concatenate([row[1:] != row[:-1], np.ones(min(len(row), 1), dtype=bool)])
    decided_s[row[is_last]] = when_s[is_last]
    makes = np.flatnonzero(receiver == requests["answered_by"][row])
    decided_s[row[makes]] = when_s[makes]  # in the order of hops, so that of several tries the last one counts
    return np.where(np.isnan(decided_s), requests["completion_s"], decided_s)


def _end_s(source: _Source, requests: Columns) -> NDArray[np.float64]:
    """Return when the last exchange of each request was over: background tasks outlast the answer."""
    end_s = requests["completion_s"].copy()
    row = np.searchsorted(requests["id"], source.hops.numbers("request_id"))
    np.maximum.at(end_s, row, np.nan_to_num(source.hops.numbers("returned_s"), nan=-np.inf))
    return end_s


def _tick_s(source: _Source, requests: Columns) -> float:
    """Choose the unit of times in the page: fine where there is room, and so that 32 bits hold every request."""
    longest_s = float(np.max(requests["end_s"] - requests["arrival_s"], initial=0.0))
    gap_s = float(np.max(np.abs(np.diff(requests["arrival_s"], prepend=0.0)), initial=0.0))
    finest_s = 1e-6 if len(source.hops) > MANY_HOPS else 1e-7
    while max(longest_s, gap_s) / finest_s > 2**30:
        finest_s *= 10
    return finest_s


def _narrow(column: NDArray[Any]) -> NDArray[Any]:
    """Keep seconds in float64, and whole numbers in 16 bits where they fit, else in 32, else in 64."""
    if column.dtype.kind in "fb" or not len(column):
        return column
    least, most = int(column.min()), int(column.max())
    fitting = [width for width in (np.int16, np.int32) if np.iinfo(width).min <= least and most <= np.iinfo(width).max]
    return column.astype(fitting[0] if fitting else np.int64)


# --- texts and settings -----------------------------------------------------------------------------------


def _said(source: _Source, edges: list[dict[str, Any]]) -> dict[str, Any]:
    trace = source.trace
    index = {name: number for number, name in enumerate(source.names)}
    where = layout(trace.nodes, edges)
    return {
        "title": trace.title,
        "name": str(trace.meta.get("scenario", {}).get("name", "")),
        "world": str(trace.meta.get("world", "")),
        "seed": trace.seed,
        "issued": len(trace.tables["requests"]),
        "each": source.each,
        "is_cut_short": trace.is_cut_short,
        "warm_up_s": trace.warm_up_s,
        "notes": [str(note) for note in trace.meta.get("notes", ())],
        "has_steps": len(source.steps) > 0,
        "nodes": [_node(name, node, where.places[name]) for name, node in trace.nodes.items()],
        "edges": [{**edge, "sender": index[edge["sender"]], "receiver": index[edge["receiver"]]} for edge in edges],
        "areas": [{**area, "nodes": [index[name] for name in area["nodes"]]} for area in where.areas],
        "words": source.words,
        "fields": {name: list(said) for name, said in carried_fields().items()},
        **look(),
        "stages": {str(name): str(sentence) for name, sentence in trace.meta.get("stages", {}).items()},
        "readable": eyes.reading_rules(),
        "timeline": gauges.timeline(trace),
        "stations": gauges.stations(trace),
        "caches": gauges.caches(trace),
        "eyes": eyes.eyes(trace),
    }


def _node(name: str, node: dict[str, Any], place: tuple[float, float]) -> dict[str, Any]:
    return {
        "name": name,
        "role": node["role"],
        "site": node.get("site") or "",
        "addresses": list(node.get("addresses") or ()),
        "block": str(node.get("block") or ""),
        "count": node.get("count"),
        "workers": node.get("workers"),
        "x": round(place[0], 4),
        "y": round(place[1], 4),
    }

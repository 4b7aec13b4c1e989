"""Trace events for ui.perfetto.dev: tracks per node and lane, exchanges as slices, queues as counters, hops as arrows.

The format is the JSON object of the "Trace Event Format" (Chromium), which the Perfetto user interface opens.  Slices
are written as beginning and end: a reader that cuts a time to whole nanoseconds then cuts both sides of an edge alike,
and what nests goes on nesting.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from sim.exports.hop_view import HopView, Row, carried, children, exchanges, nodes, ns, rows, version_of
from sim.exports.lanes import Slice, edges, lanes
from sim.response_parts import CONNECT, PARTS, TLS
from sim.trace.levels import sweep
from sim.trace.trace import Trace

_LANES_PER_NODE = 1_000_000
_NS_PER_US = 1000

Event = dict[str, Any]


def perfetto(trace: Trace) -> str:
    """Write a trace as trace events.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    str
        JSON, one event per line.  A node is a "process", a lane a "thread".  A client's slices are its requests, and in
        them its exchanges; those of other nodes are what they were asked, and in it waiting, service and their own
        exchanges.  What was made in the background, or at the same time as another, has a lane of its own.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> events = json.loads(perfetto(three_requests()))["traceEvents"]
    >>> [event["name"] for event in events if event["ph"] == "B" and event["pid"] == 3]
    ['GET /0', 'service', 'GET /2', 'waiting', 'service']
    """
    events = (json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for event in _events(trace))
    said = {
        "title": trace.title,
        "scenario": str(trace.meta.get("scenario", {}).get("name", "")),
        "seed": str(trace.seed),
        "proxysim": version_of(trace),
    }
    head = f'{{"displayTimeUnit":"ms","otherData":{json.dumps(said, ensure_ascii=False)},"traceEvents":[\n'
    return head + ",\n".join(events) + "\n]}\n"


def _events(trace: Trace) -> Iterator[Event]:
    slices = _slices(trace)
    for pid, (name, node) in enumerate(nodes(trace).items(), start=1):
        yield from _names(pid, name, node)
        for lane, inhabitants in enumerate(lanes(slices.get(name, []))):
            tid = _lane(pid, lane)
            yield _meta(pid, tid, "thread_name", name=f"lane {lane + 1}")
            yield _meta(pid, tid, "thread_sort_index", sort_index=lane)
            for what, when_ns, one in edges(inhabitants):
                yield {"ph": what, "pid": pid, "tid": tid, "ts": when_ns / _NS_PER_US, **_told(what, one)}
        yield from _counters(trace, pid, name, node)


def _names(pid: int, name: str, node: Row) -> Iterator[Event]:
    tid = _lane(pid)
    yield _meta(pid, tid, "process_name", name=name)
    yield _meta(pid, tid, "process_labels", labels=node["role"].replace("_", " "))
    yield _meta(pid, tid, "process_sort_index", sort_index=pid)


def _lane(pid: int, lane: int = 0) -> int:
    """Return a number of a lane that no other node's has; never 0, which means an idle processor."""
    return pid * _LANES_PER_NODE + lane


def _meta(pid: int, tid: int, what: str, **said: Any) -> Event:
    return {"ph": "M", "pid": pid, "tid": tid, "ts": 0, "cat": "__metadata", "name": what, "args": said}


def _told(what: str, one: Slice) -> Event:
    """Return name and arguments of a slice where it begins; the two ends of an exchange are bound by an arrow."""
    told: Event = {"name": one.name, "cat": one.category}
    if what == "E":
        return told  # some readers want both on either side
    told["args"] = one.said
    if one.category in {"exchange", "asked"}:
        told |= {"bind_id": hex(one.said["hop_id"] + 1), "flow_out" if one.category == "exchange" else "flow_in": True}
    return told


# --- slices -----------------------------------------------------------------------------------------------


def _slices(trace: Trace) -> dict[str, list[Slice]]:
    """Make the slices that stand alone in a lane, by node."""
    found = exchanges(trace)
    made = children(found)
    alone: dict[str, list[Slice]] = {}
    own: dict[int, list[HopView]] = {}
    for one in made.get(-1, []):
        own.setdefault(one.request["request_id"], []).append(one)
    for request in rows(trace.tables["requests"]):
        outer = _of_request(request)
        left = outer.admit(map(_sending, own.get(request["request_id"], [])))
        alone.setdefault(request["client"], []).extend([outer, *left])
    for one in found.values():
        if one.received_ns is not None:
            outer = _being_asked(one, one.received_ns)
            asked = made.get(one.hop["hop_id"], [])
            left = outer.admit([*_at_worker(one, one.received_ns, asked), *map(_sending, asked)])
            alone.setdefault(one.hop["receiver"], []).extend([outer, *left])
    return alone


def _of_request(request: Row) -> Slice:
    keys = ("request_id", "client_ip", "target", "status", "outcome", "answered_by", "error", "response_bytes")
    said = {key: request[key] for key in keys}
    return Slice(_title(request), "request", ns(request["arrival_s"]), ns(request["completion_s"]), said)


def _sending(one: HopView) -> Slice:
    """Make the slice of an exchange at its sender, with the opening of its connection."""
    outer = Slice(f"→ {one.hop['receiver']}", "exchange", one.sent_ns, one.returned_ns, _about(one, "destination_ip"))
    opened_ns = max(one.connected_ns - ns(one.hop["tls_s"]), one.sent_ns)
    parts = ((CONNECT.label, one.sent_ns, opened_ns), (TLS.label, opened_ns, one.connected_ns))
    outer.admit(Slice(name, "part", start, end) for name, start, end in parts if end > start)
    return outer


def _being_asked(one: HopView, received_ns: int) -> Slice:
    """Make the slice of an exchange at its receiver."""
    return Slice(_title(one.request), "asked", received_ns, one.left_ns, _about(one, "source_ip"))


def _at_worker(one: HopView, received_ns: int, asked: list[HopView]) -> list[Slice]:
    """Make the slices of waiting, service and being held, if they are known to lie before any exchange with others."""
    parts, start_ns = [], received_ns
    for part in (part for part in PARTS.values() if part.is_at_receiver):
        end_ns = min(start_ns + ns(one.hop[part.column]), one.left_ns)
        if end_ns > start_ns:
            parts.append(Slice(part.label, "part", start_ns, end_ns))
        start_ns = end_ns
    return [] if asked and asked[0].sent_ns < start_ns else parts


def _title(request: Row) -> str:
    parts = urlsplit(request["target"])
    return f"{request['method']} {parts.path or request['target']}{'?' if parts.query else ''}{parts.query}"


def _about(one: HopView, address: str) -> Row:
    keys = ("hop_id", "request_id", "attempt", "task", address, "status", "cache_status", "error", "connection_reused")
    return {key: one.hop[key] for key in (*keys, "request_bytes", "response_bytes")} | dict(carried(one.hop))


# --- counters ---------------------------------------------------------------------------------------------


def _counters(trace: Trace, pid: int, name: str, node: Row) -> Iterator[Event]:
    """Count at every moment the requests waiting and in service; at nodes without workers, those in flight."""
    hops = trace.tables["hops"]
    here = hops.take(hops.words("receiver").equal(name) & ~np.isnan(hops.numbers("received_s")))
    received_s, answered_s = here.numbers("received_s"), here.numbers("answered_s")
    left_s = np.where(np.isnan(answered_s), here.numbers("returned_s"), answered_s)
    begun_s = received_s + here.numbers("waiting_s")
    if node.get("workers"):
        yield from _counter(pid, "queue length", received_s, begun_s)
        yield from _counter(pid, "in service", begun_s, begun_s + here.numbers("service_s"))
    elif len(here):
        yield from _counter(pid, "in flight", received_s, left_s)


def _counter(pid: int, name: str, starts_s: Iterable[float], ends_s: Iterable[float]) -> Iterator[Event]:
    levels = sweep(np.asarray(starts_s), np.asarray(ends_s))
    before = 0
    for time_s, level in zip(levels.time_s.tolist(), levels.level.tolist(), strict=True):
        if level != before:
            at = {
                "ph": "C",
                "pid": pid,
                "tid": _lane(pid),
                "ts": ns(time_s) / _NS_PER_US,
                "cat": "counter",
                "name": name,
            }
            yield {**at, "args": {"requests": level}}
        before = level

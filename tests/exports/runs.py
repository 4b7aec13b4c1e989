"""Runs that every format must be able to write: shipped scenarios, and by hand what goes wrong or looks odd."""

from __future__ import annotations

from functools import cache
from math import nan

import sim
from sim.trace.examples import EDGES, NODES, build, three_requests, to_app, to_proxy

HOSTILE = '<img src=x onerror="alert(1)">; end #1 %% "q" &amp;'
SHIPPED = ("direct", "forward-proxy", "reverse-proxy", "layered", "mm1")
LOST = {"received_s": nan, "answered_s": nan, "returned_s": 0.6, "transfer_s": 0.0, "status": 0, "response_bytes": 0}


@cache
def shipped(name):
    """A short run of a shipped scenario."""
    return sim.simulate(sim.load(name, ["run.requests=150", "run.warm_up=0 s"]), seed=3)


def gone_wrong():
    """A request that never reached the backend, one whose client gave up, and one that was tried twice."""
    late = {"answered_s": nan, "returned_s": 3.0, "status": 0, "response_bytes": 0, "transfer_s": 0.1}
    return build(
        [
            to_proxy(0, 0.0, status=504, inside_s=0.5, error="connection_timeout"),
            to_app(0, 0.1, parent=0, error="connection_timeout", **LOST),
            to_proxy(1, 1.0, error="connection_timeout", **late),
            to_proxy(2, 2.0, inside_s=1.4),
            to_app(2, 2.1, parent=3, status=503, service_s=0.1, link_s=0.1),
            to_app(2, 2.4, parent=3, attempt=1, service_s=0.9),
        ]
    )


def made_aside():
    """A stale answer and the validation that outlasted it; two exchanges at once; and a request that was held."""
    return build(
        [
            to_proxy(0, 0.0, cache_status="stale", inside_s=0.0),
            to_app(0, 0.1, parent=0, task=1, service_s=2.0),
            to_proxy(1, 0.5, inside_s=1.0),
            to_app(1, 0.6, parent=2, service_s=0.5),
            to_app(1, 0.7, parent=2, service_s=0.5),
            to_proxy(2, 0.8, cache_status="collapsed", collapse_wait_s=0.4, inside_s=0.4),
        ]
    )


def hostile_names():
    """Names that mean something to HTML, XML, JSON or Mermaid."""
    bad = {"proxy": HOSTILE, "app": "end", "students": "a;b\nc"}
    trace = three_requests(
        nodes={bad[name]: {**node, "site": HOSTILE} for name, node in NODES.items()},
        edges=[{**edge, "sender": bad[edge["sender"]], "receiver": bad[edge["receiver"]]} for edge in EDGES],
        scenario={"name": HOSTILE, "title": f"{HOSTILE}\x00", "hash": "0"},
    )
    for table in trace.tables.recorded().values():
        for name in {"sender", "receiver", "client", "answered_by", "node"} & set(table.names):
            words = table.words(name)
            table._columns[name] = words._replace(names=tuple(bad.get(word, word) for word in words.names))
    return trace


BY_HAND = {
    "three requests": three_requests,
    "gone wrong": gone_wrong,
    "made in the background": made_aside,
    "hostile names": hostile_names,
    "nothing": lambda: build([]),
}
NAMES = (*SHIPPED, *BY_HAND)


def run(name):
    """A run by its name."""
    return BY_HAND[name]() if name in BY_HAND else shipped(name)

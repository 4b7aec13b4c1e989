"""Traces made by hand: small enough to work out every number on paper.

The examples in the documents and many tests use `three_requests`, two students behind a caching forward proxy
and one backend with one worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sim.messages import CacheStatus
from sim.outcomes import CACHE_WORDS, HIT
from sim.trace import schema
from sim.trace.ended import ended
from sim.trace.files import FORMAT
from sim.trace.table import Table, Words
from sim.trace.trace import Trace

Cell = Any
"""Value of one cell: a number, a word, or whatever `meta` holds."""

Row = dict[str, Cell]

STUDENTS = ("10.0.0.1", "10.0.0.2")
PROXY_IN, PROXY_OUT, APP = "192.0.2.1", "192.0.2.2", "198.51.100.1"

NODES: dict[str, dict[str, Any]] = {
    "students": {"role": "client", "site": "campus", "addresses": [], "count": 2, "workers": None, "cache": None},
    "proxy": {
        "role": "forward_proxy",
        "site": "campus",
        "addresses": [PROXY_IN, PROXY_OUT],
        "workers": None,
        "cache": {"capacity": 100, "unit": "objects", "replacement": "lru"},
    },
    "app": {
        "role": "backend",
        "site": "far",
        "addresses": [APP],
        "workers": 1,
        "discipline": "fifo",
        "cache": None,
    },
}

EDGES = [
    {"sender": a, "receiver": b, "delay_s": 0.1, "bandwidth_bytes_per_s": None, "jitter_s": 0.0}
    for a, b in (("students", "proxy"), ("proxy", "app"))
]

_HOP: Row = {
    "parent_hop_id": -1,
    "attempt": 0,
    "task": 0,
    "connect_s": 0.0,
    "tls_s": 0.0,
    "waiting_s": 0.0,
    "service_s": 0.0,
    "collapse_wait_s": 0.0,
    "connection_reused": False,
    "tls_mode": "plain",
    "request_bytes": 400,
    "response_bytes": 1000,
    "status": 200,
    "cache_status": "",
    **dict.fromkeys(schema.carried_in_hops(), ""),
    "host": "www.example.org",
    "error": "",
}


def exchange(request_id: int, sent_s: float, *, link_s: float = 0.2, inside_s: float = 0.0, **said: Cell) -> Row:
    """Make a row of hops, with the times worked out.

    Parameters
    ----------
    request_id : int
        The client's request.
    sent_s : float
        When it begins, in seconds.
    link_s : float
        Time on the link in seconds, half of it each way.
    inside_s : float
        Time that the receiver spends on exchanges made for its sake, in seconds.
    **said
        Any column of hops, such as ``service_s=0.8``; wins over what is worked out.

    Returns
    -------
    dict
        A row, still without ``hop_id``.

    Examples
    --------
    >>> exchange(0, 10.0, link_s=1.0, service_s=2.0)["returned_s"]
    13.0
    """
    row: Row = {**_HOP, "request_id": request_id, "sent_s": sent_s, "transfer_s": link_s, **said}
    received_s = sent_s + row["connect_s"] + row["tls_s"] + link_s / 2
    answered_s = received_s + row["waiting_s"] + row["service_s"] + row["collapse_wait_s"] + inside_s
    times = {"received_s": received_s, "answered_s": answered_s, "returned_s": answered_s + link_s / 2}
    purpose = "probe" if request_id < 0 else "background" if row["task"] else "request"
    return {**times, **row, "purpose": purpose}


def to_proxy(request_id: int, sent_s: float, *, student: int = 0, **said: Cell) -> Row:
    """Make an exchange between a student and the proxy; see `exchange`.

    >>> to_proxy(0, 0.0, student=1)["source_ip"]
    '10.0.0.2'
    """
    ends = {"sender": "students", "receiver": "proxy", "source_ip": STUDENTS[student], "destination_ip": PROXY_IN}
    return exchange(request_id, sent_s, **{**ends, "cache_status": CACHE_WORDS[CacheStatus.URI_MISS].word, **said})


def to_app(request_id: int, sent_s: float, *, parent: int, **said: Cell) -> Row:
    """Make an exchange between the proxy and the backend; see `exchange`.

    >>> to_app(0, 0.0, parent=0)["source_ip"]
    '192.0.2.2'
    """
    ends = {"sender": "proxy", "receiver": "app", "source_ip": PROXY_OUT, "destination_ip": APP}
    return exchange(request_id, sent_s, **{**ends, "parent_hop_id": parent, "via": "1.1 proxy", **said})


def table(columns: Iterable[schema.Column], rows: list[Row]) -> Table:
    """Make a table of a schema out of rows.

    >>> len(table(schema.STEPS, []))
    0
    """
    return Table(
        {
            c.name: Words.of(row[c.name] for row in rows)
            if c.kind == "word"
            else np.array([row[c.name] for row in rows], dtype=c.kind)
            for c in columns
        }
    )


def _request(first: Row) -> Row:
    return {
        "request_id": first["request_id"],
        "client": first["sender"],
        "client_ip": first["source_ip"],
        "method": "GET",
        "target": f"http://www.example.org/{first['request_id']}",
        "arrival_s": first["sent_s"],
        "completion_s": first["returned_s"],
        "status": first["status"],
        "response_bytes": first["response_bytes"],
        "outcome": "",
        "answered_by": "",
        "error": first["error"],
    }


def _requests(first: list[Row], hops: Table) -> Table:
    """Make the table of requests from the clients' own exchanges; how they ended follows from all exchanges."""
    made = table(schema.REQUESTS, [_request(row) for row in first])
    return Table({**{name: made[name] for name in made}, **ended(made, hops)._asdict()})


def build(hops: list[Row], *, nodes: Mapping[str, Any] = NODES, steps: list[Row] | None = None, **meta: Cell) -> Trace:
    """Make a trace out of exchanges; its requests are made from those of the clients.

    Parameters
    ----------
    hops : list of dict
        Rows made by `exchange`, in the order of (request, sending).
    nodes : mapping
        Nodes of its `meta`.
    steps : list of dict, optional
        Rows of steps.
    **meta
        Values of its `meta` other than the usual ones.

    Returns
    -------
    Trace
        The trace, not held to its laws.

    Examples
    --------
    >>> build([to_proxy(0, 0.0, cache_status="hit")]).requests["outcome"].tolist()
    ['hit']
    """
    rows = [{"hop_id": i, **hop} for i, hop in enumerate(hops)]
    own = [row for row in rows if row["parent_hop_id"] < 0 and row["purpose"] == "request"]
    carried = table(schema.HOPS, rows)
    said = {
        "format": FORMAT,
        "scenario": {"name": "three-requests", "title": "Three requests", "hash": "0123456789ab"},
        "seed": 7,
        "replication": 0,
        "engine": "none",
        "world": "by hand",
        "versions": {},
        "cut_short": False,
        "warm_up_s": 0.0,
        "issued": len(own),
        "end_s": max((row["returned_s"] for row in rows), default=0.0),
        "recorded": ["requests", "hops", "steps"],
        "notes": [],
        "nodes": dict(nodes),
        "edges": EDGES,
        **meta,
    }
    return Trace(_requests(own, carried), carried, table(schema.STEPS, steps or []), said)


def three_requests(**meta: Cell) -> Trace:
    """Make a trace of three requests: a miss of 1.4 s, a hit of 0.2 s, and the other student's miss of 1.6 s.

    Every exchange spends 0.2 s on its link; the first with the backend also 0.2 s on connecting.  The backend
    works 0.8 s on the first miss, and 1 s on the second, which waits 0.2 s for the only worker.

    Parameters
    ----------
    **meta
        Values of its `meta` other than the usual ones, such as ``warm_up_s=0.5``.

    Returns
    -------
    Trace
        A trace that obeys all laws.

    Examples
    --------
    >>> three_requests()
    <Trace of 'Three requests', seed 7: 3 requests (2 miss, 1 hit)>
    """
    hops = [
        to_proxy(0, 0.0, inside_s=1.2),
        to_app(0, 0.1, parent=0, connect_s=0.2, service_s=0.8),
        to_proxy(1, 0.5, cache_status=HIT.word, response_bytes=500),
        to_proxy(2, 0.8, student=1, inside_s=1.4),
        to_app(2, 0.9, parent=3, waiting_s=0.2, service_s=1.0, connection_reused=True),
    ]
    steps = [_step(0.0, "students", 1, 0, 0), _step(0.1, "proxy", 1, 0, 0), _step(1.4, "students", 2, 0, 0)]
    return build(hops, steps=steps, **meta)


def _step(time_s: float, node: str, step: int, request_id: int, hop_id: int) -> Row:
    role = NODES[node]["role"]
    said = {"time_s": time_s, "node": node, "role": role, "step": step, "name": "ask" if step == 1 else "receive"}
    return {**said, "stage": "", "request_id": request_id, "hop_id": hop_id, "detail": ""}

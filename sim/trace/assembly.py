"""Makes the tables of a trace out of a recorder's rows.

Everything here is done column by column, in time that grows with the rows and no faster: request ids are dense, so
that rows are put in order by counting, not by comparing.  What is only needed on the way is kept in small integers,
because fresh memory costs more than what is computed in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.messages import CacheStatus
from sim.outcomes import CACHE_STATUS_WORDS
from sim.rules.forwarding import field_value
from sim.trace.recorded_rows import HOP_ROW, Codes, RecordedRows, blocks
from sim.trace.schema import HOPS, REQUESTS, STEPS, Column
from sim.trace.step_table import step_columns
from sim.trace.table import Numbers, Table, Words
from sim.trace.trace import Trace
from sim.workload.columns import METHODS, Workload

SERVER_ERROR = 500
"""The first status code of server errors (RFC 9110 section 15.6)."""

CARRIED = {
    "forwarded_for": "x-forwarded-for",
    "x_real_ip": "x-real-ip",
    "forwarded": "forwarded",
    "via": "via",
}
"""Columns of hops that hold a field as carried."""

PURPOSES = ("request", "background", "probe")

OUTCOMES = ("hit", "miss", "bypass", "failed", "revalidated", "stale", "collapsed")
_MISSES = [CacheStatus.URI_MISS, CacheStatus.STALE, CacheStatus.VARY_MISS, CacheStatus.REQUEST, CacheStatus.PARTIAL]
_KEPT_OUTCOMES = {CacheStatus.REVALIDATED: 4, CacheStatus.STALE_HIT: 5, CacheStatus.COLLAPSED: 6}
"""Numbers of those that some cache decided, whoever was asked besides."""


_Columns = dict[str, Numbers | Words]


class Parties:
    """Who is at the ends of each edge, by number, and under which address.

    Parameters
    ----------
    meta : mapping
        What a trace says of its nodes and edges.
    """

    def __init__(self, meta: Mapping[str, Any]) -> None:
        nodes, edges = meta["nodes"], meta["edges"]
        self.names = tuple(nodes)
        number = {name: i for i, name in enumerate(self.names)}
        self.sender_of = np.array([number[edge["sender"]] for edge in edges], dtype=np.int32)
        self.receiver_of = np.array([number[edge["receiver"]] for edge in edges], dtype=np.int32)
        # A plain scenario's traces need none of this, nor do those that were made by hand.
        self.tls_round_trips = np.array([edge.get("tls_round_trips", 0) for edge in edges])
        self.tcp_s = np.array([2 * edge["delay_s"] for edge in edges], dtype=np.float64)
        self.tls_modes = [_tls_mode(edge, nodes[edge["receiver"]]["role"]) for edge in edges]
        self.is_client = np.array([node["role"] == "client" for node in nodes.values()])
        self.roles = {name: node["role"] for name, node in nodes.items()}
        self.inbound_ips = [node["addresses"][0] if node["addresses"] else "" for node in nodes.values()]
        self.outbound_ips = [node["addresses"][-1] if node["addresses"] else "" for node in nodes.values()]


def _tls_mode(edge: Mapping[str, Any], role: str) -> str:
    if not edge.get("tls_round_trips"):
        return "plain"
    return "tls-to-proxy" if role == "forward_proxy" else "tls"


def trace(rows: RecordedRows, workload: Workload, arrival_s: NDArray[np.float64], meta: Mapping[str, Any]) -> Trace:
    """Make a trace of all requests that are over.

    Parameters
    ----------
    rows : RecordedRows
        What was taken down.
    workload, arrival_s, meta
        As for `Recorder.trace`.

    Returns
    -------
    Trace
        Tables in the order that the schema promises.
    """
    who = Parties(meta)
    order = _by_request(rows.requests["request_id"], len(workload))
    done = rows.requests[order]
    hops, first_hop = _hops_in_order(rows.hops, done["request_id"], len(workload))
    requests = _request_columns(done, rows, workload) | _ends(done, hops, who)
    requests["arrival_s"] = arrival_s[done["request_id"]]
    steps = step_columns(rows, rows.stories, order, first_hop, who.roles) if rows.stories is not None else None
    return Trace(
        _table(REQUESTS, requests),
        _table(HOPS, _hop_columns(hops, rows, workload, who)),
        Table.empty(STEPS) if steps is None else _table(STEPS, steps),
        {**meta, "recorded": ["requests", "hops", *([] if steps is None else ["steps"])]},
    )


def _by_request(request_id: Numbers, requests: int) -> Numbers:
    """Give the numbers of rows in the order of requests, one row for each."""
    row_of = np.full(requests, -1)
    row_of[request_id] = np.arange(len(request_id))
    return row_of[row_of >= 0]


def _hops_in_order(hops: NDArray[Any], done: Numbers, requests: int) -> tuple[dict[str, Numbers], Numbers]:
    """Keep probes and the hops of requests that are over, in the order of (request, index), and where each begins."""
    # Probes, whose request_id is -1, come first.
    if len(done) < requests:
        is_kept = np.zeros(requests + 1, dtype=bool)
        is_kept[0] = True
        is_kept[done + 1] = True
        hops = hops[is_kept[hops["request_id"] + 1]]
    place = hops["request_id"] + 1
    count = np.bincount(place, minlength=requests + 1)
    first = np.cumsum(count) - count
    order = np.empty(len(hops), dtype=np.int32)
    order[first[place] + hops["index"]] = np.arange(len(hops), dtype=np.int32)
    columns = {name: np.empty(len(hops), dtype=HOP_ROW[name]) for name in HOP_ROW.names or ()}
    # As whole rows, of 8-byte words: by columns every row would come from far away twenty times, and numpy takes
    # structures one field after the other (25, 42 and 133 ns per row).
    words = np.ascontiguousarray(hops).view(np.uint64).reshape(len(hops), HOP_ROW.itemsize // 8)
    for part in blocks(len(hops)):
        some = np.take(words, order[part], axis=0).view(HOP_ROW)[:, 0]
        for name, column in columns.items():
            column[part] = some[name]
    return columns, first[done + 1]


def _request_columns(done: NDArray[Any], rows: RecordedRows, workload: Workload) -> _Columns:
    """Give what the workload knows, and what was taken down."""
    ids, clients, catalogue = done["request_id"], workload.clients, workload.catalogue
    client = workload.client[ids]
    return {
        "request_id": ids,
        "client": Codes(clients.population_of[client], len(clients.populations)).words(clients.populations.__getitem__),
        "client_ip": Codes(client, len(clients.addresses)).words(clients.addresses.__getitem__),
        "method": Codes(workload.method[ids], len(METHODS) + 1).words((*METHODS, "OTHER").__getitem__),
        "target": Codes(workload.target[ids], len(catalogue.urls)).words(catalogue.urls.__getitem__),
        "completion_s": done["completion_s"],
        "status": done["status"],
        "response_bytes": done["response_bytes"],
        "error": Codes(done["error"], len(rows.words)).words(rows.words.__getitem__),
    }


def _ends(done: NDArray[Any], hops: dict[str, Numbers], who: Parties) -> _Columns:
    """Tell from its hops how a request ended, and who made the answer: the receiver of the last answered hop.

    What was started in the background came too late for it.
    """
    requests = int(done["request_id"].max(initial=-1)) + 1
    # An answer that came when the asker had given up has no status: it is nobody's.
    is_answer = ~np.isnan(hops["answered_s"]) & (hops["status"] != 0) & (hops["task"] == 0)
    answered = np.flatnonzero(is_answer & (hops["request_id"] >= 0))
    cache_status = hops["cache_status"][answered]
    request_id = hops["request_id"][answered]
    has_missed = np.zeros(requests, dtype=bool)
    has_missed[request_id[np.isin(cache_status, _MISSES)]] = True
    last_of, status_of = np.full(requests, len(who.names)), np.zeros(requests, dtype=np.int8)
    # Of several rows for a request the last one stays.
    last_of[request_id], status_of[request_id] = who.receiver_of[hops["edge"][answered]], cache_status
    kept_of = np.zeros(requests, dtype=np.int8)
    for status, number in _KEPT_OUTCOMES.items():
        decided = cache_status == status
        if decided.any():
            kept_of[request_id[decided]] = number
            last_of[request_id[decided]] = who.receiver_of[hops["edge"][answered[decided]]]
    last, ids = last_of[done["request_id"]], done["request_id"]
    failed = (last == len(who.names)) | (done["status"] >= SERVER_ERROR) | (done["status"] == 0)
    kept = kept_of[ids]
    code = np.select([failed, kept > 0, status_of[ids] == CacheStatus.HIT, has_missed[ids]], [3, kept, 0, 1], 2)
    by = np.where(done["status"] != 0, last, len(who.names))
    return {
        "outcome": Codes(code, len(OUTCOMES)).words(OUTCOMES.__getitem__),
        "answered_by": Codes(by, len(who.names) + 1).words((*who.names, "").__getitem__),
    }


def _hop_columns(hops: dict[str, Numbers], rows: RecordedRows, workload: Workload, who: Parties) -> _Columns:
    hop_id = np.arange(len(hops["request_id"]))
    edge = Codes(hops["edge"], len(who.sender_of))
    fields = Codes(hops["fields"], len(rows.fields))
    index, parent = hops["index"], hops["parent"]
    residence_s = hops["answered_s"] - hops["received_s"]
    transfer_s = hops["returned_s"] - hops["sent_s"] - residence_s - hops["connect_s"]
    tcp_s, tls_s = _opening(hops["edge"], hops["connect_s"], who)
    return {
        **hops,
        "connect_s": tcp_s,
        "hop_id": hop_id,
        "parent_hop_id": np.where(parent < 0, -1, hop_id - index + parent),
        "purpose": Codes(_purposes(hops), len(PURPOSES)).words(PURPOSES.__getitem__),
        "sender": edge.words([who.names[party] for party in who.sender_of].__getitem__),
        "receiver": edge.words([who.names[party] for party in who.receiver_of].__getitem__),
        "source_ip": _source_ips(hops["edge"], workload.client[hops["request_id"]], workload, who),
        "destination_ip": edge.words([who.inbound_ips[party] for party in who.receiver_of].__getitem__),
        "tls_s": tls_s,
        "transfer_s": np.maximum(transfer_s, 0.0),
        "tls_mode": edge.words(who.tls_modes.__getitem__),
        "cache_status": Codes(hops["cache_status"], len(CACHE_STATUS_WORDS)).words(CACHE_STATUS_WORDS.__getitem__),
        "host": fields.words([host for _, host, _ in rows.fields].__getitem__),
        "proxy_protocol": fields.words([proxied_for for *_, proxied_for in rows.fields].__getitem__),
        **{
            column: fields.words([field_value(said, name) for said, *_ in rows.fields].__getitem__)
            for column, name in CARRIED.items()
        },
        "error": Codes(hops["error"], len(rows.words)).words(rows.words.__getitem__),
    }


def _purposes(hops: Mapping[str, Numbers]) -> Numbers:
    return np.where(hops["request_id"] < 0, 2, hops["task"] > 0).astype(np.int8)


def _opening(edge: Numbers, opened_s: Numbers, who: Parties) -> tuple[Numbers, Numbers]:
    """Part the time that opening a connection took: TCP takes its one round trip, and TLS the rest.

    Where the link itself takes no time, what machines took is shared out by round trips.
    """
    if not who.tls_round_trips.any():
        return opened_s, np.zeros(len(opened_s))
    trips, round_trip_s = who.tls_round_trips[edge], who.tcp_s[edge]
    share_s = np.where(round_trip_s > 0, round_trip_s, opened_s / (1 + trips))
    tcp_s = np.where(trips > 0, np.minimum(share_s, opened_s), opened_s)
    return tcp_s, opened_s - tcp_s


def _source_ips(edge: Numbers, client: Numbers, workload: Workload, who: Parties) -> Words:
    """Give the sender's own address: the client's, or that from which a proxy opens connections."""
    sender = who.sender_of[edge]
    addresses = workload.clients.addresses
    # A probe has no client, but no client sends it either.
    code = np.where(who.is_client[sender], client, len(addresses) + sender)
    clients = len(addresses)
    return Codes(code, clients + len(who.names)).words(
        lambda number: addresses[number] if number < clients else who.outbound_ips[number - clients]
    )


def _table(columns: Sequence[Column], values: _Columns) -> Table:
    def cast(column: Column) -> Numbers | Words:
        value = values[column.name]
        return value if isinstance(value, Words) else np.ascontiguousarray(value, dtype=column.kind)

    return Table({column.name: cast(column) for column in columns})

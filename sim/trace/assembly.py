"""Makes the tables of a trace out of a run's columns.

What the workload or the topology knows already (who asked, for what, from which address) is added here.  Only what was
measured is held as such: columns of words share the small numbers from which they follow, and whatever can be computed
from other columns is made when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.messages import Fields
from sim.outcomes import CACHE_STATUS_WORDS
from sim.rules.forwarding import field_value
from sim.trace import schema
from sim.trace.ended import Ended, ended
from sim.trace.recorded_rows import Codes
from sim.trace.run_columns import RunColumns
from sim.trace.schema import REQUESTS, STEPS, Column
from sim.trace.step_table import StepColumns
from sim.trace.table import Numbers, OnDemand, Table, Words
from sim.trace.trace import Trace
from sim.workload.columns import METHODS, Workload

_Columns = dict[str, Numbers | Words | OnDemand]


class Parties:
    """The nodes at the ends of each edge, by number, and their addresses.

    Parameters
    ----------
    meta : mapping
        Meta data of a trace; its nodes and edges are used here.
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
        self.tls_modes = tuple(_tls_mode(edge, nodes[edge["receiver"]]["role"]) for edge in edges)
        self.is_client = np.array([node["role"] == "client" for node in nodes.values()])
        self.roles = {name: node["role"] for name, node in nodes.items()}
        self.inbound_ips = tuple(node["addresses"][0] if node["addresses"] else "" for node in nodes.values())
        self.outbound_ips = tuple(node["addresses"][-1] if node["addresses"] else "" for node in nodes.values())


def _tls_mode(edge: Mapping[str, Any], role: str) -> str:
    if not edge.get("tls_round_trips"):
        return "plain"
    return "tls-to-proxy" if role == "forward_proxy" else "tls"


def trace(columns: RunColumns, workload: Workload, arrival_s: NDArray[np.float64], meta: Mapping[str, Any]) -> Trace:
    """Make the trace of a run.

    Parameters
    ----------
    columns : RunColumns
        What the run left.
    workload, arrival_s, meta
        As for `Recorder.trace`.

    Returns
    -------
    Trace
        Tables in the order that the schema promises.
    """
    who = Parties(meta)
    hops = _table(schema.HOPS, _hop_columns(columns, workload, who))
    requests = _table(REQUESTS, _request_columns(columns, workload, arrival_s, hops))
    steps = columns.steps
    return Trace(
        requests,
        hops,
        Table.empty(STEPS) if steps is None else _table(STEPS, _step_columns(steps, who.roles)),
        {**meta, "recorded": ["requests", "hops", *([] if steps is None else ["steps"])]},
    )


def _request_columns(columns: RunColumns, workload: Workload, arrival_s: NDArray[np.float64], hops: Table) -> _Columns:
    """Return what the workload knows, what was recorded, and how each request ended."""
    done, clients, catalogue = columns.requests, workload.clients, workload.catalogue
    ids = done["request_id"]
    client = workload.client[ids]
    ends_by = Table({"request_id": ids, "status": done["status"], "error": Words(done["error"], tuple(columns.words))})

    @lru_cache(maxsize=1)
    def ends() -> Ended:
        return ended(ends_by, hops)

    return {
        **done,
        "client": Words(clients.population_of[client], tuple(clients.populations)),
        "client_ip": lambda: Codes(client, len(clients.addresses)).words(clients.addresses.__getitem__),
        "method": Words(workload.method[ids], (*METHODS, "OTHER")),
        "target": lambda: Codes(workload.target[ids], len(catalogue.urls)).words(catalogue.urls.__getitem__),
        "arrival_s": arrival_s[ids],
        "outcome": lambda: ends().outcome,
        "answered_by": lambda: ends().answered_by,
        "error": ends_by["error"],
    }


def _hop_columns(columns: RunColumns, workload: Workload, who: Parties) -> _Columns:
    hops = columns.hops
    edge, opened_s, count = hops["edge"], hops["connect_s"], len(hops["request_id"])
    has_tls = bool(who.tls_round_trips.any())
    return {
        **{name: hops[name] for name in hops if name not in {"index", "parent", "edge", "fields"}},
        "connect_s": (lambda: _opening(edge, opened_s, who)[0]) if has_tls else opened_s,
        "tls_s": (lambda: _opening(edge, opened_s, who)[1]) if has_tls else (lambda: np.zeros(count)),
        "hop_id": lambda: np.arange(count),
        "parent_hop_id": lambda: _parents(hops),
        "purpose": lambda: Words(_purposes(hops), PURPOSES),
        "sender": Words(edge, tuple(who.names[party] for party in who.sender_of)),
        "receiver": Words(edge, tuple(who.names[party] for party in who.receiver_of)),
        "source_ip": lambda: _source_ips(edge, workload.client[hops["request_id"]], workload, who),
        "destination_ip": Words(edge, tuple(who.inbound_ips[party] for party in who.receiver_of)),
        "transfer_s": lambda: _transfer_s(hops),
        "tls_mode": Words(edge, who.tls_modes),
        "cache_status": Words(hops["cache_status"], CACHE_STATUS_WORDS),
        "error": Words(hops["error"], tuple(columns.words)),
        **_carried_columns(columns),
    }


def _carried_columns(columns: RunColumns) -> _Columns:
    """Return the columns of hops that hold a part of a message as carried, each with its own words."""

    def column(carried: schema.Carried) -> OnDemand:
        return lambda: Words(columns.hops["fields"], tuple(_carried(carried, *said) for said in columns.carried))

    # Of responses no fields are recorded.
    held = schema.carried_in_hops().items()
    return {name: column(carried) for name, carried in held if carried.message == "request"}


def _carried(carried: schema.Carried, fields: Fields, host: str, proxied_for: str) -> str:
    if carried.field == schema.PROXY_HEADER:
        return proxied_for
    return host if carried.field == "host" else field_value(fields, carried.field)


PURPOSES = ("request", "background", "probe")


def _purposes(hops: Mapping[str, Numbers]) -> Numbers:
    return np.where(hops["request_id"] < 0, 2, hops["task"] > 0).astype(np.int8)


def _parents(hops: Mapping[str, Numbers]) -> Numbers:
    parent = hops["parent"]
    return np.where(parent < 0, -1, np.arange(len(parent)) - hops["index"] + parent)


def _transfer_s(hops: Mapping[str, Numbers]) -> Numbers:
    residence_s = hops["answered_s"] - hops["received_s"]
    return np.asarray(np.maximum(hops["returned_s"] - hops["sent_s"] - residence_s - hops["connect_s"], 0.0))


def _opening(edge: Numbers, opened_s: Numbers, who: Parties) -> tuple[Numbers, Numbers]:
    """Divide the time that opening a connection took: TCP takes its one round trip, and TLS the rest.

    Where the link itself takes no time, what machines took is divided by round trips.
    """
    trips, round_trip_s = who.tls_round_trips[edge], who.tcp_s[edge]
    share_s = np.where(round_trip_s > 0, round_trip_s, opened_s / (1 + trips))
    tcp_s = np.where(trips > 0, np.minimum(share_s, opened_s), opened_s)
    return tcp_s, opened_s - tcp_s


def _source_ips(edge: Numbers, client: Numbers, workload: Workload, who: Parties) -> Words:
    """Return the sender's own address: the client's, or that from which a proxy opens connections."""
    sender = who.sender_of[edge]
    addresses = workload.clients.addresses
    # A probe has no client, but no client sends it either.
    code = np.where(who.is_client[sender], client, len(addresses) + sender)
    clients = len(addresses)
    return Codes(code, clients + len(who.names)).words(
        lambda number: addresses[number] if number < clients else who.outbound_ips[number - clients]
    )


def _step_columns(steps: StepColumns, roles: Mapping[str, str]) -> _Columns:
    lines, line = steps.lines, steps.line
    return {
        "time_s": steps.time_s,
        "request_id": steps.request_id,
        "hop_id": steps.hop_id,
        "node": Words(line, tuple(said.node for said in lines)),
        "role": Words(line, tuple(roles[said.node] for said in lines)),
        "step": lambda: np.array([int(said.step) for said in lines], dtype=np.int16)[line],
        "name": Words(line, tuple(said.step.name.lower() for said in lines)),
        "stage": Words(line, tuple(said.stage for said in lines)),
        "detail": Words(line, tuple(said.detail for said in lines)),
    }


def _table(columns: Sequence[Column], values: _Columns) -> Table:
    def cast(value: Numbers | Words, column: Column) -> Numbers | Words:
        return value if isinstance(value, Words) else np.ascontiguousarray(value, dtype=column.kind)

    def on_demand(make: OnDemand, column: Column) -> OnDemand:
        return lambda: cast(make(), column)

    made: _Columns = {}
    for column in columns:
        value = values[column.name]
        if isinstance(value, (Words, np.ndarray)):
            made[column.name] = cast(value, column)
        else:
            made[column.name] = on_demand(value, column)
    return Table(made)

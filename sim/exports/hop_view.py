"""The rows of a trace as other formats need them: whole nanoseconds, each exchange with its request.

Formats count from a date and in units of their own.  Whole nanoseconds can be subtracted and added up without
rounding, so that the parts of a time make up the whole in every format.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.errors import TraceError
from sim.messages import Fields
from sim.trace.schema import PROXY_HEADER, carried_in_hops
from sim.trace.table import Table, Words
from sim.trace.trace import Trace

Row = dict[str, Any]
"""One row of a table: value by name of the column."""

NS_PER_S = 1_000_000_000

SIMULATED_EPOCH_S = 946_684_800
"""A simulated run has no date.  Formats that need one get 1 January 2000, 00:00 UTC, for its start."""

ROLES = ("client", "forward_proxy", "reverse_proxy", "backend")
"""Roles, in the order in which requests meet them."""


def field_columns() -> dict[str, str]:
    """Return which column of `hops` holds a request's field as carried, by the field's name; Host comes first.

    >>> field_columns()["x-forwarded-for"]
    'forwarded_for'
    """
    held = {said.field: column for column, said in carried_in_hops().items() if said.message == "request"}
    names = sorted(held.keys() - {PROXY_HEADER}, key=lambda name: (name != "host", list(held).index(name)))
    return {name: held[name] for name in names}


class HopView(NamedTuple):
    """One exchange on one edge.

    Attributes
    ----------
    hop, request : dict
        Its row of `hops`, and that of its request in `requests`.
    sent_ns, connected_ns : int
        When the sender turned to it, and when the connection was open, in nanoseconds from the start of the run.
    received_ns, answered_ns : int or None
        When the receiver had the request, and when it began to answer; None if it never did.
    returned_ns : int
        When the sender had the answer, or gave up.
    """

    hop: Row
    request: Row
    sent_ns: int
    connected_ns: int
    received_ns: int | None
    answered_ns: int | None
    returned_ns: int

    @property
    def left_ns(self) -> int:
        """When its receiver was done with it: answered, or given up by its sender."""
        return self.returned_ns if self.answered_ns is None else self.answered_ns

    @property
    def is_first(self) -> bool:
        """Whether it is a client's own exchange, made for no other."""
        return int(self.hop["parent_hop_id"]) < 0


def ns(time_s: float) -> int:
    """Round a time in seconds to whole nanoseconds.

    >>> ns(0.1), ns(-0.0)
    (100000000, 0)
    """
    return round(time_s * NS_PER_S)


def epoch_ns(trace: Trace) -> int:
    """Return the Unix time at which a run began, in nanoseconds.

    >>> from sim.trace.examples import three_requests
    >>> epoch_ns(three_requests(epoch_s=5.5))
    5500000000
    """
    return ns(trace.meta.get("epoch_s") or SIMULATED_EPOCH_S)


def rows(table: Table) -> Iterator[Row]:
    """Yield the rows of a table as dictionaries of plain values.

    Parameters
    ----------
    table : Table
        Any table of a trace.

    Yields
    ------
    dict
        Value by name of the column.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> next(rows(three_requests().tables["requests"]))["outcome"]
    'miss'
    """
    columns = (table[name] for name in table.names)
    values = [(held.texts() if isinstance(held, Words) else held).tolist() for held in columns]
    for cells in zip(*values, strict=True):
        yield dict(zip(table.names, cells, strict=True))


def exchanges(trace: Trace) -> dict[int, HopView]:
    """Return all exchanges of a trace that belong to requests; a probe has no request, and so no target or client.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    dict of int to HopView
        By ``hop_id``, in the trace's order.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> exchanges(three_requests())[1].connected_ns
    300000000
    """
    requests = {row["request_id"]: row for row in rows(trace.tables["requests"])}
    return {
        hop["hop_id"]: _exchange(hop, requests[hop["request_id"]])
        for hop in rows(trace.tables["hops"])
        if hop["request_id"] in requests
    }


def children(found: dict[int, HopView]) -> dict[int, list[HopView]]:
    """Return for each exchange its child exchanges, in the order of sending; under -1 the clients' own.

    >>> from sim.trace.examples import three_requests
    >>> [len(made) for made in children(exchanges(three_requests())).values()]
    [3, 1, 1]
    """
    made: dict[int, list[HopView]] = {}
    for exchange in found.values():
        made.setdefault(exchange.hop["parent_hop_id"], []).append(exchange)
    return made


def nodes(trace: Trace) -> dict[str, Row]:
    """Return the nodes from the clients to the backends, and by name among those of one role.

    Not in the scenario's order, which a trace that was kept on disk no longer knows.

    >>> from sim.trace.examples import three_requests
    >>> list(nodes(three_requests()))
    ['students', 'proxy', 'app']
    """
    order = {role: place for place, role in enumerate(ROLES)}
    return dict(sorted(trace.nodes.items(), key=lambda node: (order.get(node[1]["role"], len(ROLES)), node[0])))


def carried(hop: Row) -> Fields:
    """Return the fields of a request that a trace records of one exchange.

    >>> from sim.trace.examples import build, to_proxy
    >>> told = build([to_proxy(0, 0.0, host="a.example", via="1.1 b")])
    >>> carried(next(rows(told.tables["hops"])))
    (('host', 'a.example'), ('via', '1.1 b'))
    """
    return tuple((name, hop[column]) for name, column in field_columns().items() if hop[column])


def version_of(trace: Trace) -> str:
    """Return the version of proxysim that made a trace.

    >>> from sim.trace.examples import three_requests
    >>> version_of(three_requests(versions={"proxysim": "0.1.0"})), version_of(three_requests())
    ('0.1.0', 'unknown')
    """
    return str(trace.meta.get("versions", {}).get("proxysim", "unknown"))


def _exchange(hop: Row, request: Row) -> HopView:
    sent, received, answered, returned = (_moment(hop[f"{name}_s"]) for name in _MOMENTS)
    if sent is None or returned is None:
        raise TraceError(f"exchange {hop['hop_id']} has no beginning or no end", hint="does the trace obey its laws?")
    at_most = returned if received is None else received
    connected = sent + ns(hop["connect_s"] + hop["tls_s"])
    return HopView(hop, request, sent, min(connected, at_most), received, answered, returned)


_MOMENTS = ("sent", "received", "answered", "returned")


def _moment(time_s: float) -> int | None:
    return None if math.isnan(time_s) else ns(time_s)

"""What a run left, column by column, and how it is made of a recorder's rows.

An engine that has columns already makes `RunColumns` itself; `sim.trace.assembly` makes the trace of them.

Everything here is done column by column, in time that grows with the rows and no faster: request ids are dense, so
that rows are put in order by counting, not by comparing.  What is only needed on the way is kept in small integers,
because fresh memory costs more than what is computed in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.messages import Fields
from sim.trace.recorded_rows import HOP_ROW, RecordedRows, blocks
from sim.trace.step_table import StepColumns, step_columns
from sim.trace.table import Numbers

_OF_REQUESTS = ("request_id", "completion_s", "response_bytes", "status", "error")


class RunColumns(NamedTuple):
    """A run as columns, in the order that the schema promises.

    Attributes
    ----------
    requests : mapping of str to ndarray, each of shape (requests,)
        ``request_id``, rising; ``completion_s``, ``response_bytes``, ``status``; and ``error``, the number of a word.
    hops : mapping of str to ndarray, each of shape (hops,)
        The fields of `HOP_ROW`, by (``request_id``, ``index``): probes, whose request_id is -1, come first.
    steps : StepColumns or None
        None if steps were not recorded.
    carried : sequence of (Fields, str, str)
        Header fields, host and `proxied_for` of requests, by the number in the column ``fields``.
    words : sequence of str
        Words, by the number in a column ``error``.
    """

    requests: Mapping[str, Numbers]
    hops: Mapping[str, Numbers]
    steps: StepColumns | None
    carried: Sequence[tuple[Fields, str, str]]
    words: Sequence[str]


def run_columns(rows: RecordedRows, issued: int) -> RunColumns:
    """Return a recorder's rows as columns: those of requests that are over.

    Parameters
    ----------
    rows : RecordedRows
        What was recorded.
    issued : int
        Requests of the workload; all request ids are below.
    """
    order = _by_request(rows.requests["request_id"], issued)
    done = rows.requests[order]
    hops, first_hop = _hops_in_order(rows.hops, done["request_id"], issued)
    return RunColumns(
        {name: np.ascontiguousarray(done[name]) for name in _OF_REQUESTS},
        hops,
        None if rows.paths is None else step_columns(rows, rows.paths, order, first_hop),
        rows.fields,
        rows.words,
    )


def _by_request(request_id: Numbers, issued: int) -> Numbers:
    """Return the numbers of rows in the order of requests, one row for each."""
    row_of = np.full(issued, -1)
    row_of[request_id] = np.arange(len(request_id))
    return row_of[row_of >= 0]


def _hops_in_order(hops: NDArray[Any], done: Numbers, issued: int) -> tuple[dict[str, Numbers], Numbers]:
    """Keep probes and the hops of requests that are over, by (request, index), and where each request begins."""
    # Probes, whose request_id is -1, come first.
    if len(done) < issued:
        is_kept = np.zeros(issued + 1, dtype=bool)
        is_kept[0] = True
        is_kept[done + 1] = True
        hops = hops[is_kept[hops["request_id"] + 1]]
    place = hops["request_id"] + 1
    count = np.bincount(place, minlength=issued + 1)
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

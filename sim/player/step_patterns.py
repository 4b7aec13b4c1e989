"""The steps of all requests in few numbers: a million requests follow a few dozen patterns.

A story is a sequence of steps, each with its node, its number, its detail, and the moment of an exchange (sent,
received, answered or returned) at which it was taken; a request's steps are then the number of its story, and by
how much each step missed that moment.  In simulated time nothing misses; on real sockets it is some microseconds.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.trace.table import Numbers, Table

MOMENTS = ("sent_s", "received_s", "answered_s", "returned_s")
_PER_REQUEST = 1 << 40
"""More ticks than any request lasts; keeps the moments of different requests apart in one sorted list."""


class Stories(NamedTuple):
    """The steps of all requests.

    Attributes
    ----------
    kinds : list of [node, number, detail, exchange, moment, stage]
        Distinct steps: the node's index, the step's number in its role, the detail, which exchange of the request
        (-1 if it made none), which of `MOMENTS`, and the name of the stage that acted (empty if none did).
    stories : list of list of int
        Each a sequence of kinds.
    story_of : ndarray of int64, shape (requests,)
        Number of each request's story; -1 if it has no steps.
    missed_ticks : ndarray of int64, shape (steps,)
        By how much each step came after its moment, request after request.
    """

    kinds: list[list[Any]]
    stories: list[list[int]]
    story_of: NDArray[np.int64]
    missed_ticks: NDArray[np.int64]


def stories(steps: Table, hops: Table, request_ids: Numbers, node_names: list[str], tick_s: float) -> Stories:
    """Return the steps of requests as patterns.

    Parameters
    ----------
    steps, hops : Table
        Of those requests, in the trace's order.
    request_ids : ndarray of int64, shape (requests,)
        Increasing.
    node_names : list of str
        Names by index.
    tick_s : float
        Smallest difference of time that matters, in seconds.

    Returns
    -------
    Stories
        Their steps.
    """
    row = np.searchsorted(request_ids, steps.numbers("request_id"))
    if not len(steps):
        return Stories([], [], np.full(len(request_ids), -1), np.empty(0, dtype=np.int64))
    moments = _Moments(hops, request_ids, tick_s)
    nearest = moments.nearest(row, steps.numbers("time_s"))
    details, stages = steps.words("detail").canonical(), steps.words("stage").canonical()
    columns = [
        steps.words("node").look_up({n: i for i, n in enumerate(node_names)}, dtype=np.int64),
        steps.numbers("step").astype(np.int64),
        details.codes.astype(np.int64),
        moments.exchange[nearest],
        moments.which[nearest],
        stages.codes.astype(np.int64),
    ]
    table, kind = _distinct(columns)
    kinds = [
        [node, number, details.names[detail], exchange, which, stages.names[stage]]
        for node, number, detail, exchange, which, stage in table.tolist()
    ]
    told, story_of = _told(kind, row, len(request_ids))
    return Stories(kinds, told, story_of, moments.ticks(row, steps.numbers("time_s")) - moments.key[nearest])


def _distinct(columns: list[NDArray[np.int64]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct rows of several columns, and for each row which of them it is.

    Rows are compared as one number each, which is twenty times as quick as comparing them column by column.
    """
    key = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        key = key * (int(column.max()) + 1) + column
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return np.stack(columns, axis=1)[first], place.reshape(-1)


class _Moments:
    """All moments of all exchanges, sorted by request and time."""

    def __init__(self, hops: Table, request_ids: Numbers, tick_s: float) -> None:
        self._tick_s = tick_s
        row = np.searchsorted(request_ids, hops.numbers("request_id"))
        first = np.searchsorted(row, row)
        times_s = np.stack([hops.numbers(moment) for moment in MOMENTS], axis=1)
        there = ~np.isnan(times_s)
        exchange = np.broadcast_to((np.arange(len(row)) - first)[:, None], times_s.shape)[there]
        which = np.broadcast_to(np.arange(len(MOMENTS)), times_s.shape)[there]
        key = self.ticks(np.broadcast_to(row[:, None], times_s.shape)[there], times_s[there])
        order = np.lexsort((which, exchange, key))
        self.key, self.exchange, self.which = key[order], exchange[order], which[order]

    def ticks(self, row: Numbers, time_s: Numbers) -> NDArray[np.int64]:
        return row.astype(np.int64) * _PER_REQUEST + np.round(time_s / self._tick_s).astype(np.int64)

    def nearest(self, row: Numbers, time_s: Numbers) -> NDArray[np.int64]:
        """Find for each step the nearest moment; the first one of those that coincide."""
        wanted = self.ticks(row, time_s)
        after = np.searchsorted(self.key, wanted).clip(0, len(self.key) - 1)
        before = (after - 1).clip(0)
        is_before = np.abs(wanted - self.key[before]) < np.abs(wanted - self.key[after])
        chosen = np.where(is_before, before, after)
        return np.searchsorted(self.key, self.key[chosen])


def _told(kind: Numbers, row: Numbers, requests: int) -> tuple[list[list[int]], NDArray[np.int64]]:
    """Cut the steps into requests, and number the distinct sequences."""
    number: dict[tuple[int, ...], int] = {}
    story_of = np.full(requests, -1)
    edges = np.searchsorted(row, np.arange(requests + 1)).tolist()
    kinds = kind.tolist()
    for request in range(requests):
        told = tuple(kinds[edges[request] : edges[request + 1]])
        if told:
            story_of[request] = number.setdefault(told, len(number))
    return [list(told) for told in number], story_of

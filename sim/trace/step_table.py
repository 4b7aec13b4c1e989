"""The table of steps, written out from what a recorder keeps.

A recorder keeps for each request the number of a `StepPath` and the moments at which it announced something; each
background task of a request has its own.  Here every step gets its row.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.trace.recorded_rows import RecordedRows, blocks
from sim.trace.step_path import AnnouncedStep, StepPath
from sim.trace.table import Numbers


class StepColumns(NamedTuple):
    """The steps of a run, in the order that the schema promises.

    Attributes
    ----------
    time_s, request_id, hop_id : ndarray, shape (steps,)
        Columns of `schema.STEPS`.
    line : ndarray of int, shape (steps,)
        Which of `lines` says the rest.
    lines : list of AnnouncedStep
        Different steps, or steps in different moments; many rows share one.
    """

    time_s: Numbers
    request_id: Numbers
    hop_id: Numbers
    line: Numbers
    lines: list[AnnouncedStep]


def step_columns(rows: RecordedRows, paths: list[StepPath], order: Numbers, first_hop: Numbers) -> StepColumns:
    """Return the steps of every request, each with its own moments and hops.

    Parameters
    ----------
    rows : RecordedRows
        What was recorded.
    paths : list of StepPath
        All of them, by number.
    order : ndarray of int, shape (requests,)
        The rows of the requests that are over, in the order of requests.
    first_hop : ndarray of int, shape (requests,)
        The number of each one's first hop.
    """
    taken = _taken(rows, paths, order)
    lines, start, length = _lines(paths, taken.path)
    exchange = np.array([step.exchange for step in lines], dtype=np.int32)
    moment = np.array([step.moment for step in lines], dtype=np.int32)
    ids = rows.requests["request_id"][order]
    end = np.cumsum(length)
    count = int(end[-1]) if len(end) else 0
    # For every row to be: its time, request and hop, and its line among those of all different paths.
    time_s, line = np.empty(count), np.empty(count, dtype=np.int32)
    request_id, hop_id = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for part in blocks(len(taken.path)):
        here = np.repeat(np.arange(part.start, part.stop), length[part])
        to = slice(end[part.start] - length[part.start], end[part.stop - 1])
        at = np.arange(to.start, to.stop) + (start[part] - end[part] + length[part])[here - part.start]
        request = taken.request[here]
        line[to] = at
        time_s[to] = taken.moments_s[taken.first_moment[here] + moment[at]]
        request_id[to] = ids[request]
        hop_id[to] = np.where(exchange[at] < 0, -1, first_hop[request] + exchange[at])
    if len(rows.tasks):
        by_time = np.lexsort((time_s, request_id))
        time_s, request_id, hop_id, line = time_s[by_time], request_id[by_time], hop_id[by_time], line[by_time]
    return StepColumns(time_s, request_id, hop_id, line, lines)


class TakenPaths(NamedTuple):
    """The paths that requests took, in the order of requests: of each its own, then those of its background tasks.

    Attributes
    ----------
    request : ndarray of int, shape (paths,)
        Which request, by its place among those that are over.
    path : ndarray of int, shape (paths,)
        Which path.
    first_moment : ndarray of int, shape (paths,)
        The first of its moments.
    moments_s : ndarray of float64
        All moments, in seconds.
    """

    request: Numbers
    path: Numbers
    first_moment: Numbers
    moments_s: Numbers


def _taken(rows: RecordedRows, paths: list[StepPath], order: Numbers) -> TakenPaths:
    moments_of = np.array([known.moments for known in paths])
    path = rows.requests["path"]
    moments = moments_of[path]
    first_moment = np.cumsum(moments) - moments
    own = TakenPaths(np.arange(len(order)), path[order], first_moment[order], rows.moments_s)
    if not len(rows.tasks):
        return own
    done, tasks = rows.requests["request_id"][order], rows.tasks
    moments = moments_of[tasks["path"]]
    first_moment = np.cumsum(moments) - moments + len(rows.moments_s)
    # Of a request whose recording was interrupted (Ctrl-C) there may be tasks alone.
    is_held = np.isin(tasks["request_id"], done)
    tasks = tasks[is_held]
    request = np.concatenate([own.request, np.searchsorted(done, tasks["request_id"])])
    task = np.concatenate([np.zeros(len(done)), tasks["task"]])
    in_order = np.lexsort((task, request))
    return TakenPaths(
        request[in_order],
        np.concatenate([own.path, tasks["path"]])[in_order],
        np.concatenate([own.first_moment, first_moment[is_held]])[in_order],
        np.concatenate([rows.moments_s, rows.task_moments_s]),
    )


def _lines(paths: list[StepPath], path: Numbers) -> tuple[list[AnnouncedStep], Numbers, Numbers]:
    """Return the steps of all different paths one after the other, and where those of each `path` start, and how many.

    A path that several requests took is written out once.
    """
    lines: list[AnnouncedStep] = []
    start, length = np.zeros(len(paths), dtype=np.int64), np.zeros(len(paths), dtype=np.int64)
    for number in np.unique(path).tolist():
        steps = paths[number].steps()
        start[number], length[number] = len(lines), len(steps)
        lines += steps
    return lines, start[path], length[path]

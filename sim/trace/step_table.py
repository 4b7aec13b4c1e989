"""Writes out what requests announced, as a table of steps.

A recorder holds for each request the number of a story and the moments at which it told something; what was started
in the background in a request has its own.  Here every step gets its row.
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


def step_columns(rows: RecordedRows, stories: list[StepPath], order: Numbers, first_hop: Numbers) -> StepColumns:
    """Return the steps of every request, each with its own moments and hops.

    Parameters
    ----------
    rows : RecordedRows
        What was recorded.
    stories : list of StepPath
        All of them, by number.
    order : ndarray of int, shape (requests,)
        The rows of the requests that are over, in the order of requests.
    first_hop : ndarray of int, shape (requests,)
        The number of each one's first hop.
    """
    told = _tellings(rows, stories, order)
    lines, start, length = _lines(stories, told.story)
    who = np.array([said.exchange for said in lines], dtype=np.int32)
    moment = np.array([said.moment for said in lines], dtype=np.int32)
    ids = rows.requests["request_id"][order]
    end = np.cumsum(length)
    count = int(end[-1]) if len(end) else 0
    # For every row to be: its time, request and hop, and its line among those of all different stories.
    time_s, line = np.empty(count), np.empty(count, dtype=np.int32)
    request_id, hop_id = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    for part in blocks(len(told.story)):
        here = np.repeat(np.arange(part.start, part.stop), length[part])
        to = slice(end[part.start] - length[part.start], end[part.stop - 1])
        at = np.arange(to.start, to.stop) + (start[part] - end[part] + length[part])[here - part.start]
        request = told.request[here]
        line[to] = at
        time_s[to] = told.moments_s[told.first_moment[here] + moment[at]]
        request_id[to] = ids[request]
        hop_id[to] = np.where(who[at] < 0, -1, first_hop[request] + who[at])
    if len(rows.tasks):
        by_time = np.lexsort((time_s, request_id))
        time_s, request_id, hop_id, line = time_s[by_time], request_id[by_time], hop_id[by_time], line[by_time]
    return StepColumns(time_s, request_id, hop_id, line, lines)


class Tellings(NamedTuple):
    """What was told, in the order of requests: of each its own story, then those of what was started in the background.

    Attributes
    ----------
    request : ndarray of int, shape (tellings,)
        Which request, by its place among those that are over.
    story : ndarray of int, shape (tellings,)
        Which story.
    first_moment : ndarray of int, shape (tellings,)
        The first of its moments.
    moments_s : ndarray of float64
        All moments, in seconds.
    """

    request: Numbers
    story: Numbers
    first_moment: Numbers
    moments_s: Numbers


def _tellings(rows: RecordedRows, stories: list[StepPath], order: Numbers) -> Tellings:
    moments_of = np.array([known.moments for known in stories])
    story = rows.requests["story"]
    moments = moments_of[story]
    first_moment = np.cumsum(moments) - moments
    own = Tellings(np.arange(len(order)), story[order], first_moment[order], rows.moments_s)
    if not len(rows.tasks):
        return own
    done, tasks = rows.requests["request_id"][order], rows.tasks
    moments = moments_of[tasks["story"]]
    first_moment = np.cumsum(moments) - moments + len(rows.moments_s)
    # Of a request that was interrupted while it was taken down there may be tasks alone.
    is_held = np.isin(tasks["request_id"], done)
    tasks = tasks[is_held]
    request = np.concatenate([own.request, np.searchsorted(done, tasks["request_id"])])
    task = np.concatenate([np.zeros(len(done)), tasks["task"]])
    told = np.lexsort((task, request))
    return Tellings(
        request[told],
        np.concatenate([own.story, tasks["story"]])[told],
        np.concatenate([own.first_moment, first_moment[is_held]])[told],
        np.concatenate([rows.moments_s, rows.task_moments_s]),
    )


def _lines(stories: list[StepPath], story: Numbers) -> tuple[list[AnnouncedStep], Numbers, Numbers]:
    """Write out all different stories one after the other; give where that of each telling starts, and its length."""
    lines: list[AnnouncedStep] = []
    start, length = np.zeros(len(stories), dtype=np.int64), np.zeros(len(stories), dtype=np.int64)
    for number in np.unique(story).tolist():
        told = stories[number].steps()
        start[number], length[number] = len(lines), len(told)
        lines += told
    return lines, start[story], length[story]

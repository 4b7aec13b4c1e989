"""The recorder: what a world reports while it runs, packed, and made into a trace at the end.

Rows are packed into bytes as they come (a list of Python objects would take several times the memory), and are turned
into columns once, at the end.  What the workload or the topology knows already (client, target, addresses) is not
recorded again but added then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.messages import Response
from sim.trace import assembly
from sim.trace.recorded_rows import HOP_ROW, MOMENT, REQUEST_ROW, TASK_ROW, Numbering, Pile, RecordedRows
from sim.trace.run_columns import run_columns
from sim.trace.step_path import StepPath
from sim.trace.trace import Trace
from sim.workload.columns import Workload

JOIN_AFTER = 1 << 8
"""After so many requests what they left is joined: rows that lie about singly take more room."""

_LETTERS = {"i8": "q", "i4": "i", "i2": "h", "u2": "H", "f8": "d", "b1": "?", "i1": "b"}


def _packer(row: np.dtype[Any]) -> Callable[..., bytes]:
    # Wide values stand first, so that the machine's own layout, which packs fastest, has no gaps.
    return Struct("@" + "".join(_LETTERS[row[name].str[1:]] for name in row.names or ())).pack


pack_hop = _packer(HOP_ROW)
pack_request = _packer(REQUEST_ROW)
pack_task = _packer(TASK_ROW)


class RecordedJourney(Protocol):
    """A request on its way, or a background task of it: what is recorded when it ends."""

    @property
    def task(self) -> int:
        """0 for the request itself; else the number of the background task in it."""

    @property
    def request_id(self) -> int:
        """Row of the workload."""

    @property
    def time_s(self) -> float:
        """Its clock, in seconds."""

    @property
    def step_path(self) -> StepPath:
        """The steps that were announced on its way."""

    @property
    def moments_s(self) -> list[float]:
        """The times of those, in seconds; as many as the path has moments."""


class _Parts:
    """What a request with background tasks leaves, kept until the last of them is over."""

    __slots__ = ("begun", "moments", "pending", "request", "task_moments", "tasks")

    def __init__(self) -> None:
        self.begun, self.pending = 0, 1
        self.request, self.moments = b"", b""
        self.tasks, self.task_moments = b"", b""


class Recorder:
    """A collector of rows: worlds call it, and know nothing of tables.

    Parameters
    ----------
    steps : bool
        Whether steps are recorded too.

    Attributes
    ----------
    write_hop : callable of bytes
        Stores a row of `pack_hop`.
    fields, words : Numbering
        Numbers for (header fields, host, proxied_for) of a request, and for words of a row.
    step_path : StepPath
        The path of a request that has not announced a step yet.
    """

    def __init__(self, *, steps: bool = True) -> None:
        self.has_steps = steps
        self._hops, self._requests, self._moments = Pile(), Pile(), Pile()
        self._task_rows, self._task_moments = Pile(), Pile()
        self._parts: dict[int, _Parts] = {}
        self._until_joining = JOIN_AFTER
        self.write_hop = self._hops.add
        self.fields = Numbering()
        self.words = Numbering({"": 0})
        self._paths: list[StepPath] = []
        self.step_path = StepPath(self._paths)

    @property
    def requests(self) -> int:
        """Number of requests that are over."""
        return self._requests.size_bytes // REQUEST_ROW.itemsize

    @property
    def size_bytes(self) -> int:
        """Size of all that was recorded, in bytes."""
        return sum(one.size_bytes for one in vars(self).values() if isinstance(one, Pile))

    @property
    def end_s(self) -> float:
        """When the last of them was over, with all background tasks, in seconds; 0 if none is."""
        end_s = self._requests.rows(REQUEST_ROW)["completion_s"].max(initial=0.0)
        return float(self._task_rows.rows(TASK_ROW)["end_s"].max(initial=end_s))

    def spawned(self, request_id: int) -> int:
        """Record that a background task was started; return its number in the request, which is over when it is.

        Parameters
        ----------
        request_id : int
            Row of the workload.
        """
        parts = self._parts.get(request_id)
        if parts is None:
            parts = self._parts[request_id] = _Parts()
        parts.begun += 1
        parts.pending += 1
        return parts.begun

    def task_ended(self, journey: RecordedJourney) -> None:
        """Record that a background task is over.

        Parameters
        ----------
        journey : RecordedJourney
            The task; its clock says when it ended.
        """
        parts, step_path = self._parts[journey.request_id], journey.step_path
        parts.tasks += pack_task(journey.request_id, journey.time_s, journey.task, step_path.number)
        parts.task_moments += step_path.pack_moments(*journey.moments_s)
        self._part_ended(journey.request_id, parts)

    def _part_ended(self, request_id: int, parts: _Parts) -> None:
        parts.pending -= 1
        if not parts.pending:
            del self._parts[request_id]
            self._task_moments.add(parts.task_moments)
            self._task_rows.add(parts.tasks)
            self._moments.add(parts.moments)
            self._requests.add(parts.request)

    def ended(self, journey: RecordedJourney, response: Response) -> None:
        """Record that a request is over.

        Parameters
        ----------
        journey : RecordedJourney
            The request; its clock says when it ended.
        response : Response
            What the client got.
        """
        status, _, size_bytes, _, _, error, _ = response
        step_path = journey.step_path
        word = self.words[error] if error else 0
        row = pack_request(journey.request_id, journey.time_s, size_bytes, word, step_path.number, status)
        if self._parts and journey.request_id in self._parts:
            parts = self._parts[journey.request_id]
            parts.request, parts.moments = row, step_path.pack_moments(*journey.moments_s)
            self._part_ended(journey.request_id, parts)
            return
        # The row comes last: Ctrl-C in between leaves moments without a request, not a request without its moments.
        if step_path.moments:
            self._moments.add(step_path.pack_moments(*journey.moments_s))
        self._requests.add(row)
        self._until_joining -= 1
        if not self._until_joining:
            self._join()

    def _join(self) -> None:
        self._until_joining = JOIN_AFTER
        for one in (self._hops, self._requests, self._moments):
            one.join()

    def trace(self, workload: Workload, arrival_s: NDArray[np.float64], meta: Mapping[str, Any]) -> Trace:
        """Make a trace of all requests that are over.

        Parameters
        ----------
        workload : Workload
            What was requested.
        arrival_s : ndarray, shape (requests,)
            When each request was issued, in seconds; where the workload leaves that open, as it happened.
        meta : mapping
            Meta data of the trace: see `Trace`; its nodes and edges are used here.

        Returns
        -------
        Trace
            Tables in the order that the schema promises.
        """
        rows = RecordedRows(
            self._requests.rows(REQUEST_ROW),
            self._hops.rows(HOP_ROW),
            self._moments.rows(MOMENT),
            self._task_rows.rows(TASK_ROW),
            self._task_moments.rows(MOMENT),
            self._paths if self.has_steps else None,
            tuple(self.fields),
            tuple(self.words),
        )
        return assembly.trace(run_columns(rows, len(workload)), workload, arrival_s, meta)

"""Recorded requests as columns: access logs of Apache, nginx and Squid, and CSV files.

Other rooms use this module; ``log_chunks`` turns lines into columns, and ``log_formats`` defines the formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.workload.columns import METHODS
from sim.workload.log_chunks import BadLines, Chunk, LogReader, Progress
from sim.workload.log_formats import text


@dataclass(frozen=True, eq=False)
class LogColumns:
    """The requests of a log: columns of equal length, in file order.

    Attributes
    ----------
    time_s : ndarray of float64, shape (requests,)
        When the client issued the request, in seconds from the earliest one; not sorted.
    client, target : ndarray of int32, shape (requests,)
        Dense ids, in the order of first appearance.
    client_names, target_names : list of str
        Names as logged, by id.
    method : ndarray of int8, shape (requests,)
        Index into :data:`sim.workload.columns.METHODS`; its length stands for any other method.
    status : ndarray of int16, shape (requests,)
        Status code; 200 if the log has none.
    size_bytes : ndarray of int64, shape (requests,)
        Size of the object: from the log if it has such a column, else the largest body logged for it (in a cacheable
        response, if there is one).
    response_bytes : ndarray of int64, shape (requests,)
        Size of this response.
    cacheable : ndarray of bool, shape (requests,)
        Whether a shared cache may reuse a response to this request.
    bad_lines : BadLines
        Lines that did not parse.
    notes : tuple of str
        Restrictions of the log, for its user.
    """

    time_s: NDArray[np.float64]
    client: NDArray[np.int32]
    client_names: list[str]
    target: NDArray[np.int32]
    target_names: list[str]
    method: NDArray[np.int8]
    status: NDArray[np.int16]
    size_bytes: NDArray[np.int64]
    response_bytes: NDArray[np.int64]
    cacheable: NDArray[np.bool_]
    bad_lines: BadLines = field(default_factory=BadLines)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.time_s)


def read(
    path: str | Path, format: str = "auto", limit: int | None = None, progress: Progress | None = None
) -> LogColumns:
    """Read the requests of a log.

    Parameters
    ----------
    path : str or Path
        The log, plain or gzip.
    format : {"auto", "common", "combined", "squid", "csv"}
        Format of its lines; ``auto`` detects it by the first ones.
    limit : int, optional
        Greatest number of requests.
    progress : callable, optional
        Called after each chunk with the number of bytes read, and the size of the file.

    Returns
    -------
    LogColumns
        In the order of the file.

    Raises
    ------
    AccessLogError
        If the file cannot be read, or contains no request.

    Examples
    --------
    >>> log = read("scenarios/sample-access.log.gz")
    >>> len(log), len(log.client_names), len(log.target_names)
    (1994, 63, 220)
    >>> log.target_names[0], int(log.status[0]), int(log.size_bytes[0])
    ('/', 200, 6120)
    """
    gathering = _Gathering()
    log = LogReader(path, format)
    for chunk in log.chunks(progress):
        gathering.add(chunk, None if limit is None else limit - gathering.count)
        if limit is not None and gathering.count >= limit:
            break
    return gathering.columns(log)


class _Ids(dict[bytes, int]):
    """Dense ids, in the order of first appearance."""

    def __missing__(self, name: bytes) -> int:
        number = self[name] = len(self)
        return number

    def of(self, names: Sequence[bytes]) -> NDArray[np.int32]:
        return np.fromiter(map(self.__getitem__, names), np.int32, len(names))

    def names(self) -> list[str]:
        return [text(name) for name in self]


class _Codes(dict[bytes, int]):
    """Codes of methods; an absent method is GET, an unknown one gets the code after the last."""

    def __missing__(self, name: bytes) -> int:
        return len(METHODS)


_METHOD_CODES = _Codes({b"": 0} | {name.encode(): code for code, name in enumerate(METHODS)})


class _Largest:
    """The largest number seen for each id."""

    def __init__(self) -> None:
        self.values = np.full(1024, -1, np.int64)

    def see(self, ids: NDArray[np.int32], numbers: NDArray[np.int64]) -> None:
        needed = int(ids.max(initial=0)) + 1
        if needed > len(self.values):
            grown = np.full(max(needed, 2 * len(self.values)), -1, np.int64)
            grown[: len(self.values)] = self.values
            self.values = grown
        np.maximum.at(self.values, ids, numbers)


class _Gathering:
    """Columns of a log, assembled chunk by chunk."""

    def __init__(self) -> None:
        self.count = 0
        self._clients, self._targets = _Ids(), _Ids()
        self._parts: dict[str, list[NDArray[Any]]] = {}
        self._sized = False
        self._body, self._any_body = _Largest(), _Largest()

    def add(self, chunk: Chunk, limit: int | None) -> None:
        rows = slice(limit)
        response, cacheable = chunk.response_bytes[rows], chunk.cacheable[rows]
        target = self._targets.of(chunk.target[rows])
        self._sized = chunk.size_bytes is not None
        if not self._sized:
            self._any_body.see(target, response)
            self._body.see(target[cacheable], response[cacheable])
        columns: dict[str, NDArray[Any]] = {
            "time_s": chunk.time_s[rows],
            "client": self._clients.of(chunk.client[rows]),
            "target": target,
            "method": np.array([_METHOD_CODES[name] for name in chunk.method[rows]], np.int8),
            "status": chunk.status[rows],
            "size_bytes": response if chunk.size_bytes is None else chunk.size_bytes[rows],
            "response_bytes": response,
            "cacheable": cacheable,
        }
        for name, column in columns.items():
            self._parts.setdefault(name, []).append(column)
        self.count += len(target)

    def columns(self, log: LogReader) -> LogColumns:
        whole = {name: np.concatenate(self._parts.pop(name)) for name in list(self._parts)}
        whole["time_s"] -= whole["time_s"].min(initial=np.inf)
        if not self._sized:
            whole["size_bytes"] = self._sizes()[whole["target"]]
        return LogColumns(
            **whole,
            client_names=self._clients.names(),
            target_names=self._targets.names(),
            bad_lines=log.bad_lines,
            notes=log.notes,
        )

    def _sizes(self) -> NDArray[np.int64]:
        sizes = self._any_body.values.copy()
        best = self._body.values
        sizes[: len(best)] = np.where(best >= 0, best, sizes[: len(best)])
        return sizes

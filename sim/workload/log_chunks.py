"""From lines to columns, chunk by chunk.

The bytes of a block are released when its columns are made, so that a log of ten million lines is never in memory as
Python objects.  Nothing is dropped silently: lines that do not parse are counted, and the first of them kept.  Blank
lines are ignored.

Meaning of the columns in every format:

- time: when the client issued the request; rows are in file order, which need not be the order of time;
- cacheable: from the log if it has such a column, else GET with status 200, 203, 206 or 304;
- an absent or empty method counts as GET, an absent status as 200;
- sizes: Apache and nginx log the body, Squid the body with its header fields.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.errors import AccessLogError, nearest
from sim.workload import log_formats
from sim.workload.log_formats import LogFormat, text
from sim.workload.log_lines import LINE_LIMIT_BYTES, LogFile
from sim.workload.log_patterns import Texts

Progress = Callable[[int, int], object]
"""Called with the number of bytes read so far, and the size of the file."""

CACHEABLE_STATUS = (200, 203, 206, 304)
"""Responses with the object itself, or that state that the client has it already (304)."""

SHOWN_LINES = 10
"""How many of the lines that do not parse are kept, to be shown."""

_LARGEST = 2.0**53
_GET = frozenset((b"GET", b""))
_FLAGS = {b"1": 1.0, b"true": 1.0, b"yes": 1.0, b"0": 0.0, b"false": 0.0, b"no": 0.0, b"": -1.0}


@dataclass(frozen=True, slots=True)
class BadLines:
    """Lines that did not parse.

    Attributes
    ----------
    count : int
        Their number.
    first : tuple of (int, str)
        Line number, counted from 1, and text of the first `SHOWN_LINES`.
    """

    count: int = 0
    first: tuple[tuple[int, str], ...] = ()

    def __str__(self) -> str:
        numbers = ", ".join(str(number) for number, _ in self.first)
        more = " …" if self.count > len(self.first) else ""
        return f"{self.count} {'line' if self.count == 1 else 'lines'} did not parse: {numbers}{more}"

    def with_line(self, number: int, raw: bytes) -> BadLines:
        """Return the same with one more line."""
        if len(self.first) >= SHOWN_LINES:
            return BadLines(self.count + 1, self.first)
        long = f"(longer than {LINE_LIMIT_BYTES} bytes) " if raw.startswith(b"\0") else ""
        return BadLines(self.count + 1, (*self.first, (number, long + text(raw.lstrip(b"\0")[:80]))))


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Consecutive rows of a log: columns of equal length.

    Attributes
    ----------
    time_s : ndarray of float64
        Seconds from an origin common to the whole log.
    client, target, method : sequence of bytes
        As logged.
    status : ndarray of int16
        Status code.
    size_bytes : ndarray of int64 or None
        Size of the object; None if the log has no such column.
    response_bytes : ndarray of int64
        Size of this response.
    cacheable : ndarray of bool
        Whether a shared cache may reuse a response to this request.
    texts : mapping of str to sequence of bytes
        All columns as logged, by name.
    """

    time_s: NDArray[np.float64]
    client: Sequence[bytes]
    target: Sequence[bytes]
    method: Sequence[bytes]
    status: NDArray[np.int16]
    size_bytes: NDArray[np.int64] | None
    response_bytes: NDArray[np.int64]
    cacheable: NDArray[np.bool_]
    texts: Texts

    def __len__(self) -> int:
        return len(self.time_s)


class LogReader:
    """A log that can be read more than once.

    Parameters
    ----------
    path : str or Path
        The file; gzip is recognized by its content.
    format : {"auto", "common", "combined", "squid", "csv"}
        Format of its lines; ``auto`` detects it by the first ones.

    Attributes
    ----------
    bad_lines : BadLines
        Lines that did not parse so far.

    Raises
    ------
    AccessLogError
        If the file cannot be read, or if its first lines match no format.

    Examples
    --------
    >>> log = LogReader("scenarios/sample-access.log.gz")
    >>> log.format.name, sum(len(chunk) for chunk in log.chunks())
    ('combined', 1994)
    >>> print(log.bad_lines)
    6 lines did not parse: 137, 402, 811, 1203, 1466, 1999
    """

    def __init__(self, path: str | Path, format: str = "auto") -> None:
        log_formats.require(format)
        self.path = Path(path)
        self._file = LogFile(path)
        first = next(self._file.blocks(), b"\n")
        try:
            self.format: LogFormat = log_formats.choose(format, first)
        except AccessLogError as error:
            raise AccessLogError(f"{path}: {error.message}", hint=error.hint) from None
        self.bad_lines = BadLines()

    @property
    def notes(self) -> tuple[str, ...]:
        """Restrictions of the log, for its user; complete when all chunks were read."""
        unusual = [str(self.bad_lines)] if self.bad_lines.count else []
        if not {"size", "sent"} & set(self.format.columns):
            unusual.append("the log has no sizes: every object counts as 1 byte")
        if "time" not in self.format.columns:
            unusual.append("the log has no times: requests are one second apart")
        return (*unusual, *self._file.notes)

    @property
    def bodies_only(self) -> bool:
        """Whether it has the size of each response, but no sizes of objects."""
        return "size" not in self.format.columns and "sent" in self.format.columns

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Names of columns that may be part of a cache key."""
        return tuple(dict.fromkeys([*self.format.columns, *getattr(self.format, "header", ())]))

    def require_columns(self, names: Sequence[str]) -> None:
        """Raise an error unless the log has these columns.

        Parameters
        ----------
        names : sequence of str
            Names given by a user.

        Raises
        ------
        AccessLogError
            If there is no such column, or no name at all.
        """
        if not names:
            raise AccessLogError("a key needs at least one column", hint=f"known: {', '.join(self.key_columns)}")
        for name in names:
            if name not in self.key_columns:
                raise AccessLogError(f"unknown column {name!r}", hint=nearest(name, self.key_columns))

    def chunks(self, progress: Progress | None = None) -> Iterator[Chunk]:
        """Yield the rows of the log from its start.

        Parameters
        ----------
        progress : callable, optional
            Called after each chunk with the number of bytes read, and the size of the file.

        Yields
        ------
        Chunk
            Consecutive rows, in file order.

        Raises
        ------
        AccessLogError
            At the end, if no line was a request.
        """
        self.bad_lines = BadLines()
        line, requests = 0, 0
        for block in self._file.blocks():
            body = block
            if line == 0 and self.format.name == "csv":
                _, _, body = block.partition(b"\n")
                line = 1
            chunk = self._parse(body, line, requests)
            line += body.count(b"\n")
            requests += len(chunk)
            yield chunk
            if progress is not None:
                progress(self._file.done_bytes, self._file.total_bytes)
        if not requests:
            raise AccessLogError(
                f"{self._file.path}: no line of {line} is a request in format {self.format.name}",
                hint=f"allowed formats: {', '.join(log_formats.FORMATS)}",
            )

    def _parse(self, block: bytes, lines_before: int, requests_before: int) -> Chunk:
        rows = self.format.split(block)
        fits = np.fromiter(map(any, rows), np.bool_, len(rows))
        columns = list(zip(*compress(rows, fits), strict=True)) or [()] * len(self.format.columns)
        texts = dict(zip(self.format.columns, columns, strict=True))
        numbers = {"time": self.format.seconds(texts), **_numbers(texts)}
        valid = np.logical_and.reduce([np.isfinite(column) for column in numbers.values()])
        if not valid.all():
            texts = {name: tuple(compress(column, valid)) for name, column in texts.items()}
            numbers = {name: column[valid] for name, column in numbers.items()}
            fits[fits] = valid
        if not fits.all():
            self._count_bad(block, np.flatnonzero(~fits), lines_before)
        if "time" not in self.format.columns:
            numbers["time"] = requests_before + np.arange(len(numbers["time"]), dtype=np.float64)
        return _chunk({**texts, **self._by_header(texts)}, numbers)

    def _by_header(self, texts: Texts) -> Texts:
        """Return the columns under their names in the file, so that users may use these too."""
        header: Sequence[str] = getattr(self.format, "header", ())
        return {name: texts[column] for name, column in zip(header, self.format.columns, strict=bool(header))}

    def _count_bad(self, block: bytes, at: NDArray[np.intp], lines_before: int) -> None:
        lines = block.split(b"\n")
        for index in at.tolist():
            if lines[index].strip():
                self.bad_lines = self.bad_lines.with_line(lines_before + index + 1, lines[index])


def _numbers(texts: Texts) -> dict[str, NDArray[np.float64]]:
    """Return the numeric columns; NaN for a text that is no valid value of its column."""
    largest = {"status": 999.0, "size": _LARGEST, "sent": _LARGEST}
    missing = {"status": 200.0, "size": 1.0, "sent": 0.0}
    numbers = {name: _column(texts[name], missing[name], largest[name]) for name in largest if name in texts}
    if "cacheable" in texts:
        flags = (_FLAGS.get(cell.strip().lower(), math.nan) for cell in texts["cacheable"])
        numbers["cacheable"] = np.fromiter(flags, np.float64, len(texts["cacheable"]))
    return numbers


def _column(texts: Sequence[bytes], missing: float, largest: float) -> NDArray[np.float64]:
    try:
        numbers = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        numbers = np.fromiter((_number(cell, missing) for cell in texts), np.float64, len(texts))
    numbers[~((numbers >= 0) & (numbers <= largest))] = math.nan
    return numbers


def _number(cell: bytes, missing: float) -> float:
    if not cell or cell == b"-":
        return missing
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _chunk(texts: Texts, numbers: dict[str, NDArray[np.float64]]) -> Chunk:
    count = len(numbers["time"])
    method = texts.get("method", (b"GET",) * count)
    status = numbers["status"].astype(np.int16) if "status" in numbers else np.full(count, 200, np.int16)
    size = numbers["size"].astype(np.int64) if "size" in numbers else None
    if "sent" in numbers:
        response = numbers["sent"].astype(np.int64)
    else:
        response = np.ones(count, np.int64) if size is None else size
    return Chunk(
        time_s=numbers["time"],
        client=texts.get("client", (b"-",) * count),
        target=texts["target"],
        method=method,
        status=status,
        size_bytes=size,
        response_bytes=response,
        cacheable=_cacheable(method, status, numbers.get("cacheable")),
        texts=texts,
    )


def _cacheable(
    method: Sequence[bytes], status: NDArray[np.int16], said: NDArray[np.float64] | None
) -> NDArray[np.bool_]:
    get = np.fromiter(map(_GET.__contains__, method), np.bool_, len(method))
    by_rule = get & np.isin(status, CACHEABLE_STATUS)
    return by_rule if said is None else np.where(said < 0, by_rule, said > 0)

"""The line formats of access logs: from whole lines to texts by column.

Each format names its columns, splits a block into one row per line, and parses its times.  The meaning of the columns
is the same for all (see ``log_chunks``).  No valid line contains NUL.

CSV is here; the formats of servers and proxies are in ``log_patterns``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.errors import AccessLogError, nearest
from sim.workload.log_patterns import COMBINED, COMMON, SQUID, Row, Texts, each

FORMATS = ("auto", "common", "combined", "squid", "csv")
"""Names of the formats; ``auto`` detects one of the others."""

SYNONYMS = {
    "time": ("t", "time", "timestamp"),
    "client": ("client", "ip", "remote_host"),
    "target": ("obj", "url", "target", "path", "key", "uri"),
    "method": ("method",),
    "status": ("status",),
    "size": ("size", "bytes"),
    "sent": ("sent",),
    "cacheable": ("cacheable",),
}
"""Names that a CSV column may have, by its meaning; other columns keep their own names."""


class LogFormat(Protocol):
    """A line format.

    Attributes
    ----------
    name : str
        Name of the format.
    columns : sequence of str
        Meaning of each text of a row: a key of `SYNONYMS`, or the column's own name.
    """

    @property
    def name(self) -> str:
        """Name of the format."""

    @property
    def columns(self) -> Sequence[str]:
        """Meaning of each text of a row."""

    def split(self, block: bytes) -> Sequence[Row]:
        """Split a block of complete lines into one row per line, empty or of empty texts for a line that is invalid."""

    def seconds(self, texts: Texts) -> NDArray[np.float64]:
        """Return when requests were issued, in seconds from an origin common to the log; NaN for an invalid time."""


# --- CSV ---------------------------------------------------------------------------------------------------


class CsvFormat:
    """Comma-separated values, one line per row, the first line naming the columns.

    Parameters
    ----------
    header : bytes
        The first line.

    Raises
    ------
    AccessLogError
        If no column holds the target.

    Examples
    --------
    >>> CsvFormat(b"t,url,colour").columns
    ('time', 'target', 'colour')
    """

    name = "csv"

    def __init__(self, header: bytes) -> None:
        names = [text(cell).strip() for cell in _cells(header.removeprefix(b"\xef\xbb\xbf"))]
        self.header = tuple(names)
        columns = list(names)
        for meaning, synonyms in SYNONYMS.items():
            known = next((at for at, name in enumerate(names) if name.lower() in synonyms), None)
            if known is not None:
                columns[known] = meaning
        self.columns = tuple(columns)
        if "target" not in columns:
            allowed = ", ".join(SYNONYMS["target"])
            raise AccessLogError(
                f"the header has no column for the target; found: {', '.join(names)[:200]}",
                hint=f"name it one of: {allowed}",
            )

    def split(self, block: bytes) -> Sequence[Row]:
        """Split a block of complete lines into one row per line; invalid lines become empty rows."""
        lines = block.split(b"\n")[:-1]
        if b'"' in block:
            rows = [_cells(line) if b'"' in line else line.split(b",") for line in lines]
        else:
            rows = [line.split(b",") for line in lines]
        width, target = len(self.columns), self.columns.index("target")
        clean = b"\0" not in block
        return [
            row if len(row) == width and row[target] and (clean or b"\0" not in line) else ()
            for row, line in zip(rows, lines, strict=True)
        ]

    def seconds(self, texts: Texts) -> NDArray[np.float64]:
        """Return when the requests were issued, in seconds; all 0 if there is no such column, see ``log_chunks``."""
        if "time" not in texts:
            return np.full(len(texts["target"]), 0.0)
        try:
            return np.array([float(cell) for cell in texts["time"]])
        except ValueError:
            return each(_csv_seconds, texts["time"])


def _cells(line: bytes) -> list[bytes]:
    """Return the cells of a line with quotes; none if a quote is not closed, for it must not extend over more lines."""
    try:
        (cells,) = csv.reader([line.decode("latin-1")], strict=True)
    except (csv.Error, ValueError):
        return []
    return [cell.encode("latin-1") for cell in cells]


def _csv_seconds(cell: bytes) -> float:
    try:
        return float(cell)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text(cell).strip())
    except ValueError:
        return math.nan
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


# --- detection ---------------------------------------------------------------------------------------------


def text(raw: bytes) -> str:
    r"""Return bytes of a log as text, whatever their encoding.

    Parameters
    ----------
    raw : bytes
        In UTF-8, or any other bytes.

    Returns
    -------
    str
        Bytes that are not UTF-8 appear as ``\xff``.

    Examples
    --------
    >>> text(b"caf\xc3\xa9 \xff")
    'café \\xff'
    """
    return raw.decode("utf-8", "backslashreplace")


def require(name: str) -> str:
    """Return the name of a format, or raise an error if it is unknown.

    Parameters
    ----------
    name : str
        Given by a user.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    AccessLogError
        If it is not one of `FORMATS`.
    """
    if name not in FORMATS:
        raise AccessLogError(f"unknown log format {name!r}", hint=nearest(str(name), FORMATS))
    return name


def choose(name: str, block: bytes) -> LogFormat:
    """Return the format of a log.

    Parameters
    ----------
    name : str
        One of `FORMATS`.
    block : bytes
        The first lines of the log, complete.

    Returns
    -------
    LogFormat
        The named one; for ``auto`` the one that most lines match, Combined before Common, which matches its lines too.

    Raises
    ------
    AccessLogError
        If no line matches any format, or if the header of a CSV file has no column for the target.
    """
    patterns = {known.name: known for known in (COMBINED, COMMON, SQUID)}
    if require(name) in patterns:
        return patterns[name]
    header, *lines = block.split(b"\n", 200)
    if name == "csv" or _is_header(header):
        return CsvFormat(header)
    sample = b"\n".join([header, *lines[:-1]]) + b"\n"
    fits = {known: _count(patterns[known].split(sample)) for known in patterns}
    best = max(fits, key=lambda known: fits[known])
    if not fits[best]:
        raise AccessLogError(
            f"no log format fits its first lines, such as {text(header[:60])!r}",
            hint=f"allowed formats: {', '.join(FORMATS[1:])}; a CSV file starts with the names of its columns",
        )
    return patterns[best]


def _count(rows: Iterable[Row]) -> int:
    return sum(1 for row in rows if row and row[0])


def _is_header(line: bytes) -> bool:
    names = {text(cell).strip().lower() for cell in _cells(line.removeprefix(b"\xef\xbb\xbf"))}
    return not names.isdisjoint(SYNONYMS["target"])

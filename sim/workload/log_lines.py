"""From a file to blocks of complete lines.

Logs come from other machines and may be damaged or hostile: gzip is recognized by its first bytes, not by the name; it
may be truncated, and it may unpack to a single endless line.  Blocks have bounded size, so that memory does not grow
with the file.
"""

from __future__ import annotations

import gzip
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sim.errors import AccessLogError, nearest

BLOCK_BYTES = 1 << 20
"""Approximate size of a block: large enough for array operations to pay off, small enough for any memory."""

LINE_LIMIT_BYTES = 64 * 1024
"""A longer line is not parsed: servers reject request lines of this length, so that it is none of a log."""

SHOWN_BYTES = 100
"""How much is kept of a line that is too long, to be shown."""


class LogFile:
    """A log on disk, plain or gzip.

    Parameters
    ----------
    path : str or Path
        The file.

    Attributes
    ----------
    total_bytes : int
        Size of the file on disk.
    done_bytes : int
        Number of its bytes read so far, for a progress bar.
    notes : list of str
        Faults met while it was read, such as a truncated gzip file.

    Raises
    ------
    AccessLogError
        If it is missing, not a plain file, not readable or empty.

    Examples
    --------
    >>> LogFile("no-such.log")
    Traceback (most recent call last):
    sim.errors.AccessLogError: no-such.log: no such file
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.total_bytes = _checked_size(self.path)
        self.done_bytes = 0
        self.notes: list[str] = []

    def blocks(self) -> Iterator[bytes]:
        """Yield the lines of the file from its start.

        Yields
        ------
        bytes
            Complete lines, about `BLOCK_BYTES` together, each ending with a bare line feed.  A line longer than
            `LINE_LIMIT_BYTES` becomes a short one that starts with NUL, which no format allows.
        """
        tail = b""
        for read in self._unpacked():
            block = tail + read
            end = block.rfind(b"\n") + 1
            # A line that is too long already need not grow further.
            tail = block[end : end + LINE_LIMIT_BYTES + 1]
            if end:
                yield _tidy(block[:end])
        if tail:
            yield _tidy(tail + b"\n")

    def _unpacked(self) -> Iterator[bytes]:
        self.done_bytes = 0
        self.notes.clear()
        with _opened(self.path) as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            gathered = bytearray()
            for piece in self._gunzip(raw) if packed else iter(lambda: raw.read(BLOCK_BYTES), b""):
                gathered += piece
                self.done_bytes = raw.tell()
                if len(gathered) >= BLOCK_BYTES:
                    yield bytes(gathered)
                    gathered.clear()
            yield bytes(gathered)

    def _gunzip(self, raw: IO[bytes]) -> Iterator[bytes]:
        """Yield unpacked pieces: `read1` returns what precedes a fault before it raises, and at most one block."""
        with gzip.GzipFile(fileobj=raw) as packed:
            while True:
                try:
                    piece = packed.read1(BLOCK_BYTES)
                except EOFError:
                    self.notes.append("the gzip file is truncated: the part that could be unpacked was read")
                    return
                except (OSError, zlib.error) as error:
                    self.notes.append(f"the gzip file is damaged: the part that could be unpacked was read ({error})")
                    return
                if not piece:
                    return
                yield piece


def _checked_size(path: Path) -> int:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise AccessLogError(f"{path}: no such file", hint=_similar(path)) from None
    except (OSError, ValueError) as error:
        raise AccessLogError(f"{path}: cannot be read: {error}") from None
    if stat.S_ISDIR(found.st_mode):
        raise AccessLogError(f"{path}: is a directory", hint="name one log file in it")
    if not stat.S_ISREG(found.st_mode):
        raise AccessLogError(f"{path}: is not a plain file", hint="a log may be read twice: save it to a file first")
    if found.st_size == 0:
        raise AccessLogError(f"{path}: is empty", hint="a log holds one request per line")
    return found.st_size


def _similar(path: Path) -> str:
    try:
        hint = nearest(path.name, (sibling.name for sibling in path.parent.iterdir()))
    except OSError:
        return ""
    return hint if hint.startswith("did you mean") else ""


def _opened(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise AccessLogError(f"{path}: cannot be read: {error.strerror}") from None


def _tidy(block: bytes) -> bytes:
    """Return a block with overlong lines cut, and with bare line feeds."""
    pieces = []
    start = line = 0
    while line < len(block):
        end = block.rfind(b"\n", line, line + LINE_LIMIT_BYTES + 1) + 1
        if not end:
            end = block.index(b"\n", line) + 1
            pieces += [block[start:line], b"\0", block[line : line + SHOWN_BYTES], b"\n"]
            start = end
        line = end
    if pieces:
        block = b"".join([*pieces, block[start:]])
    return block.replace(b"\r\n", b"\n") if b"\r" in block else block

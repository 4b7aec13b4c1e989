"""What a recorder keeps: rows packed into bytes, words and fields by number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.messages import Fields
from sim.trace.step_path import StepPath
from sim.trace.table import Numbers, Words

HOP_ROW = np.dtype(
    [
        ("request_id", "=i8"),
        ("sent_s", "=f8"),
        ("received_s", "=f8"),
        ("answered_s", "=f8"),
        ("returned_s", "=f8"),
        ("connect_s", "=f8"),
        ("waiting_s", "=f8"),
        ("service_s", "=f8"),
        ("collapse_wait_s", "=f8"),
        ("request_bytes", "=i8"),
        ("response_bytes", "=i8"),
        ("index", "=i4"),
        ("parent", "=i4"),
        ("fields", "=i4"),
        ("edge", "=u2"),
        ("error", "=i2"),
        ("status", "=i2"),
        ("task", "=i2"),
        ("attempt", "=i2"),
        ("cache_status", "=i1"),
        ("connection_reused", "?"),
    ]
)
REQUEST_ROW = np.dtype(
    [
        ("request_id", "=i8"),
        ("completion_s", "=f8"),
        ("response_bytes", "=i8"),
        ("error", "=i4"),
        ("path", "=i4"),
        ("status", "=i2"),
    ]
)

TASK_ROW = np.dtype([("request_id", "=i8"), ("end_s", "=f8"), ("task", "=i4"), ("path", "=i4")])
MOMENT = np.dtype("f8")

BLOCK_ROWS = 1 << 13


class Pile:
    """Packed rows, one after the other as they come.

    Appending to a list is the quickest way to store a row, but a bytes object of its own takes a third more memory than
    its content; so single rows are joined now and then.  (A growing bytearray keeps an eighth to spare.)

    Attributes
    ----------
    add : callable of bytes
        Appends rows.

    Examples
    --------
    >>> pile = Pile()
    >>> pile.add(b"12345678"), pile.add(b"87654321")
    (None, None)
    >>> pile.join()
    >>> pile.size_bytes, len(pile.rows(np.dtype("i8")))
    (16, 2)
    """

    __slots__ = ("_joined", "_rows", "add")

    def __init__(self) -> None:
        self._rows: list[bytes] = []
        self._joined = 0
        self.add = self._rows.append

    @property
    def size_bytes(self) -> int:
        """All rows together, in bytes."""
        return sum(map(len, self._rows))

    def join(self) -> None:
        """Join the single rows."""
        rows, joined = self._rows, self._joined
        # One assignment: Ctrl-C comes before it or after it, and what then counts as single is only joined again.
        rows[joined:] = [b"".join(rows[joined:])]
        self._joined = joined + 1

    def rows(self, dtype: np.dtype[Any]) -> NDArray[Any]:
        """Return all rows as one array."""
        self._joined = 0
        self._rows[:] = [b"".join(self._rows)]
        return np.frombuffer(self._rows[0], dtype)


class Numbering(dict[Any, int]):
    """Numbers things in the order of their first appearance, 0 for the first.

    Examples
    --------
    >>> number = Numbering()
    >>> number["b"], number["a"], number["b"]
    (0, 1, 0)
    """

    def __missing__(self, thing: Any) -> int:
        self[thing] = number = len(self)
        return number


class RecordedRows(NamedTuple):
    """What a recorder has kept, in the order in which requests and exchanges ended.

    Attributes
    ----------
    requests, hops : structured ndarray
        Of `REQUEST_ROW` and `HOP_ROW`.
    moments_s : ndarray of float64
        All moments of the first request that ended, then of the second, …, in seconds.
    tasks : structured ndarray
        Of `TASK_ROW`: background tasks, in the order in which their requests ended.
    task_moments_s : ndarray of float64
        Their moments, as those of requests.
    paths : list of StepPath or None
        All paths by number; None if steps were not recorded.
    fields : tuple of (Fields, str, str)
        Header fields of requests, each with the Host and the `proxied_for` that went with them, by number.
    words : tuple of str
        Words by number.
    """

    requests: NDArray[Any]
    hops: NDArray[Any]
    moments_s: NDArray[np.float64]
    tasks: NDArray[Any]
    task_moments_s: NDArray[np.float64]
    paths: list[StepPath] | None
    fields: tuple[tuple[Fields, str, str], ...]
    words: tuple[str, ...]


class Codes:
    """A column of small integers, and the order in which they first appear.

    Parameters
    ----------
    codes : ndarray of int, shape (rows,)
        Not negative.
    count : int
        More than the largest of them.

    Examples
    --------
    >>> Codes(np.array([2, 0, 2, 3]), 4).words(["a", "b", "c", "a"].__getitem__)
    Words(codes=array([0, 1, 0, 1], dtype=int32), names=('c', 'a'))
    """

    def __init__(self, codes: Numbers, count: int) -> None:
        self._codes = codes
        first_row = np.full(count, len(codes))
        first_row[codes[::-1]] = np.arange(len(codes), dtype=np.int32)[::-1]
        self._used = np.argsort(first_row)[: np.count_nonzero(first_row < len(codes))]
        self._count = count

    def words(self, text_of: Callable[[int], str]) -> Words:
        """Return the words for which the integers stand; different integers may stand for the same word."""
        texts = [text_of(code) for code in self._used.tolist()]
        names = tuple(dict.fromkeys(texts))
        number = {name: i for i, name in enumerate(names)}
        number_of = np.zeros(self._count, dtype=np.int32)
        number_of[self._used] = [number[text] for text in texts]
        return Words(number_of[self._codes], names)


def blocks(rows: int) -> Iterator[slice]:
    """Return slices of rows that fit into the cache of a core, together with what is computed from them."""
    return (slice(start, min(start + BLOCK_ROWS, rows)) for start in range(0, rows, BLOCK_ROWS))

"""A table as columns of numpy arrays: what a trace is made of.

A world records millions of rows; as columns they are small, quick to compute on, and can be written as they
are.  Words (names of nodes, addresses, targets) are stored once and pointed to by number.  pandas is only
loaded when a frame is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.errors import TraceError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.schema import Column

Numbers = NDArray[Any]
"""A column of numbers or truth values, one per row."""


class Words(NamedTuple):
    """A column of words: small integers, and the list of their meanings.

    Attributes
    ----------
    codes : ndarray of int32, shape (rows,)
        Index into `names`, by row.
    names : tuple of str
        The distinct words.

    Examples
    --------
    >>> words = Words.of(["hit", "miss", "hit"])
    >>> words.names, words.codes.tolist()
    (('hit', 'miss'), [0, 1, 0])
    """

    codes: NDArray[np.int32]
    names: tuple[str, ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> Words:
        """Encode words in the order of their first appearance."""
        code_of: dict[str, int] = {}
        codes = [code_of.setdefault(word, len(code_of)) for word in words]
        return cls(np.asarray(codes, dtype=np.int32), tuple(code_of))

    def texts(self) -> NDArray[np.object_]:
        """Return the words themselves, by row, as an array of ``str`` objects."""
        return np.asarray(self.names, dtype=object)[self.codes] if self.names else np.empty(0, dtype=object)

    def code(self, word: str) -> int:
        """Return the number of a word; -1 (which no row has) where it does not occur."""
        return self.names.index(word) if word in self.names else -1

    def equal(self, word: str) -> NDArray[np.bool_]:
        """Say for each row whether it holds that word.

        >>> Words.of(["hit", "miss", "hit"]).equal("hit").tolist()
        [True, False, True]
        """
        return np.asarray(self.codes == self.code(word))

    def among(self, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """Say for each row whether its word is one of those wanted."""
        chosen = set(wanted)
        return self.look_up({name: name in chosen for name in self.names}, dtype=bool)

    def look_up(self, values: Mapping[str, Any], *, dtype: DTypeLike = float) -> Numbers:
        """Replace each word by its value.

        Parameters
        ----------
        values : mapping of str to value
            A value for every name.
        dtype : numpy dtype
            Type of the values.

        Returns
        -------
        ndarray, shape (rows,)
            The value of each row's word.
        """
        table = np.asarray([values[name] for name in self.names], dtype=dtype)
        return table[self.codes] if self.names else np.empty(0, dtype=dtype)

    def canonical(self) -> Words:
        """Return the same words, numbered in the order of their first row, without unused names.

        >>> Words(np.array([2, 0, 2], dtype=np.int32), ("a", "b", "c")).canonical().names
        ('c', 'a')
        """
        used, first_row = np.unique(self.codes, return_index=True)
        order = used[np.argsort(first_row)]
        new_code = np.zeros(len(self.names), dtype=np.int32)
        new_code[order] = np.arange(len(order), dtype=np.int32)
        return Words(new_code[self.codes], tuple(self.names[code] for code in order))


class Table:
    """Columns of equal length, by name, in order.

    Parameters
    ----------
    columns : mapping of str to ndarray or Words
        The columns.

    Raises
    ------
    TraceError
        If the columns differ in length.

    Examples
    --------
    >>> table = Table({"request_id": np.array([0, 1]), "outcome": Words.of(["hit", "miss"])})
    >>> len(table), table.names
    (2, ('request_id', 'outcome'))
    >>> len(table.take(table.words("outcome").equal("hit")))
    1
    """

    def __init__(self, columns: Mapping[str, Numbers | Words]) -> None:
        self._columns = dict(columns)
        lengths = {name: _length(column) for name, column in self._columns.items()}
        if len(set(lengths.values())) > 1:
            raise TraceError(f"columns of different lengths: {lengths}")
        self._rows = next(iter(lengths.values()), 0)

    @classmethod
    def empty(cls, columns: Iterable[Column]) -> Table:
        """Return a table of no rows with the columns of a schema."""
        none = np.empty(0, dtype=np.int32)
        return cls({c.name: Words(none, ()) if c.kind == "word" else np.empty(0, dtype=c.kind) for c in columns})

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._columns)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __getitem__(self, name: str) -> Numbers | Words:
        if name not in self._columns:
            raise TraceError(f"no column {name!r}", hint=nearest(name, self._columns))
        return self._columns[name]

    def numbers(self, name: str) -> Numbers:
        """Return a column that holds numbers or truth values."""
        column = self[name]
        if isinstance(column, Words):
            raise TraceError(f"column {name!r} holds words, not numbers")
        return column

    def words(self, name: str) -> Words:
        """Return a column that holds words."""
        column = self[name]
        if not isinstance(column, Words):
            raise TraceError(f"column {name!r} holds numbers, not words")
        return column

    def take(self, rows: Numbers) -> Table:
        """Return a table of some rows only.

        Parameters
        ----------
        rows : ndarray of bool, shape (rows,), or ndarray of int
            A mask, or row numbers.

        Returns
        -------
        Table
            Those rows, with the same columns.
        """
        return Table({name: _take(column, rows) for name, column in self._columns.items()})

    def frame(self) -> pd.DataFrame:
        """Return the table as a pandas frame; columns of words become categorical."""
        import pandas as pd

        return pd.DataFrame({name: _series(column) for name, column in self._columns.items()})

    def __eq__(self, other: object) -> bool:
        """Tables are equal if they say the same: NaN equals NaN, and words may be numbered differently."""
        if not isinstance(other, Table):
            return NotImplemented
        same_shape = self.names == other.names and len(self) == len(other)
        return same_shape and all(_equal(self[name], other[name]) for name in self)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Table({len(self)} rows: {', '.join(self.names)})"


def alike(*columns: Words) -> list[NDArray[np.int32]]:
    """Encode the words of several columns by one list, so that equal words have equal numbers.

    Parameters
    ----------
    *columns : Words
        Columns, of any lengths.

    Returns
    -------
    list of ndarray of int32
        The numbers of each column's rows.

    Examples
    --------
    >>> [codes.tolist() for codes in alike(Words.of(["a", "b"]), Words.of(["b", "c"]))]
    [[0, 1], [1, 2]]
    """
    number: dict[str, int] = {}
    for column in columns:
        for name in column.names:
            number.setdefault(name, len(number))
    return [column.look_up(number, dtype=np.int32) for column in columns]


def _length(column: Numbers | Words) -> int:
    return len(column.codes) if isinstance(column, Words) else len(column)


def _take(column: Numbers | Words, rows: Numbers) -> Numbers | Words:
    return Words(column.codes[rows], column.names) if isinstance(column, Words) else column[rows]


def _series(column: Numbers | Words) -> pd.Categorical[str] | Numbers:
    import pandas as pd

    if isinstance(column, Words):
        return pd.Categorical.from_codes(column.codes, categories=pd.Index(column.names, dtype="str"))
    return column


def _equal(one: Numbers | Words, other: Numbers | Words) -> bool:
    if isinstance(one, Words) and isinstance(other, Words):
        left, right = one.canonical(), other.canonical()
        return left.names == right.names and np.array_equal(left.codes, right.codes)
    if isinstance(one, Words) or isinstance(other, Words) or one.dtype != other.dtype:
        return False
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")

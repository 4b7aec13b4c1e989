"""A table as columns of numpy arrays: what a trace is made of.

A world records millions of rows; as columns they are small, quick to compute on, and can be written as they are.
Words (names of nodes, addresses, targets) are stored once and pointed to by number; several columns that follow from
the same small number (sender, receiver, their addresses) share one array of it.  A column that follows from
others may be made when it is first asked for.  pandas is only loaded when a frame is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
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

    Several numbers may mean the same word, and some may not occur: ``names`` is whatever table turns the numbers into
    words, so that columns can share their numbers.  Where equal words must have equal numbers, ask `canonical`.

    Attributes
    ----------
    codes : ndarray of int, shape (rows,)
        Index into `names`, by row.
    names : tuple of str
        The word of each number.

    Examples
    --------
    >>> words = Words.of(["hit", "miss", "hit"])
    >>> words.names, words.codes.tolist()
    (('hit', 'miss'), [0, 1, 0])
    """

    codes: NDArray[Any]
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

    def equal(self, word: str) -> NDArray[np.bool_]:
        """Return for each row whether it holds that word.

        >>> Words.of(["hit", "miss", "hit"]).equal("hit").tolist()
        [True, False, True]
        """
        numbers = [number for number, name in enumerate(self.names) if name == word]
        if len(numbers) == 1:
            return np.asarray(self.codes == numbers[0])
        return self.among((word,)) if numbers else np.zeros(len(self.codes), dtype=bool)

    def among(self, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """Return for each row whether its word is one of those wanted."""
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

    def take(self, rows: Numbers) -> Words:
        """Return the words of some rows only: a mask, or row numbers."""
        return Words(self.codes[rows], self.names)

    def canonical(self) -> Words:
        """Return the same words with one number each, in the order of their first row, and none that does not occur.

        >>> Words(np.array([2, 0, 2, 3]), ("a", "b", "c", "a")).canonical()
        Words(codes=array([0, 1, 0, 1], dtype=int32), names=('c', 'a'))
        """
        first_row = np.full(len(self.names), len(self.codes))
        first_row[self.codes[::-1]] = np.arange(len(self.codes))[::-1]
        used = np.argsort(first_row)[: np.count_nonzero(first_row < len(self.codes))].tolist()
        number: dict[str, int] = {}
        new_code = np.zeros(len(self.names), dtype=np.int32)
        new_code[used] = [number.setdefault(self.names[code], len(number)) for code in used]
        return Words(new_code[self.codes], tuple(number))


OnDemand = Callable[[], "Numbers | Words"]
"""Makes a column when it is first asked for."""


class Table:
    """Columns of equal length, by name, in order.

    Parameters
    ----------
    columns : mapping of str to ndarray, Words or callable
        The columns; a callable makes its column when it is first asked for.
    rows : int, optional
        Number of rows; needed where all columns are made on demand.

    Raises
    ------
    TraceError
        If the columns differ in length.

    Examples
    --------
    >>> table = Table({"request_id": np.array([0, 1]), "outcome": lambda: Words.of(["hit", "miss"])})
    >>> len(table), table.names
    (2, ('request_id', 'outcome'))
    >>> len(table.take(table.words("outcome").equal("hit")))
    1
    """

    def __init__(self, columns: Mapping[str, Numbers | Words | OnDemand], rows: int | None = None) -> None:
        self._columns: dict[str, Numbers | Words] = {}
        self._on_demand: dict[str, OnDemand] = {}
        self._names = tuple(columns)
        for name, column in columns.items():
            if isinstance(column, (Words, np.ndarray)):
                self._columns[name] = column
            else:
                self._on_demand[name] = column
        lengths = {name: _length(column) for name, column in self._columns.items()}
        if rows is not None:
            lengths["the table"] = rows
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
        return self._names

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __getitem__(self, name: str) -> Numbers | Words:
        if name in self._on_demand:
            column = self._on_demand[name]()
            if _length(column) != self._rows:
                raise TraceError(f"column {name!r} has {_length(column)} rows, not {self._rows} as its table")
            self._columns[name] = column
            del self._on_demand[name]
        if name not in self._columns:
            raise TraceError(f"no column {name!r}", hint=nearest(name, self._names))
        return self._columns[name]

    def __reduce__(self) -> tuple[type[Table], tuple[dict[str, Numbers | Words], int]]:
        """Copy and pickle a table with all its columns made: what makes them cannot be sent elsewhere."""
        return Table, ({name: self[name] for name in self}, self._rows)

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
        rows = np.array(rows)
        taken: dict[int, tuple[Numbers, Numbers]] = {}

        def of(name: str) -> Numbers | Words:
            column = self[name]
            if not isinstance(column, Words):
                return column[rows]
            key = id(column.codes)
            # Columns that share their numbers go on sharing them.  The array itself is kept with what was taken of
            # it, so that no other one can get its id meanwhile.
            if key not in taken:
                taken[key] = (column.codes, column.codes[rows])
            return Words(taken[key][1], column.names)

        count = int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)
        return Table({name: partial(of, name) if name in self._on_demand else of(name) for name in self}, count)

    def frame(self) -> pd.DataFrame:
        """Return the table as a pandas frame; columns of words become categorical."""
        import pandas as pd

        return pd.DataFrame({name: _series(self[name]) for name in self})

    def __eq__(self, other: object) -> bool:
        """Return whether tables hold the same values: NaN equals NaN, and words may be numbered differently."""
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


def _series(column: Numbers | Words) -> pd.Categorical[str] | Numbers:
    import pandas as pd

    if isinstance(column, Words):
        words = column.canonical()
        return pd.Categorical.from_codes(words.codes, categories=pd.Index(words.names, dtype="str"))
    return column


def _equal(one: Numbers | Words, other: Numbers | Words) -> bool:
    if isinstance(one, Words) and isinstance(other, Words):
        left, right = one.canonical(), other.canonical()
        return left.names == right.names and np.array_equal(left.codes, right.codes)
    if isinstance(one, Words) or isinstance(other, Words) or one.dtype != other.dtype:
        return False
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")

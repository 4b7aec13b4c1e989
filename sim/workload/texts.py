"""Lazy sequences of texts: ten million URLs or addresses take no memory until they are used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index as as_index
from typing import overload


class Texts(Sequence[str]):
    """A sequence of texts, each of which is made when it is first used and then kept.

    Parameters
    ----------
    count : int
        Length of the sequence.
    make : callable
        Function from a number (0 to `count` - 1) to its text; it must be pure.

    Examples
    --------
    >>> squares = Texts(10**12, lambda number: str(number**2))
    >>> len(squares), squares[3], squares[-1][:3], squares[1:3]
    (1000000000000, '9', '999', ('1', '4'))
    """

    __slots__ = ("_count", "_made", "_make")

    def __init__(self, count: int, make: Callable[[int], str]) -> None:
        self._count = count
        self._make = make
        self._made: dict[int, str] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...
    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return tuple(self[number] for number in range(self._count)[index])
        made = self._made.get(index)
        if made is None:
            # A range handles negative numbers and raises IndexError at its end.
            number = range(self._count)[as_index(index)]
            if number != index:
                return self[number]
            made = self._made[number] = self._make(number)
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return (Texts, (self._count, self._make))  # without the texts made so far, so that a pickle stays small

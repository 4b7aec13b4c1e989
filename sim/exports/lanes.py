"""Slices of time laid out in lanes, as a timeline draws them: within a lane they nest or follow, and never cross."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Slice:
    """A slice of time.

    Attributes
    ----------
    name, category : str
        What it is.
    start_ns, end_ns : int
        When it begins and ends, in nanoseconds.
    said : dict
        Further values for its reader.
    inside : list of Slice
        Slices that lie in it, one after the other.
    """

    name: str
    category: str
    start_ns: int
    end_ns: int
    said: dict[str, Any] = field(default_factory=dict)
    inside: list[Slice] = field(default_factory=list)

    def admit(self, others: Iterable[Slice]) -> list[Slice]:
        """Nest the slices that lie inside this one, one after the other; return those that do not.

        Parameters
        ----------
        others : iterable of Slice
            In the order of their beginnings.

        Returns
        -------
        list of Slice
            Those that reach out of this one, or cross one that was taken in.

        Examples
        --------
        >>> day = Slice("day", "", 0, 24)
        >>> [left.name for left in day.admit([Slice("a", "", 1, 5), Slice("b", "", 4, 6), Slice("c", "", 20, 30)])]
        ['b', 'c']
        """
        left = []
        for other in others:
            free_ns = self.inside[-1].end_ns if self.inside else self.start_ns
            if free_ns <= other.start_ns and other.end_ns <= self.end_ns:
                self.inside.append(other)
            else:
                left.append(other)
        return left


def lanes(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Divide slices among as few lanes as there ever are at once.

    Parameters
    ----------
    slices : iterable of Slice
        In any order.

    Returns
    -------
    list of list of Slice
        Lane by lane; within a lane each slice begins when the one before is over.  A slice takes the first free lane.

    Examples
    --------
    >>> found = lanes([Slice("a", "", 0, 2), Slice("b", "", 1, 4), Slice("c", "", 2, 3)])
    >>> [[one.name for one in lane] for lane in found]
    [['a', 'c'], ['b']]
    """
    made: list[list[Slice]] = []
    taken: list[tuple[int, int]] = []
    free: list[int] = []
    for one in sorted(slices, key=lambda one: (one.start_ns, one.end_ns)):
        while taken and taken[0][0] <= one.start_ns:
            heapq.heappush(free, heapq.heappop(taken)[1])
        number = heapq.heappop(free) if free else len(made)
        if number == len(made):
            made.append([])
        made[number].append(one)
        heapq.heappush(taken, (one.end_ns, number))
    return made


def edges(slices: Iterable[Slice]) -> Iterator[tuple[str, int, Slice]]:
    """Walk through slices that nest or follow.

    Parameters
    ----------
    slices : iterable of Slice
        A lane.

    Yields
    ------
    tuple of (str, int, Slice)
        ``"B"`` or ``"E"``, for beginning and end; when, in nanoseconds, never earlier than the one before; of what.

    Examples
    --------
    >>> day = Slice("day", "", 0, 24, inside=[Slice("noon", "", 12, 13)])
    >>> [(what, when, one.name) for what, when, one in edges([day])]
    [('B', 0, 'day'), ('B', 12, 'noon'), ('E', 13, 'noon'), ('E', 24, 'day')]
    """
    for one in slices:
        yield "B", one.start_ns, one
        yield from edges(one.inside)
        yield "E", one.end_ns, one

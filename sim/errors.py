"""What can go wrong, named for what went wrong.

Every error that a user can cause is a :class:`SimError`.  It carries the path into the scenario (or the
file) where the fault lies and a hint that says how to mend it, so that a command prints it without a
traceback and an editor can jump to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in one place of a file that a user wrote.

    Parameters
    ----------
    path : str
        Dotted path of the faulty value, such as ``nodes.edge.cache.capacity``; empty for the whole file.
    message : str
        What is wrong, with the value found and what is allowed.
    hint : str
        How to mend it, such as the nearest known name; may be empty.
    line : int or None
        Line of the file, counted from 1, where it is known.
    """

    path: str
    message: str
    hint: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line is not None else ""
        path = f"{self.path}: " if self.path else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{path}{self.message}{hint}"


class SimError(Exception):
    """Base of all errors that proxysim raises on purpose."""

    def __init__(self, message: str, *, path: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        return str(Problem(self.path, self.message, self.hint))


class ScenarioError(SimError):
    """A scenario that cannot be run; holds every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem], *, source: str = "scenario") -> None:
        self.problems = tuple(problems)
        self.source = source
        count = len(self.problems)
        noun = "problem" if count == 1 else "problems"
        super().__init__(f"{source}: {count} {noun}")

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  {problem}" for problem in self.problems)])

    def __reduce__(self) -> tuple[object, ...]:
        return (_scenario_error, (self.problems, self.source))


def _scenario_error(problems: Sequence[Problem], source: str) -> ScenarioError:
    return ScenarioError(problems, source=source)


class UnitError(SimError, ValueError):
    """A quantity without a unit, with an unknown unit, or out of range.

    It is a ``ValueError`` too, so that pydantic reports it with its place in the scenario.
    """


class UnknownPolicyError(SimError, ValueError):
    """A policy name that no registry knows."""


class AccessLogError(SimError):
    """An access log that cannot be read at all (single bad lines are counted, not raised)."""


class EndpointError(SimError):
    """A place to listen at or to send to that cannot be one, or is not allowed."""


class TraceError(SimError):
    """A trace that breaks one of its laws, or a directory that is not a trace."""


class MessageError(SimError, ValueError):
    """A message, or a part of one, that is not written as its protocol demands."""


class ExportError(SimError):
    """A format that is not known, or a part of a trace that a format has no use for."""


class ProductError(SimError):
    """A real product that is not there, does not start, or cannot do a node's work at all."""


class ReplicationError(SimError):
    """A comparison that cannot give an interval, for example with fewer than five replications."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return which known name is nearest to a misspelt one.

    Parameters
    ----------
    name : str
        The name that was not found.
    known : iterable of str
        All names that would have been right.

    Returns
    -------
    str
        ``"did you mean 'lru'?"``, or the list of known names where none is near.

    Examples
    --------
    >>> nearest("lur", ["fifo", "lfu", "lru"])
    "did you mean 'lru'?"
    >>> nearest("quantum", ["fifo", "lru"])
    'known: fifo, lru'
    """
    names = sorted(known)
    matches = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"did you mean {matches[0]!r}?" if matches else f"known: {', '.join(names)}"

"""Exceptions, named for what went wrong.

Every error that a user can cause is a :class:`SimError`.  It has the path of the faulty value in the scenario (or the
file) and a hint how to correct it, so that a command can print it without a traceback and an editor can jump to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem at one place of a file that a user wrote.

    Parameters
    ----------
    path : str
        Dotted path of the faulty value, such as ``nodes.edge.cache.capacity``; empty for the whole file.
    message : str
        What is wrong, with the value found and what is allowed.
    hint : str
        How to correct it, such as the nearest known name; may be empty.
    line : int or None
        Line of the file, counted from 1; None if it is unknown.
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
    """A name of a policy that is not registered."""


class AccessLogError(SimError):
    """An access log that cannot be read at all (single bad lines are counted, not raised)."""


class EndpointError(SimError):
    """An address and port to listen at or to connect to that is malformed or not allowed."""


class TraceError(SimError):
    """A trace that breaks one of its laws, or a directory that is not a trace."""


class MessageError(SimError, ValueError):
    """A message, or a part of one, that does not conform to its protocol."""


class ExportError(SimError):
    """An unknown export format, or a part of a trace that a format cannot represent."""


class ProductError(SimError):
    """A real product that is not installed, does not start, or cannot take a node's place."""


class ReplicationError(SimError):
    """Replications that allow no interval or comparison, for example fewer than five."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known name that is nearest to a misspelt one.

    Parameters
    ----------
    name : str
        The unknown name.
    known : iterable of str
        All names that are allowed.

    Returns
    -------
    str
        ``"did you mean 'lru'?"``, or the list of known names if none is near.

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

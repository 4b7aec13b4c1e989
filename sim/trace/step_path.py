"""The steps that requests announce, each different sequence of them kept once."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from struct import Struct
from typing import NamedTuple


class AnnouncedStep(NamedTuple):
    """One step: numbers of its moment and of the exchange in its request, node, step, detail and stage."""

    moment: int
    exchange: int
    node: str
    step: IntEnum
    detail: str
    stage: str


StepKey = tuple[int, str, IntEnum, str, str] | None
"""A step: number of the exchange in its request, node, step, detail and stage; None if some time goes by first."""


class StepPath(dict[StepKey, "StepPath"]):
    """The steps of a request so far: a node in the tree of all sequences that were ever announced.

    Requests are alike: a million of them take a few dozen paths.  So a step is recorded by going on in the tree, and a
    whole request by one number, together with the moments at which it announced something.

    Parameters
    ----------
    known : list of StepPath
        All paths, by number; it appends itself.
    before : StepPath or None
        The path of which it is a continuation.
    key : StepKey
        The step by which it continues that.

    Attributes
    ----------
    later : StepPath
        The same after some time has gone by, ready to be gone on from: `path[None]` without a lookup.
    moments : int
        How many moments it has.
    number : int
        Its own.

    Examples
    --------
    >>> from sim.nodes.steps import ClientStep
    >>> beginning = StepPath([])
    >>> once = beginning.later[-1, "students", ClientStep.SEND, "app", ""]
    >>> once is beginning.later[-1, "students", ClientStep.SEND, "app", ""]
    True
    >>> once.moments, [step.node for step in once.steps()]
    (1, ['students'])
    """

    __slots__ = ("_known", "before", "key", "later", "moments", "number", "pack_moments")

    def __init__(self, known: list[StepPath], before: StepPath | None = None, key: StepKey = None) -> None:
        super().__init__()
        self.number = len(known)
        self.moments: int = 0 if before is None else before.moments + (key is None)
        self.pack_moments: Callable[..., bytes] = Struct(f"@{self.moments}d").pack
        self._known = known
        self.before = before
        self.key = key
        known.append(self)
        # Two moments without a step between them are one.
        self.later: StepPath = self if key is None and before is not None else StepPath(known, self)

    def __missing__(self, key: StepKey) -> StepPath:
        self[key] = following = self.later if key is None else StepPath(self._known, self, key)
        return following

    def steps(self) -> list[AnnouncedStep]:
        """Return all steps in order, each with the number of its moment."""
        backwards: list[AnnouncedStep] = []
        path: StepPath | None = self
        while path is not None:
            if path.key is not None:
                backwards.append(AnnouncedStep(path.moments - 1, *path.key))
            path = path.before
        return backwards[::-1]

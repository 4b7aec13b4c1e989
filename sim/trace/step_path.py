"""What requests announce on their way, told in as few numbers as possible."""

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
    """What a request has announced so far: a node in the tree of all that was ever announced.

    Requests are alike: a million of them tell a few dozen stories.  So a step is taken down by going on in the
    tree, and a whole request by one number, together with the moments at which it told something.

    Parameters
    ----------
    known : list of StepPath
        All stories, by number; it appends itself.
    before : StepPath or None
        The story of which it is a continuation.
    telling : StepKey
        With what.

    Attributes
    ----------
    later : StepPath
        The same after some time has gone by, ready to be gone on from: `story[None]` without a lookup.
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
    >>> once.moments, [told.node for told in once.steps()]
    (1, ['students'])
    """

    __slots__ = ("_known", "before", "later", "moments", "number", "pack_moments", "telling")

    def __init__(self, known: list[StepPath], before: StepPath | None = None, telling: StepKey = None) -> None:
        super().__init__()
        self.number = len(known)
        self.moments: int = 0 if before is None else before.moments + (telling is None)
        self.pack_moments: Callable[..., bytes] = Struct(f"@{self.moments}d").pack
        self._known = known
        self.before = before
        self.telling = telling
        known.append(self)
        # Nothing is told between two that only say that time goes by.
        self.later: StepPath = self if telling is None and before is not None else StepPath(known, self)

    def __missing__(self, telling: StepKey) -> StepPath:
        self[telling] = following = self.later if telling is None else StepPath(self._known, self, telling)
        return following

    def steps(self) -> list[AnnouncedStep]:
        """Give all that was told, in order, each with the number of its moment."""
        told: list[AnnouncedStep] = []
        story: StepPath | None = self
        while story is not None:
            if story.telling is not None:
                told.append(AnnouncedStep(story.moments - 1, *story.telling))
            story = story.before
        return told[::-1]

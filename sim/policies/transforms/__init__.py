"""Transforms: how a proxy changes responses (RFC 9110 section 7.7).

A transform is one small class with the method `apply`.  It changes what is stored (``at = "before_storing"``) or what
is sent (``"after_storing"``: stored responses too, each time).  To add one, write a file beside this one and register
the class in it.
"""

from __future__ import annotations

from typing import ClassVar, Literal, NamedTuple

from sim.messages import Response
from sim.policies.stage import Stage, StageRegistry, Visit


class Changed(NamedTuple):
    """A transformed response.

    Attributes
    ----------
    response : Response
        With changed fields, size or content.
    work_s : float
        Work that the change takes at one of the proxy's workers, in seconds.
    detail : str
        What was done, in a word, for the trace's steps; empty if only fields changed, which is no step.
    """

    response: Response
    work_s: float = 0.0
    detail: str = ""


class Transform(Stage):
    """Changes responses (the step "may compress, encrypt or store" of the textbook)."""

    at: ClassVar[Literal["before_storing", "after_storing"]] = "after_storing"

    def apply(self, visit: Visit, response: Response) -> Changed | None:
        """Return the changed response, or None to leave it as it is."""
        raise NotImplementedError


registry: StageRegistry[Transform] = StageRegistry("transform", __name__)

"""Guards: which requests a proxy refuses or delays before it does anything else.

A guard is one small class with the method `judge`.  Guards judge in the order of the scenario; the first refusal ends
the request.  To add one, write a file beside this one and register the class in it.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.messages import NO_FIELDS, Fields
from sim.policies.stage import Stage, StageRegistry, Visit


class Refusal(NamedTuple):
    """The response of a proxy that refuses a request.

    Attributes
    ----------
    status : int
        Status code.
    fields : Fields
        Header fields.
    error : str
        Error type of RFC 9209 section 2.3, from which the outcome follows (`sim.outcomes.refused`).
    """

    status: int
    fields: Fields = NO_FIELDS
    error: str = "http_request_denied"


class Delay(NamedTuple):
    """For how long a request is held before the next guard judges it, in seconds."""

    seconds: float


class Guard(Stage):
    """Judges each request as it arrives (the step "receive" or "analyse" of the textbook)."""

    def judge(self, visit: Visit) -> Refusal | Delay | None:
        """Return a refusal, a delay, or None to let the request pass."""
        raise NotImplementedError


registry: StageRegistry[Guard] = StageRegistry("guard", __name__)

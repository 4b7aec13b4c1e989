"""Resilience rules: what a proxy does when a next node fails.

A resilience rule notes how every attempt ended, may exclude a member for a while, and may ask for another attempt.
To add one, write a file beside this one and register the class in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.policies.stage import Attempt, Stage, StageRegistry, Visit


class Retry(NamedTuple):
    """Another attempt for a request.

    Attributes
    ----------
    after_s : float
        How long to wait before it, in seconds.
    same_member : bool
        Whether members that were tried already are candidates although others are left.
    """

    after_s: float = 0.0
    same_member: bool = False


class Resilience(Stage):
    """Decides which members are candidates, and whether to try again (the step "forward" of the textbook)."""

    def admits(self, member: str, now_s: float) -> bool:
        """Whether a member is a candidate now."""
        return True

    def note(self, attempt: Attempt) -> None:
        """Note how an attempt ended."""

    def again(self, visit: Visit, attempts: Sequence[Attempt]) -> Retry | None:
        """Return another attempt after those that were made, or None to return the last response."""
        return None


registry: StageRegistry[Resilience] = StageRegistry("resilience rule", __name__)

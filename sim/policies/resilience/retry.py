"""Another attempt after a failed one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from sim.policies.resilience import Resilience, Retry, registry
from sim.policies.stage import Attempt, Visit, setting
from sim.rules.methods import IDEMPOTENT

ErrorStatus = Annotated[int, Field(ge=500, le=599)]


@registry.register("retry")
class RetryIdempotent(Resilience):
    """Retry: asks again when a member fails, another one if there is any, if the method is idempotent (RFC 9110 9.2.2).

    Examples
    --------
    >>> from sim.messages import NO_DRAWS, Request
    >>> visit = Visit(Request(0, "GET", "http://a.example/", "a.example", ()), "192.0.2.1", "192.0.2.1", 0.0, NO_DRAWS)
    >>> failed = Attempt(0, "b1", 503, "", 0.0, 1.0)
    >>> rule = RetryIdempotent(attempts=2)
    >>> rule.again(visit, [failed]), rule.again(visit, [failed, failed._replace(number=1, member="b2")])
    (Retry(after_s=0.0, same_member=False), None)
    """

    attempts: int = setting(2, ge=2, le=100, description="Most attempts for one request, the first among them.")
    statuses: tuple[ErrorStatus, ...] = setting(
        (502, 503, 504), description="Status codes after which another attempt is made."
    )

    def again(self, visit: Visit, attempts: Sequence[Attempt]) -> Retry | None:
        """Return another attempt after a failure, as long as attempts are left."""
        if len(attempts) >= self.attempts or visit.request.method not in IDEMPOTENT:
            return None
        return Retry() if attempts[-1].status in self.statuses else None

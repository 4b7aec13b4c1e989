"""What a cache found for a request, and what the next node is to be asked for if that is no answer.

A `Lookup` is the result of RFC 9111 section 4 for one request.  Most of them are a fresh response or a plain miss; what
else there is to know is a `Plan`: validate stored responses (section 4.3), complete a stored part (section 3.4), or
let other requests wait for this one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sim.messages import CacheStatus, Request, Response, make_response
from sim.nodes.store import Variants
from sim.nodes.world import Gate, World
from sim.rules.combining import asking_for_the_rest, completed
from sim.rules.conditions import CONDITIONS, conditional, identified
from sim.rules.fields import without
from sim.rules.request_directives import RequestDirectives, asked
from sim.rules.reuse import MISS, Reuse
from sim.rules.storing import StoredResponse

PARTIAL_CONTENT, NOT_MODIFIED, RANGE_NOT_SATISFIABLE = 206, 304, 416


class Plan(NamedTuple):
    """What a proxy does with a request beyond answering it from its cache or forwarding it as it is.

    Attributes
    ----------
    request : Request
        The request to satisfy.
    outbound : Request
        The request to send: that one, or one that validates stored responses or asks for the rest of a stored part.
    directives : RequestDirectives
        What the request demands of the cache.
    reuse : Reuse
        The decision of `sim.rules.reuse.decide`.
    to_validate : tuple of StoredResponse
        The stored responses whose validators `outbound` carries.
    gate : Gate or None
        Where other requests for the target wait for this one's response.  Together with an answer it means that the
        stored response is validated in the background (stale-while-revalidate, RFC 5861 section 3).
    """

    request: Request
    outbound: Request
    directives: RequestDirectives
    reuse: Reuse = MISS
    to_validate: Variants = ()
    gate: Gate | None = None


class Lookup(NamedTuple):
    """What a cache found for a request.

    Attributes
    ----------
    outcome : CacheStatus
        What the cache did.
    response : Response or None
        The answer, if it has one.
    asked_s : float
        When it was looked up, in seconds since 1970: the request_time of RFC 9111 section 4.2.3.
    plan : Plan or None
        None for a plain miss and for a fresh answer.
    """

    outcome: CacheStatus
    response: Response | None
    asked_s: float
    plan: Plan | None


make_lookup: Callable[[tuple[CacheStatus, Response | None, float, Plan | None]], Lookup] = partial(
    tuple.__new__, Lookup
)
"""The same from one plain tuple, in a third of the time: every request makes one."""

Settled = tuple[Response, str]
"""The response for the client, and what the cache did, as the step "store" announces it; empty for no step.

A plain pair: it is unpacked at once by its only reader, and a named tuple takes ten times as long to make.
"""


class NoCache:
    """In place of a cache, for a proxy without one: every request is forwarded, and no response is stored."""

    collapses = False

    @staticmethod
    def look_up(request: Request, world: World) -> Lookup:  # noqa: ARG004
        """Return the lookup that finds no response."""
        return _NO_CACHE

    @staticmethod
    async def collapse(request: Request, found: Lookup, world: World) -> Lookup:  # noqa: ARG004
        """Return the lookup as it is: no request waits for another one."""
        return found

    @staticmethod
    def settle(request: Request, found: Lookup, response: Response, world: World) -> Settled:  # noqa: ARG004
        """Return the response for the client, and no step."""
        return with_cache_status(response, CacheStatus.NONE), ""

    @staticmethod
    def release_waiters(plan: Plan, world: World) -> None:
        """Do nothing: no request waits."""


_NO_CACHE = Lookup(CacheStatus.NONE, None, 0.0, None)


def with_cache_status(response: Response, outcome: CacheStatus) -> Response:
    """Return a response that carries what this proxy's cache did (RFC 9211), in place of the next node's."""
    if response.cache_status is outcome:
        return response
    status, fields, size_bytes, _, age_s, error, body = response
    return make_response((status, fields, size_bytes, outcome, age_s, error, body))


def validating(plan: Plan, stored: Variants) -> Plan:
    """Return a plan whose request validates stored responses (RFC 9111 section 4.3.1), if they have validators."""
    fields = conditional(plan.request.fields, stored)
    return plan if fields is None else plan._replace(outbound=plan.request._replace(fields=fields), to_validate=stored)


def completing(plan: Plan, stored: StoredResponse) -> Plan:
    """Return a plan whose request asks for the rest of a stored part (RFC 9111 section 3.4), if that is possible."""
    request = plan.request
    fields = asking_for_the_rest(plan.directives, request.fields, stored)
    # If the answer is not that rest, the request is sent again as it came; a streamed content could not be.
    can_be_repeated = request.body is None or isinstance(request.body, bytes)
    return plan if fields is None or not can_be_repeated else plan._replace(outbound=request._replace(fields=fields))


def refreshing(request: Request, stored: StoredResponse, gate: Gate) -> Plan:
    """Return a plan to validate a stale response in the background (RFC 5861 section 3).

    The request is the cache's own: the client's conditions and its range do not matter to what is stored.
    """
    fields = without(request.fields, CONDITIONS | {"range", "if-range"})
    own = request._replace(method="GET", fields=fields, body=None)
    reuse = Reuse(CacheStatus.STALE, stored)
    return validating(Plan(own, own, asked("GET", fields), reuse, gate=gate), (stored,))


def asks_for_the_rest(plan: Plan) -> bool:
    """Whether the next node is asked for the rest of a stored part."""
    return plan.reuse.outcome is CacheStatus.PARTIAL and plan.outbound is not plan.request


def needs_refetch(plan: Plan, response: Response) -> bool:
    """Whether the response to a cache's own question is of no use, so that the client's request must be sent as it is.

    That is so for a part that does not complete the stored one, and for a 304 that names neither a stored response nor
    one that the client has.  Where a single stored response was validated, a 304 can only mean that one.

    Parameters
    ----------
    plan : Plan
        What was asked, and why.
    response : Response
        The next node's response.
    """
    if asks_for_the_rest(plan) and response.status in {PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE}:
        return plan.reuse.stored is None or completed(plan.reuse.stored, response) is None
    if response.status != NOT_MODIFIED or not plan.to_validate or plan.directives.conditional:
        return False
    return plan.reuse.stored is None and not identified(plan.to_validate, response.fields)

"""What forward and reverse proxies do alike around their cache: look up, ask onward, and settle what came back.

The rules decide (`sim.rules`); here is only the order of things.  `Caching.look_up` makes a plan: an answer, or what to
ask the next node.  `Caching.settle` takes what came back and makes of it what the client gets, and what is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import NamedTuple

from sim.messages import CacheStatus, Fields, Request, Response, make_response
from sim.nodes.store import ResponseStore, Variants
from sim.nodes.world import World
from sim.rules.answering import answer, not_cached
from sim.rules.asked import PLAIN, Asked, asked
from sim.rules.invalidation import SAFE, invalidated
from sim.rules.reuse import Reuse, decide, may_cover_error
from sim.rules.storing import StoredResponse, may_store, to_store
from sim.rules.terms import Kind, Terms, terms
from sim.rules.validation import conditional, describes, freshened, identified
from sim.scenario.schema import Cache

HIT, STALE_HIT, REVALIDATED = CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.REVALIDATED
OK, NOT_MODIFIED = 200, 304
COVERED = frozenset({500, 502, 503, 504})
"""Errors for which a stale response may stand in (RFC 5861 section 4)."""

STORED, NOT_STORED, FRESHENED, INVALIDATED = "stored", "not stored", "freshened", "invalidated"
"""What is announced of an answer that came back."""


class Plan(NamedTuple):
    """What a proxy does with a request.

    Attributes
    ----------
    outcome : CacheStatus
        What its cache did.
    response : Response or None
        The answer, if the cache has one.
    onward : Request
        What to ask the next node otherwise: the request, or one that validates what is stored.
    asked : Asked
        What the request asks of the cache.
    asked_s : float
        When it was looked up, in seconds since 1970.
    reuse : Reuse
        What the rules decided.
    named : tuple of StoredResponse
        The stored responses that `onward` asks about.
    """

    outcome: CacheStatus
    response: Response | None
    onward: Request
    asked: Asked
    asked_s: float
    reuse: Reuse
    named: Variants


make_plan: Callable[[tuple[CacheStatus, Response | None, Request, Asked, float, Reuse, Variants]], Plan] = partial(
    tuple.__new__, Plan
)
"""The same from one plain tuple, and quicker: see the end of `sim.messages`."""


Settled = tuple[Response, str]
"""What became of an answer that came back: what the client gets, and what the cache did with it."""


class Caching:
    """The cache of one proxy, by its settings.

    Parameters
    ----------
    settings : Cache
        Its part of the scenario.
    """

    def __init__(self, settings: Cache) -> None:
        self._store = ResponseStore(settings)
        self._find = self._store.find
        kind = Kind(settings.shared, settings.heuristic_ratio, settings.targeted, settings.cautious)
        # Few different fields come over and over again where time is simulated.
        self._terms: Callable[[int, Fields, float], Terms] = lru_cache(maxsize=4096)(partial(terms, kind))

    def look_up(self, request: Request, world: World) -> Plan:
        """Look for an answer in the cache (RFC 9111 section 4).

        Parameters
        ----------
        request : Request
            As it was received.
        world : World
            The exchange in which it was received.

        Returns
        -------
        Plan
            With an answer, or with what to ask the next node.
        """
        _, method, target, _, fields, _, _, _ = request
        now_s = world.now() + world.epoch_s
        wants, variants = asked(method, fields), self._find(target)
        reuse = decide(wants, fields, variants, now_s)
        outcome, stored, age_s, _ = reuse
        if wants is PLAIN:
            # Most requests end here; the rest of this method would come to the same.
            if variants is None:
                return make_plan((outcome, None, request, wants, now_s, reuse, ()))
            if outcome is HIT and stored is not None:
                status, held, size_bytes, _, _, _, body = stored.response
                response = make_response((status, held, size_bytes, HIT, age_s, "", body))
                return make_plan((HIT, response, request, wants, now_s, reuse, ()))
        if stored is not None and (outcome is HIT or outcome is STALE_HIT):
            response = answer(wants, fields, stored, outcome, age_s)
            return make_plan((outcome, response, request, wants, now_s, reuse, ()))
        if wants.cached_only and wants.reads:
            return make_plan((outcome, not_cached(outcome), request, wants, now_s, reuse, ()))
        if not variants or not wants.reads or wants.for_origin:
            return make_plan((outcome, None, request, wants, now_s, reuse, ()))
        return self._validating(request, wants, now_s, reuse, variants)

    @staticmethod
    def _validating(request: Request, wants: Asked, now_s: float, reuse: Reuse, variants: Variants) -> Plan:
        """Plan to ask whether what is stored is still good; of other requests' variants, if none is selected."""
        named = variants if reuse.stored is None else (reuse.stored,)
        fields = conditional(request.fields, named)
        if fields is None:
            return make_plan((reuse.outcome, None, request, wants, now_s, reuse, ()))
        onward = request._replace(fields=fields)
        return make_plan((reuse.outcome, None, onward, wants, now_s, reuse, named))

    def settle(self, request: Request, plan: Plan, response: Response, world: World) -> Settled:
        """Store what came back, freshen what is stored by it, or invalidate that, and make the client's answer of it.

        Parameters
        ----------
        request : Request
            As it was received.
        plan : Plan
            What was looked up before.
        response : Response
            What the next node answered.
        world : World
            The exchange in which the request was received.

        Returns
        -------
        Settled
            What the client gets, and what was done.
        """
        _, _, _, wants, _, (_, stored, _, _), named = plan
        if stored is not None or named:
            told = self._compared(request, plan, response, world)
            if told is not None:
                return told
        if not wants.reads and request.method not in SAFE:
            return self._changed(request, plan, response)
        return self._stored(request, plan, response, world)

    def _compared(self, request: Request, plan: Plan, response: Response, world: World) -> Settled | None:
        """Hold what came back against what is stored; None if that plays no part in it."""
        status, wants = response.status, plan.asked
        if status == NOT_MODIFIED and plan.named:
            return self._validated(request, plan, response, world)
        stored, now_s = plan.reuse.stored, world.now() + world.epoch_s
        if stored is None:
            return None
        if (status in COVERED or response.error) and may_cover_error(wants, plan.reuse, now_s):
            # A stale answer instead of an error (RFC 5861 section 4).
            age_s = plan.reuse.age_s + (now_s - plan.asked_s)
            return answer(wants, request.fields, stored, STALE_HIT, age_s), NOT_STORED
        if wants.head and status == OK:
            # It is news of the stored response, or of there being another one now (RFC 9111 section 4.3.5).
            if describes(response.fields, stored.response.fields):
                self._store.freshen(request.target, stored, self._freshened(stored, response, plan, world))
                return _told(response, plan.outcome), FRESHENED
            self._store.freshen(request.target, stored, stored._replace(lifetime_s=0.0))
        return None

    def _stored(self, request: Request, plan: Plan, response: Response, world: World) -> Settled:
        """Store what may be stored (RFC 9111 section 3) as soon as it is whole."""
        status, fields, size_bytes, _, age_s, error, body = response
        outcome, _, _, wants, asked_s, _, _ = plan
        said = self._terms(status, fields, world.epoch_s)
        if not said.storable or not may_store(wants, said):
            return _told(response, outcome), NOT_STORED
        received_s = world.now() + world.epoch_s
        if body is None:
            stored = to_store(said, request.fields, response, asked_s, received_s)
            is_kept = self._store.keep(request.target, stored)
            told = make_response((status, fields, size_bytes, outcome, age_s, error, body))
            return told, STORED if is_kept else NOT_STORED

        def keep(whole: Response) -> None:
            self._store.keep(request.target, to_store(said, request.fields, whole, asked_s, received_s))

        # Its content is still to come: what is told is what is meant to happen.
        return _told(world.when_whole(response, keep), outcome), STORED

    def _validated(self, request: Request, plan: Plan, response: Response, world: World) -> Settled:
        """Freshen what a 304 confirms, and answer with it (RFC 9111 sections 4.3.3 and 4.3.4)."""
        confirmed = identified(plan.named, response.fields)
        if not confirmed:
            return _told(response, plan.outcome), NOT_STORED
        for stored in confirmed:
            newer = self._freshened(stored, response, plan, world)
            if plan.reuse.stored is None:
                # A variant that other requests select turned out to be good for this one too.
                newer = newer._replace(request_fields=request.fields)
                self._store.keep(request.target, newer)
            else:
                self._store.freshen(request.target, stored, newer)
        reply = answer(plan.asked, request.fields, newer, REVALIDATED, newer.age_s)
        return reply, FRESHENED

    def _freshened(self, stored: StoredResponse, response: Response, plan: Plan, world: World) -> StoredResponse:
        """Give a stored response with the fields of a newer one, and its age counted anew."""
        fields = freshened(stored.response.fields, response.fields)
        said = self._terms(stored.response.status, fields, world.epoch_s)
        newer = stored.response._replace(fields=fields, age_s=response.age_s)
        return to_store(said, stored.request_fields, newer, plan.asked_s, world.now() + world.epoch_s)

    def _changed(self, request: Request, plan: Plan, response: Response) -> Settled:
        """Throw away what an unsafe request has made out of date (RFC 9111 section 4.4)."""
        targets = invalidated(request.method, request.target, response.status, response.fields)
        for target in targets:
            self._store.forget(target)
        return _told(response, plan.outcome), INVALIDATED if targets else NOT_STORED


def _told(response: Response, outcome: CacheStatus) -> Response:
    """Give an answer with what this proxy's own cache did."""
    if response.cache_status is outcome:
        return response
    status, fields, size_bytes, _, age_s, error, body = response
    return make_response((status, fields, size_bytes, outcome, age_s, error, body))

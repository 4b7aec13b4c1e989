"""What forward and reverse proxies do alike around their cache: look up, ask onward, and settle what came back.

The rules decide (`sim.rules`); here is only the order of things.  `Caching.look_up` makes a plan: an answer, or what to
ask the next node.  `Caching.settle` takes what came back and makes of it what the client gets, and what is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

from sim.messages import CacheStatus, Fields, Request, Response, make_response
from sim.nodes.store import ResponseStore, Variants
from sim.nodes.under_way import UnderWay
from sim.nodes.world import DeadlinePassedError, Gate, World
from sim.rules.answering import answer, not_cached
from sim.rules.asked import PLAIN, Asked, asked
from sim.rules.fields import without
from sim.rules.invalidation import SAFE, invalidated
from sim.rules.ranges import held_part
from sim.rules.reuse import Reuse, decide, may_cover_error
from sim.rules.storing import StoredResponse, may_store, stands_for_get, to_store
from sim.rules.terms import Kind, Terms, terms
from sim.rules.validation import CONDITIONS, conditional, describes, freshened, identified
from sim.scenario.schema import Cache

HIT, STALE_HIT, PARTIAL = CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.PARTIAL
REVALIDATED, COLLAPSED = CacheStatus.REVALIDATED, CacheStatus.COLLAPSED
SHAREABLE = frozenset({CacheStatus.URI_MISS, CacheStatus.VARY_MISS, CacheStatus.STALE})
"""Why one asks the next node where another one's answer would do."""

OK, NOT_MODIFIED = 200, 304
COVERED = frozenset({500, 502, 503, 504})
"""Errors for which a stale response may stand in (RFC 5861 section 4)."""

UNUSABLE = Response(502, (), 200, error="http_protocol_error")
"""In place of a 304 that names nothing that is stored (RFC 9111 section 4.3.4)."""

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
    request : Request
        The request that is to be satisfied.
    onward : Request
        What to ask the next node: the request, or one that validates what is stored.
    asked : Asked
        What the request asks of the cache.
    asked_s : float
        When it was looked up, in seconds since 1970.
    reuse : Reuse
        What the rules decided.
    named : tuple of StoredResponse
        The stored responses that `onward` asks about.
    gate : Gate or None
        Where others wait until the next node has answered.  Beside an answer it says that the next node is asked all
        the same, with nobody waiting for that (stale-while-revalidate).
    """

    outcome: CacheStatus
    response: Response | None
    request: Request
    onward: Request
    asked: Asked
    asked_s: float
    reuse: Reuse
    named: Variants
    gate: Gate | None


make_plan: Callable[
    [tuple[CacheStatus, Response | None, Request, Request, Asked, float, Reuse, Variants, Gate | None]], Plan
] = partial(tuple.__new__, Plan)
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
        self._under_way = UnderWay()
        self.collapses = settings.collapse
        """Whether requests for the same target wait for the first one of them."""
        self._patience_s = settings.collapse_timeout_s

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
        outcome, stored, age_s, refresh = reuse
        if wants is PLAIN:
            # Most requests end here; the rest of this method would come to the same.
            if variants is None:
                return make_plan((outcome, None, request, request, wants, now_s, reuse, (), None))
            if outcome is HIT and stored is not None:
                status, held, size_bytes, _, _, _, body = stored.response
                response = make_response((status, held, size_bytes, HIT, age_s, "", body))
                return make_plan((HIT, response, request, request, wants, now_s, reuse, (), None))
        if stored is not None and (outcome is HIT or outcome is STALE_HIT):
            response = answer(wants, fields, stored, outcome, age_s)
            if refresh and (gate := self._under_way.begin(target)):
                return self._refreshing(request, response, now_s, reuse, gate)
            return make_plan((outcome, response, request, request, wants, now_s, reuse, (), None))
        refused = not_cached(outcome) if wants.cached_only and wants.reads else None
        if refused is not None or not variants or not wants.reads or wants.for_origin or outcome is PARTIAL:
            return make_plan((outcome, refused, request, request, wants, now_s, reuse, (), None))
        return _validating(request, wants, now_s, reuse, variants)

    @staticmethod
    def _refreshing(request: Request, response: Response, now_s: float, reuse: Reuse, gate: Gate) -> Plan:
        """Plan to answer at once and to validate on the side, for the cache's own sake (RFC 5861 section 3)."""
        stored = reuse.stored
        own = request._replace(
            method="GET", fields=without(request.fields, CONDITIONS | {"range", "if-range"}), body=None
        )
        plan = _validating(own, asked("GET", own.fields), now_s, reuse, () if stored is None else (stored,))
        return plan._replace(response=response, gate=gate)

    async def joined(self, plan: Plan, world: World) -> Plan:
        """Let a request wait for another one for the same target that is on its way already (RFC 9111 section 4).

        Parameters
        ----------
        plan : Plan
            What was looked up; without an answer.
        world : World
            The exchange in which the request was received.

        Returns
        -------
        Plan
            With the answer that the other one brought; or to ask for oneself: as the first one, or because the other
            one took too long, or brought nothing that may be shared.
        """
        request, wants = plan.request, plan.asked
        if plan.outcome not in SHAREABLE or wants.head or wants.range or wants.credentials or not wants.storable:
            return plan
        if gate := self._under_way.begin(request.target):
            return plan._replace(gate=gate)
        gate = self._under_way.gate(request.target)
        try:
            await world.within(self._patience_s, world.wait(gate))
        except DeadlinePassedError:
            self._under_way.forget(request.target, gate)
            return plan
        again = self.look_up(request, world)
        if again.response is None or again.outcome is not HIT:
            return again
        return again._replace(outcome=COLLAPSED, response=again.response._replace(cache_status=COLLAPSED))

    def over(self, plan: Plan, world: World) -> None:
        """Let those go on who waited for an answer, unless its content is still to come.

        Parameters
        ----------
        plan : Plan
            What was looked up.
        world : World
            The exchange in which the request was received.
        """
        if plan.gate is not None and not self._under_way.is_coming(plan.gate):
            self._under_way.end(plan.request.target, plan.gate, world)

    def settle(self, plan: Plan, response: Response, world: World) -> Settled:
        """Store what came back, freshen what is stored by it, or invalidate that, and make the client's answer of it.

        Parameters
        ----------
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
        _, _, request, _, wants, _, (_, stored, _, _), named, _ = plan
        if stored is not None or named:
            told = self._compared(plan, response, world)
            if told is not None:
                return told
        if not wants.reads and request.method not in SAFE:
            return self._changed(plan, response, world)
        return self._stored(plan, response, world)

    def _compared(self, plan: Plan, response: Response, world: World) -> Settled | None:
        """Hold what came back against what is stored; None if that plays no part in it."""
        status, wants, request = response.status, plan.asked, plan.request
        if status == NOT_MODIFIED and plan.named:
            return self._validated(plan, response, world)
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

    def _stored(self, plan: Plan, response: Response, world: World) -> Settled:
        """Store what may be stored (RFC 9111 section 3) as soon as it is whole."""
        status, fields, size_bytes, _, age_s, error, body = response
        outcome, _, request, _, wants, asked_s, _, _, gate = plan
        said = self._terms(status, fields, world.epoch_s)
        if not said.storable or not may_store(wants, said):
            return _told(response, outcome), NOT_STORED
        received_s = world.now() + world.epoch_s
        if body is None:
            stored = to_store(said, request.fields, response, asked_s, received_s)
            is_kept = self._store.keep(request.target, stored)
            told = make_response((status, fields, size_bytes, outcome, age_s, error, body))
            return told, STORED if is_kept else NOT_STORED

        if gate is not None:
            self._under_way.comes(gate)

        def keep(whole: Response | None) -> None:
            if whole is not None and held_part(whole) is not None:
                self._store.keep(request.target, to_store(said, request.fields, whole, asked_s, received_s))
            if gate is not None:
                self._under_way.end(request.target, gate, world)

        # Its content is still to come: what is told is what is meant to happen.
        return _told(world.when_whole(response, keep), outcome), STORED

    def _validated(self, plan: Plan, response: Response, world: World) -> Settled:
        """Freshen what a 304 confirms, and answer with it (RFC 9111 sections 4.3.3 and 4.3.4)."""
        request, confirmed = plan.request, identified(plan.named, response.fields)
        if not confirmed:
            # Who set a condition may know what is meant; to others it would be an answer without content.
            return _told(response if plan.asked.conditional else UNUSABLE, plan.outcome), NOT_STORED
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

    def _changed(self, plan: Plan, response: Response, world: World) -> Settled:
        """Throw away what an unsafe request has made out of date (RFC 9111 section 4.4)."""
        request, status, fields = plan.request, response.status, response.fields
        targets = invalidated(request.method, request.target, status, fields)
        for target in targets:
            self._store.forget(target)
        said = self._terms(status, fields, world.epoch_s)
        if stands_for_get(request.method, request.target, status, fields, said):
            return self._stored(plan._replace(asked=replace(plan.asked, reads=True)), response, world)
        return _told(response, plan.outcome), INVALIDATED if targets else NOT_STORED


def _validating(request: Request, wants: Asked, now_s: float, reuse: Reuse, variants: Variants) -> Plan:
    """Plan to ask whether what is stored is still good; of other requests' variants, if none is selected."""
    named = variants if reuse.stored is None else (reuse.stored,)
    fields = conditional(request.fields, named)
    if fields is None:
        return make_plan((reuse.outcome, None, request, request, wants, now_s, reuse, (), None))
    onward = request._replace(fields=fields)
    return make_plan((reuse.outcome, None, request, onward, wants, now_s, reuse, named, None))


def _told(response: Response, outcome: CacheStatus) -> Response:
    """Give an answer with what this proxy's own cache did."""
    if response.cache_status is outcome:
        return response
    status, fields, size_bytes, _, age_s, error, body = response
    return make_response((status, fields, size_bytes, outcome, age_s, error, body))

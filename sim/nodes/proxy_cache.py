"""What forward and reverse proxies do alike around their cache: look up, ask onward, and settle what came back.

The rules decide (`sim.rules`); here is only the order of things.  `ProxyCache.look_up` makes a plan: an answer, or
what to
ask the next node.  `ProxyCache.settle` takes what came back and makes of it what the client gets, and what is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial
from typing import NamedTuple

from sim.messages import CacheStatus, Fields, Request, Response, StreamedContent, make_response
from sim.nodes.pending_fetches import PendingFetches
from sim.nodes.store import ResponseStore, Variants
from sim.nodes.world import DeadlinePassedError, Gate, World
from sim.rules.answering import answer, not_cached
from sim.rules.combining import asking_for_the_rest, completed
from sim.rules.conditions import CONDITIONS, conditional, describes, freshened, identified
from sim.rules.fields import without
from sim.rules.invalidation import SAFE, invalidated
from sim.rules.ranges import held_part
from sim.rules.request_directives import PLAIN, RequestDirectives, asked
from sim.rules.reuse import MISS, Reuse, decide, may_cover_error
from sim.rules.storing import StoredResponse, make_stored, may_store, stands_for_get, to_store
from sim.rules.terms import CacheKind, StorageTerms, terms
from sim.scenario.schema import Cache

HIT, STALE_HIT, PARTIAL, URI_MISS = CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.PARTIAL, CacheStatus.URI_MISS
REVALIDATED, COLLAPSED = CacheStatus.REVALIDATED, CacheStatus.COLLAPSED
SHAREABLE = frozenset({CacheStatus.URI_MISS, CacheStatus.VARY_MISS, CacheStatus.STALE})
"""Why one asks the next node where another one's answer would do."""

OK, PARTIAL_CONTENT, NOT_MODIFIED, RANGE_NOT_SATISFIABLE = 200, 206, 304, 416
COVERED = frozenset({500, 502, 503, 504})
"""Errors for which a stale response may stand in (RFC 5861 section 4)."""

UNUSABLE = Response(502, (), 200, error="http_protocol_error")
"""In place of a 304 that names nothing that is stored (RFC 9111 section 4.3.4)."""

STORED, NOT_STORED, FRESHENED, INVALIDATED = "stored", "not stored", "freshened", "invalidated"
"""What is announced of an answer that came back."""


class Plan(NamedTuple):
    """What a proxy does with a request that a cache cannot simply answer, and not simply forward.

    Attributes
    ----------
    request : Request
        The request that is to be satisfied.
    onward : Request
        What to ask the next node: the request, or one that validates what is stored, or asks for the rest of it.
    asked : RequestDirectives
        What the request asks of the cache.
    reuse : Reuse
        What the rules decided.
    named : tuple of StoredResponse
        The stored responses that `onward` asks about.
    gate : Gate or None
        Where others wait until the next node has answered.  Beside an answer it says that the next node is asked all
        the same, with nobody waiting for that (stale-while-revalidate).
    """

    request: Request
    onward: Request
    asked: RequestDirectives
    reuse: Reuse = MISS
    named: Variants = ()
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
        When it was looked up, in seconds since 1970.
    plan : Plan or None
        What there is to know beyond a plain miss or a fresh answer.
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
"""What became of an answer that came back: what the client gets, and what the cache did with it."""


class NoCache:
    """What a proxy without a cache has in the place of one: every request goes on, and nothing is kept."""

    collapses = False

    @staticmethod
    def look_up(request: Request, world: World) -> Lookup:  # noqa: ARG004
        """Find nothing."""
        return NOTHING_FOUND

    @staticmethod
    async def collapse(request: Request, found: Lookup, world: World) -> Lookup:  # noqa: ARG004
        """Let nobody wait."""
        return found

    @staticmethod
    def settle(request: Request, found: Lookup, response: Response, world: World) -> Settled:  # noqa: ARG004
        """Pass the answer on."""
        return _told(response, CacheStatus.NONE), ""

    @staticmethod
    def release_waiters(plan: Plan, world: World) -> None:
        """Release nobody, for nobody waits."""


NOTHING_FOUND = Lookup(CacheStatus.NONE, None, 0.0, None)


class ProxyCache:
    """The cache of one proxy, by its settings.

    Parameters
    ----------
    settings : Cache
        Its part of the scenario.
    """

    def __init__(self, settings: Cache) -> None:
        self._store = ResponseStore(settings)
        self._find, self._put = self._store.find, self._store.put
        kind = CacheKind(settings.shared, settings.heuristic_ratio, settings.targeted, settings.cautious)
        # Few different fields come over and over again where time is simulated.
        self._terms: Callable[[int, Fields, float], StorageTerms] = lru_cache(maxsize=4096)(partial(terms, kind))
        self._under_way = PendingFetches()
        self.collapses = settings.collapse
        """Whether requests for the same target wait for the first one of them."""
        self._patience_s = settings.collapse_timeout_s

    def look_up(self, request: Request, world: World) -> Lookup:
        """Look for an answer in the cache (RFC 9111 section 4).

        Parameters
        ----------
        request : Request
            As it was received.
        world : World
            The exchange in which it was received.

        Returns
        -------
        Lookup
            With an answer, or with what to ask the next node.
        """
        _, method, target, _, fields, _, _, _, _ = request
        now_s = world.now() + world.epoch_s
        wants, variants = asked(method, fields), self._find(target)
        if wants is PLAIN:
            # Nearly all requests of a simulation end here; what follows would come to the same.
            if variants is None:
                return make_lookup((URI_MISS, None, now_s, None))
            response, received_s, age_s, lifetime_s, plain, _, _, _ = variants[0]
            age_s += now_s - received_s
            if plain and age_s < lifetime_s and len(variants) == 1:
                status, held, size_bytes, _, _, _, body = response
                told = make_response((status, held, size_bytes, HIT, age_s, "", body))
                return make_lookup((HIT, told, now_s, None))
        reuse = decide(wants, fields, variants, now_s)
        outcome, stored, age_s, refresh = reuse
        if stored is not None and (outcome is HIT or outcome is STALE_HIT):
            response = answer(wants, fields, stored, outcome, age_s)
            gate = self._under_way.begin(target) if refresh else None
            return Lookup(outcome, response, now_s, None if gate is None else _refreshing(request, stored, gate))
        if wants.cached_only and wants.reads:
            return Lookup(outcome, not_cached(outcome), now_s, None)
        plan = Plan(request, request, wants, reuse)
        if variants and wants.reads and not wants.for_origin and outcome is not PARTIAL:
            # Of other requests' variants one may be good for this one too.
            plan = _validating(plan, variants if stored is None else (stored,))
        elif stored is not None and outcome is PARTIAL:
            plan = _completing(plan, stored)
        return Lookup(outcome, None, now_s, plan)

    async def collapse(self, request: Request, found: Lookup, world: World) -> Lookup:
        """Let a request wait for another one for the same target that is on its way already (RFC 9111 section 4).

        Parameters
        ----------
        request : Request
            As it was received.
        found : Lookup
            What was looked up; without an answer.
        world : World
            The exchange in which the request was received.

        Returns
        -------
        Lookup
            With the answer that the other one brought; or to ask for oneself: as the first one, or because the other
            one took too long, or brought nothing that may be shared.
        """
        outcome, response, asked_s, plan = found
        plan = plan or Plan(request, request, PLAIN)
        wants = plan.asked
        if outcome not in SHAREABLE or wants.head or wants.range or wants.credentials or not wants.storable:
            return found
        if gate := self._under_way.begin(request.target):
            return Lookup(outcome, None, asked_s, plan._replace(gate=gate))
        gate = self._under_way.gate(request.target)
        try:
            await world.within(self._patience_s, world.wait(gate))
        except DeadlinePassedError:
            self._under_way.forget(request.target, gate)
            return found
        again = self.look_up(request, world)
        outcome, response, asked_s, plan = again
        if response is None or outcome is not HIT:
            return again
        return Lookup(COLLAPSED, response._replace(cache_status=COLLAPSED), asked_s, None)

    def release_waiters(self, plan: Plan, world: World) -> None:
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

    def settle(self, request: Request, found: Lookup, response: Response, world: World) -> Settled:
        """Store what came back, freshen what is stored by it, or invalidate that, and make the client's answer of it.

        Parameters
        ----------
        request : Request
            That which was to be satisfied.
        found : Lookup
            What was looked up for it.
        response : Response
            What the next node answered.
        world : World
            The exchange in which the request was received.

        Returns
        -------
        Settled
            What the client gets, and what was done.
        """
        outcome, _, asked_s, plan = found
        if plan is None:
            status, fields, size_bytes, _, age_s, error, body = response
            said = self._terms(status, fields, world.epoch_s)
            if body is None and said.simple and said.plain and said.storable:
                # Nearly all answers of a simulation end here; what follows would come to the same.
                received_s = world.now() + world.epoch_s
                age_then_s = age_s + (received_s - asked_s)
                stored = make_stored(
                    (response, received_s, age_then_s, said.lifetime_s, True, said, request.fields, None)
                )
                told = make_response((status, fields, size_bytes, outcome, age_s, error, None))
                return told, STORED if self._put(request.target, (stored,), size_bytes) else NOT_STORED
        else:
            if plan.reuse.stored is not None or plan.named:
                settled = self._compared(plan, outcome, asked_s, response, world)
                if settled is not None:
                    return settled
            if not plan.asked.reads and request.method not in SAFE:
                return self._changed(plan, outcome, asked_s, response, world)
        return self._stored(request, found, response, world)

    def _stored(self, request: Request, found: Lookup, response: Response, world: World) -> Settled:
        """Store what may be stored (RFC 9111 section 3) as soon as it is whole."""
        status, fields, size_bytes, _, age_s, error, body = response
        outcome, _, asked_s, plan = found
        said, received_s = self._terms(status, fields, world.epoch_s), world.now() + world.epoch_s
        told = make_response((status, fields, size_bytes, outcome, age_s, error, body))
        if not said.storable or not (plan is None or may_store(plan.asked, said)):
            return told, NOT_STORED
        if body is not None:
            return self._once_whole(request, found, told, said, world), STORED
        stored = to_store(said, request.fields, response, asked_s, received_s)
        return told, STORED if self._store.keep(request.target, stored) else NOT_STORED

    def _compared(
        self, plan: Plan, outcome: CacheStatus, asked_s: float, response: Response, world: World
    ) -> Settled | None:
        """Hold what came back against what is stored; None if that plays no part in it."""
        status, request, stored = response.status, plan.request, plan.reuse.stored
        now_s = world.now() + world.epoch_s
        if status == NOT_MODIFIED and plan.named:
            # Who set a condition may know what is meant; to others it would be an answer without content.
            otherwise = response if plan.asked.conditional else UNUSABLE
            return self._validated(plan, asked_s, response, world) or (_told(otherwise, outcome), NOT_STORED)
        if stored is None:
            return None
        if _asks_for_the_rest(plan):
            whole, found = completed(stored, response), Lookup(outcome, None, asked_s, plan)
            return None if whole is None else self._stored(request, found, _after(stored, whole), world)
        if (status in COVERED or response.error) and may_cover_error(plan.asked, plan.reuse, now_s):
            # A stale answer instead of an error (RFC 5861 section 4).
            age_s = plan.reuse.age_s + (now_s - asked_s)
            return answer(plan.asked, request.fields, stored, STALE_HIT, age_s), NOT_STORED
        if plan.asked.head and status == OK:
            # It is news of the stored response, or of there being another one now (RFC 9111 section 4.3.5).
            if describes(response.fields, stored.response.fields):
                self._store.freshen(request.target, stored, self._freshened(stored, response, asked_s, world))
                return _told(response, outcome), FRESHENED
            self._store.freshen(request.target, stored, stored._replace(lifetime_s=0.0))
        return None

    def _once_whole(
        self, request: Request, found: Lookup, response: Response, said: StorageTerms, world: World
    ) -> Response:
        """Store a response when all its content has been received; until then it may still be cut off."""
        _, _, asked_s, plan = found
        received_s, gate = world.now() + world.epoch_s, plan and plan.gate
        if gate is not None:
            self._under_way.comes(gate)

        def keep(whole: Response | None) -> None:
            if whole is not None and held_part(whole) is not None:
                self._store.keep(request.target, to_store(said, request.fields, whole, asked_s, received_s))
            if gate is not None:
                self._under_way.end(request.target, gate, world)

        if isinstance(response.body, StreamedContent):
            response.body.when_whole(response, keep)
        else:
            keep(response)
        return response

    def _validated(self, plan: Plan, asked_s: float, response: Response, world: World) -> Settled | None:
        """Freshen what a 304 confirms, and answer with it (RFC 9111 sections 4.3.3, 4.3.4); None if it is nothing."""
        request, newer = plan.request, None
        for stored in identified(plan.named, response.fields):
            newer = self._freshened(stored, response, asked_s, world)
            if plan.reuse.stored is None:
                # A variant that other requests select turned out to be good for this one too.
                newer = newer._replace(request_fields=request.fields)
                self._store.keep(request.target, newer)
            else:
                self._store.freshen(request.target, stored, newer)
        if newer is not None:
            return answer(plan.asked, request.fields, newer, REVALIDATED, newer.age_s), FRESHENED
        if plan.reuse.stored is None:
            return None
        # With a strong entity tag that nobody asked about it still says that the condition does not hold, so that what
        # is stored answers; but it must not freshen that (RFC 9111 section 4.3.4).
        age_s = plan.reuse.age_s + (world.now() + world.epoch_s - asked_s)
        return answer(plan.asked, request.fields, plan.reuse.stored, REVALIDATED, age_s), NOT_STORED

    def _freshened(self, stored: StoredResponse, response: Response, asked_s: float, world: World) -> StoredResponse:
        """Give a stored response with the fields of a newer one, and its age counted anew."""
        fields = freshened(stored.response.fields, response.fields)
        said = self._terms(stored.response.status, fields, world.epoch_s)
        newer = stored.response._replace(fields=fields, age_s=response.age_s)
        return to_store(said, stored.request_fields, newer, asked_s, world.now() + world.epoch_s)

    def _changed(self, plan: Plan, outcome: CacheStatus, asked_s: float, response: Response, world: World) -> Settled:
        """Throw away what an unsafe request has made out of date (RFC 9111 section 4.4)."""
        request, status, fields = plan.request, response.status, response.fields
        targets = invalidated(request.method, request.target, status, fields)
        for target in targets:
            self._store.forget(target)
        said = self._terms(status, fields, world.epoch_s)
        if stands_for_get(request.method, request.target, status, fields, said):
            reading = plan._replace(asked=replace(plan.asked, reads=True))
            return self._stored(request, Lookup(outcome, None, asked_s, reading), response, world)
        return _told(response, outcome), INVALIDATED if targets else NOT_STORED


def needs_refetch(plan: Plan, response: Response) -> bool:
    """Whether an answer to a question of the cache's own is of no use, so that the client's request is to be sent.

    That is so for a 304 about something that neither the cache nor the client has, and for an answer that is not the
    rest of what is stored.  Where one stored response alone was asked about, a 304 can only mean that one.

    Parameters
    ----------
    plan : Plan
        What the next node was asked.
    response : Response
        What it answered.
    """
    if _asks_for_the_rest(plan) and response.status in {PARTIAL_CONTENT, RANGE_NOT_SATISFIABLE}:
        return plan.reuse.stored is None or completed(plan.reuse.stored, response) is None
    if response.status != NOT_MODIFIED or not plan.named or plan.asked.conditional:
        return False
    return plan.reuse.stored is None and not identified(plan.named, response.fields)


def _validating(plan: Plan, named: Variants) -> Plan:
    """Ask whether what is stored is still good, if that can be asked."""
    fields = conditional(plan.request.fields, named)
    return plan if fields is None else plan._replace(onward=plan.request._replace(fields=fields), named=named)


def _completing(plan: Plan, stored: StoredResponse) -> Plan:
    """Ask for the rest of what is stored, if that can be asked (RFC 9111 section 3.4)."""
    request = plan.request
    fields = asking_for_the_rest(plan.asked, request.fields, stored)
    # A content that comes with the request could not be sent once more.
    can_be_repeated = request.body is None or isinstance(request.body, bytes)
    return plan if fields is None or not can_be_repeated else plan._replace(onward=request._replace(fields=fields))


def _asks_for_the_rest(plan: Plan) -> bool:
    """Say whether the next node is asked for the rest of what is stored."""
    return plan.reuse.outcome is PARTIAL and plan.onward is not plan.request


def _after(stored: StoredResponse, whole: Response) -> Response:
    """Return a completed response; what is stored of its content precedes a rest that is still to come."""
    if isinstance(whole.body, StreamedContent) and isinstance(stored.response.body, bytes):
        whole.body.preceded_by(stored.response.body)
    return whole


def _refreshing(request: Request, stored: StoredResponse, gate: Gate) -> Plan:
    """Plan to validate on the side, for the cache's own sake and not for the client's (RFC 5861 section 3)."""
    fields = without(request.fields, CONDITIONS | {"range", "if-range"})
    own = request._replace(method="GET", fields=fields, body=None)
    reuse = Reuse(CacheStatus.STALE, stored)
    return _validating(Plan(own, own, asked("GET", fields), reuse, gate=gate), (stored,))


def _told(response: Response, outcome: CacheStatus) -> Response:
    """Give an answer with what this proxy's own cache did."""
    if response.cache_status is outcome:
        return response
    status, fields, size_bytes, _, age_s, error, body = response
    return make_response((status, fields, size_bytes, outcome, age_s, error, body))

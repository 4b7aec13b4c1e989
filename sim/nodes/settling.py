"""What becomes of a response that a proxy with a cache received: stored, compared with stored ones, or invalidating.

`Settling.settle` takes the next node's response and returns the client's.  On the way it

1. stores the response if it may (RFC 9111 section 3), with incomplete content once that is complete (section 3.3);
2. freshens stored responses by a 304 or by a response to HEAD (sections 4.3.4 and 4.3.5), completes a stored part
   (section 3.4), or sends a stale response in place of an error (RFC 5861 section 4);
3. invalidates what an unsafe request may have changed (section 4.4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

from sim.messages import CacheStatus, Fields, Request, Response, StreamedContent, make_response
from sim.nodes.lookup import NOT_MODIFIED, Lookup, Plan, Settled, asks_for_the_rest, with_cache_status
from sim.nodes.pending_fetches import PendingFetches
from sim.nodes.store import ResponseStore
from sim.nodes.world import World
from sim.rules.answering import answer
from sim.rules.combining import completed
from sim.rules.conditions import describes, freshened, identified
from sim.rules.invalidation import SAFE, invalidated
from sim.rules.ranges import held_part
from sim.rules.reuse import may_cover_error
from sim.rules.storing import StoredResponse, make_stored, may_store, stands_for_get, to_store
from sim.rules.terms import CacheKind, StorageTerms, terms

STALE_HIT, REVALIDATED = CacheStatus.STALE_HIT, CacheStatus.REVALIDATED

OK = 200
COVERED = frozenset({500, 502, 503, 504})
"""Errors in whose place a stale response may be sent (RFC 5861 section 4)."""

UNUSABLE = Response(502, (), 200, error="http_protocol_error")
"""In place of a 304 that identifies no stored response (RFC 9111 section 4.3.4): it has no content for the client."""

STORED, NOT_STORED, FRESHENED, INVALIDATED = "stored", "not stored", "freshened", "invalidated"
"""What the step "store" announces."""


class Settling:
    """Updates one proxy's store by the responses that the proxy receives.

    Parameters
    ----------
    store : ResponseStore
        The proxy's stored responses.
    kind : CacheKind
        Whether the cache is shared, and how it reads a response's directives.
    pending : PendingFetches
        The proxy's pending requests, for whose responses others wait.
    """

    def __init__(self, store: ResponseStore, kind: CacheKind, pending: PendingFetches) -> None:
        self._store, self._put = store, store.put
        self._pending = pending
        # In simulated time the same few sets of fields recur with every request.
        self._terms: Callable[[int, Fields, float], StorageTerms] = lru_cache(maxsize=4096)(partial(terms, kind))

    def settle(self, request: Request, found: Lookup, response: Response, world: World) -> Settled:
        """Store a response, freshen stored ones by it or invalidate them, and return the client's response.

        Parameters
        ----------
        request : Request
            The request to satisfy.
        found : Lookup
            What was looked up for it.
        response : Response
            The next node's response.
        world : World
            The exchange in which the request was received.

        Returns
        -------
        Settled
            The client's response, and what was done.
        """
        outcome, _, asked_s, plan = found
        if plan is None:
            status, fields, size_bytes, _, age_s, error, body = response
            stated = self._terms(status, fields, world.epoch_s)
            if body is None and stated.simple and stated.plain and stated.storable:
                # Nearly all responses of a simulation end here; what follows would have the same result, later.
                received_s = world.now() + world.epoch_s
                age_then_s, lifetime_s = age_s + (received_s - asked_s), stated.lifetime_s
                stored = make_stored((response, received_s, age_then_s, lifetime_s, True, stated, request.fields, None))
                answered = make_response((status, fields, size_bytes, outcome, age_s, error, None))
                return answered, STORED if self._put(request.target, (stored,), size_bytes) else NOT_STORED
            return self._keep(request, found, response, world)
        settled = self._compare(found, plan, response, world)
        if settled is not None:
            return settled
        if not plan.directives.reads and request.method not in SAFE:
            return self._invalidate(found, plan, response, world)
        return self._keep(request, found, response, world)

    # --- 1. store ---------------------------------------------------------------------------------------------

    def _keep(self, request: Request, found: Lookup, response: Response, world: World) -> Settled:
        """Store a response if it may be stored (RFC 9111 section 3)."""
        outcome, _, asked_s, plan = found
        stated = self._terms(response.status, response.fields, world.epoch_s)
        answered = with_cache_status(response, outcome)
        if not stated.storable or not (plan is None or may_store(plan.directives, stated)):
            return answered, NOT_STORED
        if response.body is not None:
            self._keep_once_complete(request, found, answered, stated, world)
            return answered, STORED
        stored = to_store(stated, request.fields, response, asked_s, world.now() + world.epoch_s)
        return answered, STORED if self._store.keep(request.target, stored) else NOT_STORED

    def _keep_once_complete(
        self, request: Request, found: Lookup, response: Response, stated: StorageTerms, world: World
    ) -> None:
        """Store a response with its content when all of that has been received; it may still be cut off."""
        received_s, gate = world.now() + world.epoch_s, found.plan and found.plan.gate
        if gate is not None:
            self._pending.note_streaming(gate)

        def keep(whole: Response | None) -> None:
            if whole is not None and held_part(whole) is not None:
                self._store.keep(request.target, to_store(stated, request.fields, whole, found.asked_s, received_s))
            if gate is not None:
                self._pending.end(request.target, gate, world)

        if isinstance(response.body, StreamedContent):
            response.body.when_whole(response, keep)
        else:
            keep(response)

    # --- 2. compare with stored responses ---------------------------------------------------------------------

    def _compare(self, found: Lookup, plan: Plan, response: Response, world: World) -> Settled | None:
        """Return the result if the response concerns stored ones; None if it stands for itself."""
        status, stored = response.status, plan.reuse.stored
        if status == NOT_MODIFIED and plan.to_validate:
            return self._validate(found, plan, response, world)
        if stored is None:
            return None
        if asks_for_the_rest(plan):
            whole = completed(stored, response)
            return None if whole is None else self._keep(plan.request, found, _after_stored(stored, whole), world)
        if status in COVERED:
            now_s = world.now() + world.epoch_s
            if may_cover_error(plan.directives, plan.reuse, now_s):
                age_s = plan.reuse.age_s + (now_s - found.asked_s)
                return answer(plan.directives, plan.request.fields, stored, STALE_HIT, age_s), NOT_STORED
        if status == OK and plan.directives.head:
            return self._compare_head(found, plan, stored, response, world)
        return None

    def _validate(self, found: Lookup, plan: Plan, response: Response, world: World) -> Settled:
        """Freshen the stored responses that a 304 identifies, and answer with one (RFC 9111 sections 4.3.3, 4.3.4)."""
        request, selected, newer = plan.request, plan.reuse.stored, None
        for stored in identified(plan.to_validate, response.fields):
            newer = self._freshened(stored, response, found.asked_s, world)
            if selected is None:
                # A variant that other requests select is good for this one too: it is stored for both.
                newer = newer._replace(request_fields=request.fields)
                self._store.keep(request.target, newer)
            else:
                self._store.freshen(request.target, stored, newer)
        if newer is not None:
            return answer(plan.directives, request.fields, newer, REVALIDATED, newer.age_s), FRESHENED
        if selected is not None:
            # A strong entity tag that was not sent must freshen nothing (section 4.3.4); but the condition did not
            # hold, so that the stored response may answer as it is.
            age_s = plan.reuse.age_s + (world.now() + world.epoch_s - found.asked_s)
            return answer(plan.directives, request.fields, selected, REVALIDATED, age_s), NOT_STORED
        # The client's own condition may be what the 304 is about; without one it would be an answer without content.
        passed_on = response if plan.directives.conditional else UNUSABLE
        return with_cache_status(passed_on, found.outcome), NOT_STORED

    def _compare_head(
        self, found: Lookup, plan: Plan, stored: StoredResponse, response: Response, world: World
    ) -> Settled | None:
        """Freshen a stored response by the response to HEAD, or make it stale (RFC 9111 section 4.3.5)."""
        target = plan.request.target
        if describes(response.fields, stored.response.fields):
            self._store.freshen(target, stored, self._freshened(stored, response, found.asked_s, world))
            return with_cache_status(response, found.outcome), FRESHENED
        self._store.freshen(target, stored, stored._replace(lifetime_s=0.0))
        return None

    def _freshened(self, stored: StoredResponse, response: Response, asked_s: float, world: World) -> StoredResponse:
        """Return a stored response with the fields of a newer one, whose age counts from now on (section 4.3.4)."""
        fields = freshened(stored.response.fields, response.fields)
        stated = self._terms(stored.response.status, fields, world.epoch_s)
        newer = stored.response._replace(fields=fields, age_s=response.age_s)
        return to_store(stated, stored.request_fields, newer, asked_s, world.now() + world.epoch_s)

    # --- 3. invalidate ----------------------------------------------------------------------------------------

    def _invalidate(self, found: Lookup, plan: Plan, response: Response, world: World) -> Settled:
        """Invalidate the stored responses that an unsafe request may have changed (RFC 9111 section 4.4)."""
        request, status, fields = plan.request, response.status, response.fields
        targets = invalidated(request.method, request.target, status, fields)
        for target in targets:
            self._store.forget(target)
        stated = self._terms(status, fields, world.epoch_s)
        if stands_for_get(request.method, request.target, status, fields, stated):
            # A response to POST that later GET requests may have (RFC 9110 section 9.3.3).
            as_get = plan._replace(directives=replace(plan.directives, reads=True))
            return self._keep(request, found._replace(plan=as_get), response, world)
        return with_cache_status(response, found.outcome), INVALIDATED if targets else NOT_STORED


def _after_stored(stored: StoredResponse, whole: Response) -> Response:
    """Return a completed response whose stored content precedes the rest that is still being received."""
    if isinstance(whole.body, StreamedContent) and isinstance(stored.response.body, bytes):
        whole.body.preceded_by(stored.response.body)
    return whole

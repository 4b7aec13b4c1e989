"""The cache of a proxy: whether a stored response answers a request (RFC 9111 section 4).

The rules decide (`sim.rules`), the store keeps (`sim.nodes.store`); here is the order of things.  `ProxyCache.look_up`
returns a stored response, or what to ask the next node for.  `ProxyCache.collapse` makes a request wait for another one
for the same target.  `ProxyCache.settle` is what becomes of the next node's response: see `sim.nodes.settling`.
"""

from __future__ import annotations

from sim.messages import CacheStatus, Request, make_response
from sim.nodes.lookup import Lookup, Plan, completing, make_lookup, refreshing, validating
from sim.nodes.pending_fetches import PendingFetches
from sim.nodes.settling import Settling
from sim.nodes.store import ResponseStore
from sim.nodes.world import DeadlinePassedError, World
from sim.rules.answering import answer, not_cached
from sim.rules.request_directives import PLAIN, RequestDirectives, asked
from sim.rules.reuse import decide
from sim.rules.terms import CacheKind
from sim.scenario.schema import Cache

HIT, STALE_HIT, PARTIAL, URI_MISS = CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.PARTIAL, CacheStatus.URI_MISS
COLLAPSED = CacheStatus.COLLAPSED
COLLAPSIBLE = frozenset({CacheStatus.URI_MISS, CacheStatus.VARY_MISS, CacheStatus.STALE})
"""Reasons to forward a request that the response to another request may remove."""


class ProxyCache:
    """The cache of one proxy.

    Parameters
    ----------
    settings : Cache
        Capacity, replacement policy, kind of cache, and whether it collapses requests.
    """

    def __init__(self, settings: Cache) -> None:
        store = ResponseStore(settings)
        kind = CacheKind(settings.shared, settings.heuristic_ratio, settings.targeted, settings.cautious)
        self._find = store.find
        self._pending = PendingFetches()
        self._collapse_timeout_s = settings.collapse_timeout_s
        self.collapses = settings.collapse
        """Whether requests for the same target wait for the first one of them."""
        self.settle = Settling(store, kind, self._pending).settle
        """Store, freshen or invalidate by a response, and return the client's: see `Settling.settle`."""

    def look_up(self, request: Request, world: World) -> Lookup:
        """Return a stored response that answers a request, or what to ask the next node for (RFC 9111 section 4).

        Parameters
        ----------
        request : Request
            As it was received.
        world : World
            The exchange in which it was received.
        """
        _, method, target, _, fields, _, _, _, _ = request
        now_s = world.now() + world.epoch_s
        directives, variants = asked(method, fields), self._find(target)
        if directives is PLAIN:
            # Nearly all requests of a simulation end here; what follows would have the same result, later.
            if variants is None:
                return make_lookup((URI_MISS, None, now_s, None))
            if len(variants) == 1:
                ((response, received_s, age_s, lifetime_s, plain, _, _, _),) = variants
                age_s += now_s - received_s
                if plain and age_s < lifetime_s:
                    status, held, size_bytes, _, _, _, body = response
                    return make_lookup(
                        (HIT, make_response((status, held, size_bytes, HIT, age_s, "", body)), now_s, None)
                    )
        reuse = decide(directives, fields, variants, now_s)
        outcome, stored, age_s, refresh = reuse
        if stored is not None and (outcome is HIT or outcome is STALE_HIT):
            response = answer(directives, fields, stored, outcome, age_s)
            # One validation in the background at a time is enough (RFC 5861 section 3).
            gate = self._pending.begin(target) if refresh else None
            return Lookup(outcome, response, now_s, None if gate is None else refreshing(request, stored, gate))
        if directives.cached_only and directives.reads:
            # only-if-cached: 504 (Gateway Timeout) in place of forwarding (RFC 9111 section 5.2.1.7).
            return Lookup(outcome, not_cached(outcome), now_s, None)
        plan = Plan(request, request, directives, reuse)
        if outcome is PARTIAL:
            plan = plan if stored is None else completing(plan, stored)
        elif variants and directives.reads and not directives.for_origin:
            # Without a selected response all variants are named: one may be good for this request too (section 4.3.1).
            plan = validating(plan, variants if stored is None else (stored,))
        return Lookup(outcome, None, now_s, plan)

    async def collapse(self, request: Request, found: Lookup, world: World) -> Lookup:
        """Wait for another request for the same target, if one is pending (collapsed requests, RFC 9111 section 4).

        Parameters
        ----------
        request : Request
            As it was received.
        found : Lookup
            A lookup of it without an answer.
        world : World
            The exchange in which the request was received.

        Returns
        -------
        Lookup
            With the response to the other request; or without an answer: the request is then forwarded, as the first
            for its target, or because the other one took too long or brought nothing that may be shared.
        """
        plan = found.plan or Plan(request, request, PLAIN)
        if found.outcome not in COLLAPSIBLE or not _may_share(plan.directives):
            return found
        if gate := self._pending.begin(request.target):
            return found._replace(plan=plan._replace(gate=gate))
        gate = self._pending.gate(request.target)
        try:
            await world.within(self._collapse_timeout_s, world.wait(gate))
        except DeadlinePassedError:
            self._pending.forget(request.target, gate)
            return found
        again = self.look_up(request, world)
        if again.response is None or again.outcome is not HIT:
            return again
        return Lookup(COLLAPSED, again.response._replace(cache_status=COLLAPSED), again.asked_s, None)

    def release_waiters(self, plan: Plan, world: World) -> None:
        """Release the requests that wait for a response, unless its content is still being received.

        Parameters
        ----------
        plan : Plan
            Of the request for which they wait.
        world : World
            The exchange in which that request was received.
        """
        if plan.gate is not None and not self._pending.is_streaming(plan.gate):
            self._pending.end(plan.request.target, plan.gate, world)


def _may_share(directives: RequestDirectives) -> bool:
    """Whether the response to a request may answer others: a whole GET response that a shared cache may store."""
    return directives.storable and not (directives.head or directives.range or directives.credentials)

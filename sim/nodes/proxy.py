"""What every proxy does with a request, in the textbook's order; forward and reverse proxies name the steps.

Theory of operation.  `handle` takes one request through: guards judge it, the cache may answer it, else it is
forwarded, and the response is transformed and stored on its way to the client.  Whatever a proxy may do beyond
forwarding and storing is a stage (`sim.policies`): this file knows the places at which stages act, and none by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import ClassVar, NamedTuple

from sim.messages import Request, Response
from sim.nodes.forwarder import ERROR_BYTES
from sim.nodes.lookup import Lookup, NoCache
from sim.nodes.onward import Onward, pause
from sim.nodes.proxy_cache import ProxyCache
from sim.nodes.world import World
from sim.outcomes import CACHE_STATUS_WORDS, FAILED, refused
from sim.policies import guards, transforms
from sim.policies.guards import Refusal
from sim.policies.stage import Settings
from sim.policies.transforms import Transform
from sim.scenario.schema import ForwardProxy, ReverseProxy


class ProxySteps(NamedTuple):
    """The numbered steps at which a kind of proxy does what all proxies do."""

    receive: IntEnum
    analyse: IntEnum
    forward: IntEnum
    answered: IntEnum
    store: IntEnum
    respond: IntEnum


class ProxyNode:
    """A proxy: guards, a cache, next nodes and transforms.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : ForwardProxy or ReverseProxy
        Its part of the scenario.
    onward : Onward
        Sends its requests to next nodes, again if an attempt fails.
    """

    steps: ClassVar[ProxySteps]
    announces_misses: ClassVar[bool]
    """Whether the lookup in the cache is a step of its own, which is announced for a miss too."""

    def __init__(self, name: str, settings: ForwardProxy | ReverseProxy, onward: Onward) -> None:
        self.name = name
        self._service_demand_s = settings.service_demand_s
        self._guards = [(guard.kind, guards.registry.start(guard).judge) for guard in settings.guards]
        self._cache: ProxyCache | NoCache = ProxyCache(settings.cache) if settings.cache else NoCache()
        self._announces_misses = self.announces_misses and settings.cache is not None
        self._onward = onward
        self._before_storing = _started(settings.transforms, "before_storing")
        self._after_storing = _started(settings.transforms, "after_storing")

    async def handle(self, request: Request, world: World) -> Response:
        """Return a stored response or the next node's, as its own, unless a guard refuses."""
        steps, cache = self.steps, self._cache
        # The request arrives, and waits for one of the proxy's workers
        world.step(steps.receive)
        if self._service_demand_s:
            await world.serve(self._service_demand_s)
        # The proxy analyses it: guards may refuse it, the cache may answer it (RFC 9111 section 4)
        if self._guards and (refusal := await self._judge(request, world)):
            return refusal
        found = cache.look_up(request, world)
        if cache.collapses and found.response is None:
            found = await cache.collapse(request, found, world)
        response = found.response
        if response is not None or self._announces_misses:
            world.step(steps.analyse, CACHE_STATUS_WORDS[found.outcome])
        # It forwards the request and stores the answer, or validates a stale one in the background (RFC 5861 section 3)
        if response is None:
            response = await self._fetch(request, found, world)
        elif found.plan is not None:
            world.spawn(self._fetch(found.plan.request, found, world))
        # The client receives the answer as if from the proxy
        if self._after_storing:
            response = await self._change(self._after_storing, request, response, world)
        world.step(steps.respond)
        return response

    async def _judge(self, request: Request, world: World) -> Response | None:
        """Return the proxy's own response if a guard refuses the request; None once all have let it pass."""
        visit = self._onward.visit(request, world)
        for kind, judge in self._guards:
            verdict = judge(visit)
            if verdict is None:
                continue
            if isinstance(verdict, Refusal):
                outcome = refused(verdict.error, verdict.status) or FAILED
                world.step(self.steps.analyse, outcome.word, kind)
                world.step(self.steps.respond, str(verdict.status))
                return Response(verdict.status, verdict.fields, ERROR_BYTES, error=verdict.error)
            world.step(self.steps.analyse, "delayed", kind)
            await pause(world, verdict.seconds)
            visit = visit._replace(now_s=world.now())
        return None

    async def _fetch(self, request: Request, found: Lookup, world: World) -> Response:
        """Return the next node's response, stored or compared with stored ones as the lookup requires."""
        cache, plan = self._cache, found.plan
        try:
            response = await self._onward.fetch(request, plan, world)
            world.step(self.steps.answered)
            if self._before_storing:
                response = await self._change(self._before_storing, request, response, world)
            response, update = cache.settle(request, found, response, world)
            if update:
                world.step(self.steps.store, update)
        finally:
            if plan is not None and plan.gate is not None:
                cache.release_waiters(plan, world)
        return response

    async def _change(
        self, stages: Iterable[tuple[str, Transform]], request: Request, response: Response, world: World
    ) -> Response:
        """Return a response as transforms change it; each takes its work from one of the proxy's workers."""
        visit = self._onward.visit(request, world)
        for kind, transform in stages:
            changed = transform.apply(visit, response)
            if changed is not None:
                response = changed.response
                if changed.work_s:
                    await world.serve(changed.work_s)
                if changed.detail:
                    world.step(self.steps.store, changed.detail, kind)
        return response


def _started(settings: Sequence[Settings], at: str) -> list[tuple[str, Transform]]:
    """Return the transforms that act before or after storing, each with its name."""
    made = [(one.kind, transforms.registry.start(one)) for one in settings]
    return [(kind, transform) for kind, transform in made if transform.at == at]

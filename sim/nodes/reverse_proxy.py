"""A reverse proxy: near the servers, in their name, it is all that the clients see of them."""

from __future__ import annotations

from collections.abc import Sequence

from sim.messages import CacheStatus, Request, Response
from sim.nodes.forwarder import Forwarder
from sim.nodes.proxy_cache import Lookup, ProxyCache
from sim.nodes.steps import ReverseStep
from sim.nodes.world import World
from sim.outcomes import CACHE_STATUS_WORDS
from sim.policies import balancing
from sim.scenario.schema import ReverseProxy as Settings
from sim.scenario.topology import Edge

RECEIVE, CHOOSE, FORWARD, ANSWERED, STORE, RESPOND = ReverseStep
NO_CACHE = CacheStatus.NONE


class ReverseProxyNode:
    """A reverse proxy with an optional cache before its backends.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    edges : sequence of Edge
        The edges to its backends, in the order of the scenario.
    """

    def __init__(self, name: str, settings: Settings, edges: Sequence[Edge]) -> None:
        self.name = name
        self._edges = tuple(edges)
        self._balancer = balancing.registry.make(settings.balancing, settings.backends)
        self._cache = ProxyCache(settings.cache) if settings.cache else None
        self._service_demand_s = settings.service_demand_s
        self._proxying = Forwarder(name, settings)

    async def handle(self, request: Request, world: World) -> Response:
        """Answer from the cache, or from a backend."""
        # 1. The request arrives
        world.step(RECEIVE)
        if self._service_demand_s:
            await world.serve(self._service_demand_s)

        # 2. The proxy analyses it: its cache answers, or it picks a backend
        cache, found = self._cache, None
        if cache is not None:
            found = cache.look_up(request, world)
            if cache.collapses and found[1] is None:
                found = await cache.collapse(request, found, world)
            outcome, answer, _, plan = found
            if answer is not None:
                world.step(CHOOSE, CACHE_STATUS_WORDS[outcome])
                if plan is not None:
                    world.spawn(self._fetch(plan.request, found, world))
                world.step(RESPOND)
                return answer
        return await self._fetch(request, found, world)

    async def _fetch(self, request: Request, found: Lookup | None, world: World) -> Response:
        """Ask a backend, and do with its answer what the cache had planned."""
        cache, plan = self._cache, found and found[3]
        chosen = self._balancer.choose(request, world.peer_ip)
        try:
            edge = self._edges[chosen]
            world.step(CHOOSE, edge.receiver)

            # 3. It forwards the request to the backend
            world.step(FORWARD, edge.receiver)
            response = await self._proxying.forward(plan.onward if plan else request, edge, world)
            if cache is not None and plan is not None and cache.needs_refetch(plan, response):
                response = await self._proxying.forward(plan.request, edge, world, 1)

            # 4. The backend answers
            world.step(ANSWERED)

            # 5. The proxy may compress, encrypt or store the answer (RFC 9111 section 3)
            if cache is not None and found is not None:
                response, done = cache.settle(request, found, response, world)
                world.step(STORE, done)
        finally:
            self._balancer.done(chosen)
            if cache is not None and plan is not None and plan.gate is not None:
                cache.release_waiters(plan, world)

        # 6. The client receives the answer as if from the proxy
        if found is None:
            response = self._proxying.passed_on(response, NO_CACHE)
        elif found[1] is not None:
            return response  # nobody waits for it: it was fetched on the side
        world.step(RESPOND)
        return response

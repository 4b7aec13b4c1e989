"""A forward proxy: near the clients, chosen by them, it asks the servers in its own name."""

from __future__ import annotations

from sim.messages import CacheStatus, Request, Response
from sim.nodes.forwarder import Forwarder
from sim.nodes.next_hops import NextHops
from sim.nodes.proxy_cache import Lookup, ProxyCache
from sim.nodes.steps import ForwardStep
from sim.nodes.world import World
from sim.outcomes import CACHE_STATUS_WORDS
from sim.scenario.schema import ForwardProxy as Settings

_, RECEIVE, LOOK_UP, FORWARD, ANSWERED, STORE, RESPOND = ForwardStep
NO_CACHE = CacheStatus.NONE


class ForwardProxyNode:
    """A forward proxy with an optional cache.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    routes : NextHops
        Where its requests go: to an upstream proxy, or to whoever serves the host.
    """

    def __init__(self, name: str, settings: Settings, routes: NextHops) -> None:
        # 1. The client is configured with the proxy's address and port (the scenario's `proxy:`)
        self.name = name
        self._routes = routes
        self._cache = ProxyCache(settings.cache) if settings.cache else None
        self._service_demand_s = settings.service_demand_s
        self._proxying = Forwarder(name, settings)

    async def handle(self, request: Request, world: World) -> Response:
        """Answer from the cache, or from the server in its own name."""
        # 2. The request goes to the proxy
        world.step(RECEIVE)
        if self._service_demand_s:
            await world.serve(self._service_demand_s)

        # 3. The proxy looks into its cache (RFC 9111 section 4)
        cache, found = self._cache, None
        if cache is not None:
            found = cache.look_up(request, world)
            if cache.collapses and found[1] is None:
                found = await cache.collapse(request, found, world)
            outcome, answer, _, plan = found
            world.step(LOOK_UP, CACHE_STATUS_WORDS[outcome])
            if answer is not None:
                if plan is not None:
                    world.spawn(self._fetch(plan.request, found, world))
                world.step(RESPOND)
                return answer
        return await self._fetch(request, found, world)

    async def _fetch(self, request: Request, found: Lookup | None, world: World) -> Response:
        """Ask the server, and do with its answer what the cache had planned."""
        cache, plan = self._cache, found and found[3]
        try:
            # 4. It connects to the server and forwards the request
            edge = self._routes.edge(request, world.peer_ip)
            world.step(FORWARD, edge.receiver)
            response = await self._proxying.forward(plan.onward if plan else request, edge, world)
            if cache is not None and plan is not None and cache.needs_refetch(plan, response):
                response = await self._proxying.forward(plan.request, edge, world, 1)

            # 5. The server answers
            world.step(ANSWERED)

            # 6. The proxy may store the answer (RFC 9111 section 3)
            if cache is not None and found is not None:
                response, done = cache.settle(request, found, response, world)
                world.step(STORE, done)
        finally:
            if cache is not None and plan is not None and plan.gate is not None:
                cache.release_waiters(plan, world)

        # 7. The client receives the answer as if from the proxy
        if found is None:
            response = self._proxying.passed_on(response, NO_CACHE)
        elif found[1] is not None:
            return response  # nobody waits for it: it was fetched on the side
        world.step(RESPOND)
        return response

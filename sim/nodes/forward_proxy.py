"""A forward proxy: near the clients, chosen by them, it asks the servers in its own name."""

from __future__ import annotations

from sim.messages import CACHE_STATUS_WORDS, CacheStatus, Request, Response
from sim.nodes.proxying import Proxying
from sim.nodes.routes import Routes
from sim.nodes.steps import ForwardStep
from sim.nodes.store import ResponseStore
from sim.nodes.world import World
from sim.scenario.schema import ForwardProxy as Settings

_, RECEIVE, LOOK_UP, FORWARD, ANSWERED, STORE, RESPOND = ForwardStep
NO_CACHE = CacheStatus.NONE


class ForwardProxy:
    """A forward proxy with an optional cache.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    routes : Routes
        Where its requests go: to an upstream proxy, or to whoever serves the host.
    """

    def __init__(self, name: str, settings: Settings, routes: Routes) -> None:
        # 1. The client is configured with the proxy's address and port (the scenario's `proxy:`)
        self.name = name
        self._routes = routes
        self._store = ResponseStore(settings.cache) if settings.cache else None
        self._service_demand_s = settings.service_demand_s
        self._proxying = Proxying(name, settings)

    async def handle(self, request: Request, world: World) -> Response:
        """Answer from the cache, or from the server in its own name."""
        # 2. The request goes to the proxy
        world.step(RECEIVE)
        if self._service_demand_s:
            await world.serve(self._service_demand_s)

        # 3. The proxy looks into its cache (RFC 9111 section 4)
        outcome = NO_CACHE
        if self._store is not None:
            outcome, stored = self._store.look_up(request, world.now())
            world.step(LOOK_UP, CACHE_STATUS_WORDS[outcome])
            if stored is not None:
                world.step(RESPOND)
                return stored

        # 4. It connects to the server and forwards the request
        edge = self._routes.edge(request, world.peer_ip)
        world.step(FORWARD, edge.receiver)
        response = await self._proxying.forward(request, edge, world)

        # 5. The server answers
        world.step(ANSWERED)

        # 6. The proxy may store the answer (RFC 9111 section 3)
        if self._store is not None:
            stored_now = self._store.keep(request, response, world.now())
            world.step(STORE, "stored" if stored_now else "not stored")

        # 7. The client receives the answer as if from the proxy
        world.step(RESPOND)
        return self._proxying.passed_on(response, outcome)

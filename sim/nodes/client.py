"""A population of clients, each of which sends its requests to its proxy or to the host itself."""

from __future__ import annotations

from sim.messages import Request, Response
from sim.nodes.next_hops import NextHops
from sim.nodes.steps import ClientStep
from sim.nodes.world import DeadlinePassedError, World
from sim.policies.stage import make_visit
from sim.scenario.schema import Client as Settings

SEND, RECEIVE = ClientStep

TIMED_OUT = Response(0, (), 0, error="http_response_timeout")
"""In place of a response that did not come in time (the error type is that of RFC 9209 section 2.3.11)."""


class ClientNode:
    """All clients of one population: they share their settings, and each exchange says which of them it is.

    Parameters
    ----------
    name : str
        The population's name in the scenario.
    settings : Settings
        Its part of the scenario.
    next_hops : NextHops
        Their proxy, or the nodes that serve each host.
    """

    def __init__(self, name: str, settings: Settings, next_hops: NextHops) -> None:
        self.name = name
        self._pool_of_host = next_hops.pool_of_host
        self._response_timeout_s = settings.response_timeout_s

    async def handle(self, request: Request, world: World) -> Response:
        """Send a request, and return the response or an error in its place."""
        # 1. The client sends its request to its proxy, or to the host itself
        pool = self._pool_of_host(request.host)
        edge, *others = pool.edges
        if others:
            visit = make_visit((request, world.peer_ip, world.peer_ip, world.now(), request.draws))
            edge = pool.edges[pool.balancer.choose(visit, pool.members)]
        world.step(SEND, edge.receiver)
        if self._response_timeout_s is None:
            response = await world.send(request, edge)
        else:
            try:
                response = await world.within(self._response_timeout_s, world.send(request, edge))
            except DeadlinePassedError:
                response = TIMED_OUT

        # 2. The client has the whole answer
        world.step(RECEIVE)
        return response

"""A population of clients: each sends its requests to its proxy, or to the host itself."""

from __future__ import annotations

from sim.messages import Request, Response
from sim.nodes.next_hops import NextHops
from sim.nodes.steps import ClientStep
from sim.nodes.world import DeadlinePassedError, World
from sim.scenario.schema import Client as Settings

SEND, RECEIVE = ClientStep

GAVE_UP = Response(0, (), 0, error="http_response_timeout")
"""What a client has when it stopped waiting: nothing (RFC 9209 section 2.3.11 for the word)."""


class ClientNode:
    """All clients of one population, for they behave alike.

    Parameters
    ----------
    name : str
        The population's name in the scenario.
    settings : Settings
        Its part of the scenario.
    routes : NextHops
        Where its requests go.
    """

    def __init__(self, name: str, settings: Settings, routes: NextHops) -> None:
        self.name = name
        self._routes = routes
        self._patience_s = settings.response_timeout_s

    async def handle(self, request: Request, world: World) -> Response:
        """Fetch a target and give what came back."""
        # 1. The client sends its request to its proxy, or to the host itself
        edge = self._routes.edge(request, world.peer_ip)
        world.step(SEND, edge.receiver)
        if self._patience_s is None:
            response = await world.send(request, edge)
        else:
            try:
                response = await world.within(self._patience_s, world.send(request, edge))
            except DeadlinePassedError:
                response = GAVE_UP

        # 2. The client has the whole answer
        world.step(RECEIVE)
        return response

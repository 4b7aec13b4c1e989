"""A backend: the origin server (RFC 9110 section 3.6), whose workers serve each request."""

from __future__ import annotations

from sim.messages import CacheStatus, Request, Response, make_response
from sim.nodes.steps import BackendStep
from sim.nodes.world import World
from sim.rules.answering import NO_CONTENT_BYTES
from sim.rules.conditions import has_tag
from sim.scenario.schema import Backend as Settings

RECEIVE, RESPOND = BackendStep
NO_CACHE = CacheStatus.NONE

ERROR_BYTES = 200
"""Size of a short error page, in bytes."""

QUEUE_FULL = Response(503, (), ERROR_BYTES)
"""All workers are busy and the queue is full (RFC 9110 section 15.6.4)."""


class BackendNode:
    """A backend: a station of workers with one queue.

    Parameters
    ----------
    name : str
        Its name in the scenario.
    settings : Settings
        Its part of the scenario.
    """

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self._speed = settings.speed

    async def handle(self, request: Request, world: World) -> Response:
        """Return the content, 304 if the client's If-None-Match matches it, or 503 if the queue is full."""
        # 1. The request arrives and waits for a worker
        world.step(RECEIVE)
        draws = request.draws
        if await world.serve(draws.service_demand_s / self._speed):
            # 2. A worker is done, and the answer leaves
            fields = draws.response_fields
            if len(fields) > 1 and has_tag(request.fields, fields):
                world.step(RESPOND, "304")
                return make_response((304, fields, NO_CONTENT_BYTES, NO_CACHE, 0.0, "", None))
            world.step(RESPOND)
            return make_response((200, fields, draws.response_bytes, NO_CACHE, 0.0, "", None))

        # 2. No place is left, and the refusal leaves
        world.step(RESPOND, "503")
        return QUEUE_FULL

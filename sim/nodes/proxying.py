"""What forward and reverse proxies do alike when they pass a request on and an answer back."""

from __future__ import annotations

from collections.abc import Awaitable

from sim.messages import CacheStatus, Request, Response, make_request, make_response
from sim.nodes.world import DeadlinePassedError, World
from sim.rules.forwarding import forwarded_fields
from sim.scenario.schema import ForwardProxy, ReverseProxy
from sim.scenario.topology import Edge

ERROR_BYTES = 200
"""Size of a short error page, in bytes."""

GATEWAY_TIMEOUT = Response(504, (), ERROR_BYTES, error="http_response_timeout")
"""The next node took too long (RFC 9110 section 15.6.5, RFC 9209 section 2.3.11)."""


class Proxying:
    """The forwarding of one proxy, by its settings.

    Parameters
    ----------
    name : str
        The proxy's name, its pseudonym in Via.
    settings : ForwardProxy or ReverseProxy
        Its part of the scenario.
    """

    def __init__(self, name: str, settings: ForwardProxy | ReverseProxy) -> None:
        self._via = name if settings.via else ""
        self._forwarded_for = settings.forwarded_for
        self._timeout_s = settings.response_timeout_s

    def forward(self, request: Request, edge: Edge, world: World) -> Awaitable[Response]:
        """Pass a request on, to wait for the answer or for as long as the settings say.

        Parameters
        ----------
        request : Request
            As it was received.
        edge : Edge
            Where it goes.
        world : World
            The exchange in which it was received.

        Returns
        -------
        awaitable of Response
            The next node's answer, or 504 Gateway Timeout.
        """
        request_id, method, target, host, fields, size_bytes, draws = request
        fields = forwarded_fields(fields, world.peer_ip, self._forwarded_for, self._via)
        onward = make_request((request_id, method, target, host, fields, size_bytes, draws))
        if self._timeout_s is None:
            return world.send(onward, edge)
        return _in_time(self._timeout_s, world.send(onward, edge), world)

    @staticmethod
    def passed_on(response: Response, outcome: CacheStatus) -> Response:
        """Give an answer as the proxy sends it to whoever asked.

        Parameters
        ----------
        response : Response
            As it came from the next node.
        outcome : CacheStatus
            What this proxy's own cache did.

        Returns
        -------
        Response
            The same with this proxy's cache status.
        """
        status, fields, size_bytes, _, age_s, error = response
        return make_response((status, fields, size_bytes, outcome, age_s, error))


async def _in_time(timeout_s: float, answer: Awaitable[Response], world: World) -> Response:
    try:
        return await world.within(timeout_s, answer)
    except DeadlinePassedError:
        return GATEWAY_TIMEOUT

"""What forward and reverse proxies do alike when they pass a request on and an answer back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache

from sim.messages import CacheStatus, Fields, Request, Response, make_request, make_response
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
        via = name if settings.via else ""
        # Few different fields are forwarded over and over; the limit is for a crowd of clients, each by its address.
        self._forwarded: Callable[[Fields, str], Fields] = lru_cache(maxsize=65536)(
            lambda fields, peer_ip: forwarded_fields(fields, peer_ip, settings.forwarded_for, via)
        )
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
        forwarded = self._forwarded
        fields = forwarded(request.fields, world.peer_ip)
        request_id, method, target, host, _, size_bytes, draws, body = request
        onward = make_request((request_id, method, target, host, fields, size_bytes, draws, body))
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
        if response.cache_status is outcome:
            return response
        status, fields, size_bytes, _, age_s, error, body = response
        return make_response((status, fields, size_bytes, outcome, age_s, error, body))


async def _in_time(timeout_s: float, answer: Awaitable[Response], world: World) -> Response:
    try:
        return await world.within(timeout_s, answer)
    except DeadlinePassedError:
        return GATEWAY_TIMEOUT

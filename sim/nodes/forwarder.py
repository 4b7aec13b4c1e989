"""What forward and reverse proxies do alike when they pass a request on and an answer back."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from sim.messages import Fields, Request, Response, make_request, make_response
from sim.nodes.world import DeadlinePassedError, World
from sim.rules import forwarding
from sim.rules.client_address import Identity, RequestContext, sender_address, with_client_fields
from sim.scenario.schema import ForwardProxy, ReverseProxy
from sim.scenario.topology import Edge

ERROR_BYTES = 200
"""Size of a short error page, in bytes."""

GATEWAY_TIMEOUT = Response(504, (), ERROR_BYTES, error="http_response_timeout")
"""The next node took too long (RFC 9110 section 15.6.5, RFC 9209 section 2.3.11)."""

COUNTED_METHODS = forwarding.COUNTED_METHODS


class Forwarder:
    """The forwarding of one proxy, by its settings.

    Parameters
    ----------
    name : str
        The proxy's name, its pseudonym in Via.
    settings : ForwardProxy or ReverseProxy
        Its part of the scenario.
    """

    def __init__(self, name: str, settings: ForwardProxy | ReverseProxy) -> None:
        self._identity = identity(settings)
        self.trusted = self._identity.trusted
        """Blocks of addresses of the proxies that it believes."""
        self._tells_target = self._identity.tells_target
        self._pseudonym = forwarding.pseudonym(name) if settings.via else ""
        comment = f" ({settings.via_comment})" if settings.via_comment else ""
        self._via = f"{self._pseudonym}{comment}" if settings.via else ""
        self._server = settings.server
        self._introduces = settings.proxy_protocol is not None
        keeps_host = isinstance(settings, ForwardProxy) or settings.host == "preserve"
        self._next_host = "" if keeps_host else forwarding.group_name(name)
        self._timeout_s = settings.response_timeout_s
        # Few different fields are forwarded over and over; the limit is for a crowd of clients, each by its address.
        self._onward: Callable[[Fields, str, str, str], Fields | None] = lru_cache(maxsize=65536)(self._onward_fields)
        self._returned: Callable[[Fields], Fields] = lru_cache(maxsize=4096)(
            lambda fields: forwarding.returned_fields(fields, self._via, self._server)
        )

    def _onward_fields(self, fields: Fields, asked_by: str, host: str, scheme: str) -> Fields | None:
        """Return the fields of a request as it is forwarded; None if it was here before."""
        if forwarding.has_looped(fields, self._pseudonym):
            return None
        told = with_client_fields(forwarding.end_to_end(fields), RequestContext(asked_by, host, scheme), self._identity)
        return forwarding.with_via(told, self._via)

    async def forward(self, request: Request, edge: Edge, world: World, attempt: int = 0) -> Response:
        """Pass a request on, and wait for the answer or for as long as the settings say.

        Parameters
        ----------
        request : Request
            As it was received.
        edge : Edge
            Where it goes.
        world : World
            The exchange in which it was received.
        attempt : int, default 0
            0 for the first try to satisfy it at the next node, 1 for the second, ….

        Returns
        -------
        Response
            The next node's answer with the fields that this proxy passes back; or its own: 504 Gateway Timeout, 508
            Loop Detected if the request was here before, 200 to TRACE or OPTIONS that may go no further.
        """
        request_id, method, target, host, fields, size_bytes, draws, body, proxied_for = request
        if method in COUNTED_METHODS:
            here = forwarding.answered_here(request)
            if here is not None:
                return here
            fields = forwarding.one_hop_less(fields)
        told = (host, target.partition("://")[0]) if self._tells_target else ("", "")
        asked_by = sender_address(proxied_for, world.peer_ip, self._identity.trusted)
        onward = self._onward(fields, asked_by, *told)
        if onward is None:
            return forwarding.LOOP_DETECTED
        if self._next_host:
            target, host = forwarding.at_host(target, self._next_host), self._next_host
        proxied_for = asked_by if self._introduces else ""
        carried = make_request((request_id, method, target, host, onward, size_bytes, draws, body, proxied_for))
        sent = world.send(carried, edge, attempt)
        if self._timeout_s is None:
            return self._received(await sent, world)
        try:
            return self._received(await world.within(self._timeout_s, sent), world)
        except DeadlinePassedError:
            return GATEWAY_TIMEOUT

    def _received(self, response: Response, world: World) -> Response:
        """Give an answer with the fields that this proxy passes back; stored answers have them too."""
        status, held, size_bytes, cache_status, age_s, error, body = response
        fields = self._returned(held)
        if world.epoch_s:
            fields = forwarding.with_date(fields, world.now() + world.epoch_s)
        if fields is held:
            return response
        return make_response((status, fields, size_bytes, cache_status, age_s, error, body))


def identity(settings: ForwardProxy | ReverseProxy) -> Identity:
    """Take out of a proxy's settings what it tells of its clients.

    Parameters
    ----------
    settings : ForwardProxy or ReverseProxy
        Its part of the scenario.

    Returns
    -------
    Identity
        For `sim.rules.client_address`.

    Examples
    --------
    >>> said = {"role": "forward_proxy", "address": "192.0.2.1", "like": "squid"}
    >>> identity(ForwardProxy.model_validate(said)).forwarded_for
    'append'
    """
    return Identity(
        settings.forwarded_for,
        settings.forwarded,
        settings.x_real_ip,
        settings.x_forwarded_proto,
        settings.x_forwarded_host,
        settings.trusted_proxies,
    )

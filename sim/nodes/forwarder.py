"""How a proxy forwards a request to the next node, and the response back (RFC 9110 section 7.6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial

from sim.messages import Fields, Request, Response, make_request, make_response
from sim.nodes.forwarding_terms import ForwardingTerms, forwarded_fields
from sim.nodes.world import DeadlinePassedError, World
from sim.rules import forwarding
from sim.rules.client_address import RequestContext, sender_address
from sim.scenario.topology import Edge

ERROR_BYTES = 200
"""Size of a short error page, in bytes."""

GATEWAY_TIMEOUT = Response(504, (), ERROR_BYTES, error="http_response_timeout")
"""The next node took too long (RFC 9110 section 15.6.5, RFC 9209 section 2.3.11)."""


class Forwarder:
    """Sends one proxy's requests.

    Parameters
    ----------
    terms : ForwardingTerms
        What the proxy writes into messages.
    timeout_s : float or None
        How long it waits for a response, in seconds; for ever if None.
    """

    def __init__(self, terms: ForwardingTerms, timeout_s: float | None) -> None:
        self._terms, self._timeout_s = terms, timeout_s
        self.trusted = terms.identity.trusted
        """Blocks of addresses of the proxies that this one trusts."""
        self._writes_target = terms.identity.tells_target
        # In simulated time the same few sets of fields recur; the limit is for many clients, each with its address.
        self._forwarded: Callable[[Fields, str, str, str], Fields | None] = lru_cache(maxsize=65536)(
            lambda fields, *context: forwarded_fields(terms, fields, RequestContext(*context))
        )
        self._returned: Callable[[Fields], Fields] = lru_cache(maxsize=4096)(
            partial(forwarding.returned_fields, via=terms.via, server=terms.server)
        )

    async def forward(self, request: Request, edge: Edge, world: World, attempt: int = 0) -> Response:
        """Send a request to the next node, and wait for the response as long as the settings allow.

        Parameters
        ----------
        request : Request
            As it was received.
        edge : Edge
            The edge to the next node.
        world : World
            The exchange in which it was received.
        attempt : int, default 0
            0 for the first attempt to satisfy it, 1 for the second, ….

        Returns
        -------
        Response
            The next node's, with the fields that this proxy sends back; or its own: 504 (Gateway Timeout), 508 (Loop
            Detected) if the request has passed it before, 200 to TRACE or OPTIONS with Max-Forwards 0.
        """
        request_id, method, target, host, fields, size_bytes, draws, body, proxied_for = request
        if method in forwarding.COUNTED_METHODS:
            own_response = forwarding.answered_here(request)
            if own_response is not None:
                return own_response
            fields = forwarding.one_hop_less(fields)
        terms = self._terms
        sender_ip = sender_address(proxied_for, world.peer_ip, self.trusted)
        # Where host and scheme are not written, requests to all hosts share one entry of the cache of fields.
        scheme, _, _ = target.partition("://")
        context = (host, scheme) if self._writes_target else ("", "")
        forwarded = self._forwarded(fields, sender_ip, *context)
        if forwarded is None:
            return forwarding.LOOP_DETECTED
        if terms.next_host:
            target, host = forwarding.at_host(target, terms.next_host), terms.next_host
        # A PROXY header belongs to one connection: what the sender announced goes no further (see `Request`).
        proxied_for = sender_ip if terms.announces_client else ""
        outbound = make_request((request_id, method, target, host, forwarded, size_bytes, draws, body, proxied_for))
        sent = world.send(outbound, edge, attempt)
        if self._timeout_s is None:
            return self._with_returned_fields(await sent, world)
        try:
            return self._with_returned_fields(await world.within(self._timeout_s, sent), world)
        except DeadlinePassedError:
            return GATEWAY_TIMEOUT

    def _with_returned_fields(self, response: Response, world: World) -> Response:
        """Return a response with the fields that this proxy sends back, and which it stores too."""
        status, received, size_bytes, cache_status, age_s, error, body = response
        fields = self._returned(received)
        if world.epoch_s:
            fields = forwarding.with_date(fields, world.now() + world.epoch_s)
        if fields is received:
            return response
        return make_response((status, fields, size_bytes, cache_status, age_s, error, body))

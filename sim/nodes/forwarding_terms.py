"""What a proxy writes into the messages that it forwards, as constants of its settings."""

from __future__ import annotations

from dataclasses import dataclass

from sim.messages import Fields
from sim.rules import forwarding
from sim.rules.client_address import Identity, RequestContext, with_client_fields
from sim.scenario.schema import ForwardProxy, ReverseProxy


@dataclass(frozen=True, slots=True)
class ForwardingTerms:
    """The terms on which a proxy forwards messages; they depend on nothing but its settings.

    Attributes
    ----------
    identity : Identity
        What it writes about its clients, and which proxies it trusts.
    pseudonym : str
        Its pseudonym in Via, by which it finds loops (RFC 9110 section 7.6.3); empty if it writes no Via.
    via : str
        What it appends to Via: the pseudonym and a comment; empty to append nothing.
    server : str
        Value with which it replaces a response's Server; empty to forward that.
    next_host : str
        Host with which it replaces that of a request (RFC 9110 section 7.2); empty to forward that.
    announces_client : bool
        Whether it announces the client of each connection to the next node (PROXY protocol).
    """

    identity: Identity
    pseudonym: str
    via: str
    server: str
    next_host: str
    announces_client: bool


def forwarding_terms(name: str, settings: ForwardProxy | ReverseProxy) -> ForwardingTerms:
    """Return the terms on which a proxy forwards messages.

    Parameters
    ----------
    name : str
        Its name in the scenario, from which its pseudonym is made.
    settings : ForwardProxy or ReverseProxy
        Its part of the scenario.

    Examples
    --------
    >>> said = {"role": "forward_proxy", "address": "192.0.2.1", "like": "squid"}
    >>> terms = forwarding_terms("my proxy", ForwardProxy.model_validate(said))
    >>> terms.via, terms.identity.forwarded_for, terms.next_host
    ('my-proxy (squid)', 'append', '')
    """
    pseudonym = forwarding.pseudonym(name) if settings.via else ""
    comment = f" ({settings.via_comment})" if settings.via_comment else ""
    keeps_host = isinstance(settings, ForwardProxy) or settings.host == "preserve"
    identity = Identity(
        settings.forwarded_for,
        settings.forwarded,
        settings.x_real_ip,
        settings.x_forwarded_proto,
        settings.x_forwarded_host,
        settings.trusted_proxies,
    )
    return ForwardingTerms(
        identity=identity,
        pseudonym=pseudonym,
        via=f"{pseudonym}{comment}" if pseudonym else "",
        server=settings.server,
        next_host="" if keeps_host else forwarding.group_name(name),
        announces_client=settings.proxy_protocol is not None,
    )


def forwarded_fields(terms: ForwardingTerms, fields: Fields, context: RequestContext) -> Fields | None:
    """Return the fields of a request as a proxy forwards it (RFC 9110 section 7.6).

    Parameters
    ----------
    terms : ForwardingTerms
        The proxy's.
    fields : Fields
        As received.
    context : RequestContext
        The sender, and host and scheme as received.

    Returns
    -------
    Fields or None
        None if the request has passed this proxy before (RFC 9110 section 7.6.3).
    """
    if forwarding.has_looped(fields, terms.pseudonym):
        return None
    written = with_client_fields(forwarding.end_to_end(fields), context, terms.identity)
    return forwarding.with_via(written, terms.via)

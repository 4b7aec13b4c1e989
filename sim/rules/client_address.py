"""The client's address: what a proxy writes about the sender of a request, and which of such claims it may believe.

X-Forwarded-For, X-Real-IP, X-Forwarded-Proto and X-Forwarded-Host are conventions; Forwarded (RFC 7239) is the
standard.  Any sender can write any of them.  Entries written by one's own proxies are true; those to the left of them
came from outside and may be forged.  So each proxy has a list of trusted proxies, and the client is found by a walk
through the entries from the right, which ends at the first address that is not trusted.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal, NamedTuple

from sim.errors import MessageError
from sim.messages import Fields
from sim.rules import forwarded
from sim.rules.fields import replaced, without
from sim.rules.forwarding import appended, field_value

ListMode = Literal["append", "replace", "delete", "off"]
"""What a proxy does with a list-based field, to which each proxy may append."""

ValueMode = Literal["replace", "delete", "off"]
"""What a proxy does with a field that has a single value."""


class Identity(NamedTuple):
    """What a proxy writes about its clients, and which proxies it trusts.

    Attributes
    ----------
    forwarded_for, forwarded : {"append", "replace", "delete", "off"}
        What it does with X-Forwarded-For and Forwarded: append its peer, replace all entries by its peer, delete the
        field, or forward it unchanged.
    x_real_ip, x_forwarded_proto, x_forwarded_host : {"replace", "delete", "off"}
        What it does with these: write the client's address, the scheme and the host of the request; delete the field;
        or forward it unchanged.
    trusted : tuple of str
        Blocks of addresses of the proxies whose entries it believes.
    """

    forwarded_for: ListMode = "off"
    forwarded: ListMode = "off"
    x_real_ip: ValueMode = "off"
    x_forwarded_proto: ValueMode = "off"
    x_forwarded_host: ValueMode = "off"
    trusted: tuple[str, ...] = ()

    @property
    def tells_target(self) -> bool:
        """Whether it writes host or scheme of the request, not only the client's address."""
        said = (self.forwarded, self.x_forwarded_proto, self.x_forwarded_host)
        return any(mode in ("append", "replace") for mode in said)


class RequestContext(NamedTuple):
    """What a proxy knows about a request beyond its fields: the peer's address, and host and scheme as received."""

    peer_ip: str
    host: str = ""
    scheme: str = "http"


class Origin(NamedTuple):
    """The source of a request, as far as it can be known.

    Attributes
    ----------
    client_ip : str
        The first address, from the right, that is not a trusted proxy's.
    trusted_path : tuple of str
        The trusted proxies that the request passed, the one nearest to the client first.
    unverified : tuple of str
        The entries further left: written by the client or by unknown proxies, and perhaps forged.
    """

    client_ip: str
    trusted_path: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()


def with_client_fields(fields: Fields, asked: RequestContext, identity: Identity) -> Fields:
    """Return a request's fields with what a proxy writes about the client.

    Parameters
    ----------
    fields : Fields
        As received.
    asked : RequestContext
        The peer, and host and scheme as received.
    identity : Identity
        The proxy's settings.

    Returns
    -------
    Fields
        Unchanged fields in order, and then those that were written.

    Examples
    --------
    >>> spoofed = (("x-forwarded-for", "192.0.2.66"),)
    >>> with_client_fields(spoofed, RequestContext("10.1.0.1"), Identity(forwarded_for="append", x_real_ip="replace"))
    (('x-forwarded-for', '192.0.2.66, 10.1.0.1'), ('x-real-ip', '10.1.0.1'))
    """
    client_ip = origin(fields, asked.peer_ip, identity.trusted).client_ip if identity.x_real_ip == "replace" else ""
    lists = (
        ("x-forwarded-for", identity.forwarded_for, asked.peer_ip),
        ("forwarded", identity.forwarded, _element(asked) if identity.forwarded in ("append", "replace") else ""),
    )
    values = (
        ("x-real-ip", identity.x_real_ip, client_ip),
        ("x-forwarded-proto", identity.x_forwarded_proto, asked.scheme),
        ("x-forwarded-host", identity.x_forwarded_host, asked.host),
    )
    for name, mode, value in (*lists, *values):
        fields = _edited(fields, name, mode, value)
    return fields


def sender_address(proxied_for: str, peer_ip: str, trusted: tuple[str, ...]) -> str:
    """Return the address from which a request came: the PROXY header's, if a trusted peer sent it, else the peer's.

    Parameters
    ----------
    proxied_for : str
        Address in the PROXY header of the connection; empty without one.
    peer_ip : str
        Address of the peer of the connection.
    trusted : tuple of str
        Blocks of addresses of the trusted proxies.

    Returns
    -------
    str
        An IP address.

    Examples
    --------
    >>> sender_address("10.1.0.1", "198.51.100.1", ("198.51.100.0/24",)), sender_address("10.1.0.1", "198.51.100.1", ())
    ('10.1.0.1', '198.51.100.1')
    """
    return proxied_for if proxied_for and _is_in(peer_ip, _networks(trusted)) else peer_ip


def _edited(fields: Fields, name: str, mode: ListMode, value: str) -> Fields:
    if mode == "append":
        return appended(fields, name, value)
    if mode == "replace":
        return replaced(fields, ((name, value),))
    return without(fields, {name}) if mode == "delete" else fields


def _element(asked: RequestContext) -> str:
    node = forwarded.ForwardedNode(asked.peer_ip)
    return forwarded.write((forwarded.Element(node, None, asked.host, asked.scheme),))


@lru_cache(maxsize=65536)
def claims(fields: Fields) -> tuple[str, ...]:
    """Return the addresses that a request's fields claim it came from, the one nearest to the client first.

    Parameters
    ----------
    fields : Fields
        Header fields of a request.

    Returns
    -------
    tuple of str
        From X-Forwarded-For, else from Forwarded, else from X-Real-IP.  An entry that is not an address is kept, for
        the walk of `origin` ends there.

    Examples
    --------
    >>> claims((("x-forwarded-for", "203.0.113.9, [2001:DB8::1]:4711"),))
    ('203.0.113.9', '2001:db8::1')
    >>> claims((("forwarded", "for=_hidden, for=192.0.2.1"),))
    ('_hidden', '192.0.2.1')
    """
    listed = field_value(fields, "x-forwarded-for")
    if listed:
        return tuple(_bare(entry) for entry in listed.split(","))
    said = field_value(fields, "forwarded")
    if said:
        return _forwarded_names(said)
    alone = field_value(fields, "x-real-ip")
    return (_bare(alone),) if alone else ()


def _forwarded_names(value: str) -> tuple[str, ...]:
    try:
        elements = forwarded.parse(value)
    except MessageError:
        return ()
    return tuple(element.for_node.name if element.for_node else forwarded.UNKNOWN for element in elements)


def _bare(entry: str) -> str:
    """Return an entry of X-Forwarded-For without brackets and port, which several products write."""
    text = entry.strip(" \t")
    try:
        return str(ip_address(text))
    except ValueError:
        pass
    try:
        return forwarded.parse_node(text).name
    except MessageError:
        return text


@lru_cache(maxsize=65536)
def told_addresses(value: str) -> tuple[str, ...]:
    """Return all addresses in a value of X-Forwarded-For, X-Real-IP or Forwarded.

    Parameters
    ----------
    value : str
        The field's value.

    Returns
    -------
    tuple of str
        In order; entries that are not addresses are left out.

    Examples
    --------
    >>> told_addresses("10.0.0.1, unknown"), told_addresses('for=10.0.0.1, for="[2001:db8::1]:80";by=192.0.2.7')
    (('10.0.0.1',), ('10.0.0.1', '2001:db8::1', '192.0.2.7'))
    """
    if "=" not in value:
        names = [_bare(entry) for entry in value.split(",")]
    else:
        try:
            elements = forwarded.parse(value)
        except MessageError:
            return ()
        names = [node.name for one in elements for node in (one.for_node, one.by_node) if node]
    return tuple(name for name in names if _is_address(name))


def origin(fields: Fields, peer_ip: str, trusted: tuple[str, ...]) -> Origin:
    """Return the client of a request, found by a walk from the right through the trusted proxies.

    Parameters
    ----------
    fields : Fields
        Header fields of a request.
    peer_ip : str
        Address of the peer of the connection.  It cannot be forged: TCP's packets travelled there and back.
    trusted : tuple of str
        Blocks of addresses of the trusted proxies.

    Returns
    -------
    Origin
        As with nginx's ``real_ip_recursive``, an entry that is not an address ends the walk: the client is then the
        trusted proxy that wrote the entry.

    Examples
    --------
    >>> told = (("x-forwarded-for", "192.0.2.66, 10.1.0.1, 10.3.0.1"),)
    >>> origin(told, "10.3.0.2", ("10.3.0.0/16",))
    Origin(client_ip='10.1.0.1', trusted_path=('10.3.0.1', '10.3.0.2'), unverified=('192.0.2.66',))
    >>> origin(told, "10.3.0.2", ()).client_ip
    '10.3.0.2'
    """
    if not trusted:
        return Origin(peer_ip, (), claims(fields))
    return _walked(claims(fields), peer_ip, _networks(trusted))


def _walked(claimed: Sequence[str], peer_ip: str, trusted: Sequence[IPv4Network | IPv6Network]) -> Origin:
    passed: list[str] = []
    client_ip, left = peer_ip, len(claimed)
    while left and _is_in(client_ip, trusted) and _is_address(claimed[left - 1]):
        passed.append(client_ip)
        left -= 1
        client_ip = claimed[left]
    return Origin(client_ip, tuple(reversed(passed)), tuple(claimed[:left]))


@lru_cache(maxsize=256)
def _networks(blocks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(block) for block in blocks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_in(ip: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    return _is_address(ip) and any(ip_address(ip) in network for network in networks)

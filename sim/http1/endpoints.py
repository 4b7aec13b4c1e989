"""Endpoints and blocks of addresses, as written on a command line: ``127.0.0.1:3128``, ``https://[::1]:8443``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from sim.errors import EndpointError

Networks = tuple[IPv4Network | IPv6Network, ...]

LOOPBACK: Networks = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
"""This machine alone: from where a proxy takes requests, and where it sends them, unless options allow more."""

_ENDPOINT = re.compile(r"(?:(?P<scheme>https?)://)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]@]+):(?P<port>[0-9]{1,5})/?")
_LAST_PORT = 65535


class Endpoint(NamedTuple):
    """A scheme (``http`` or ``https``), a host (a name, or an address without brackets) and a port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def parse_endpoint(text: str, option: str) -> Endpoint:
    """Return the endpoint that a text names.

    Parameters
    ----------
    text : str
        ``HOST:PORT``, with ``http://`` or ``https://`` before it or not.
    option : str
        The option that it was given for, named in an error.

    Returns
    -------
    Endpoint
        With scheme ``http`` where none is written.

    Raises
    ------
    EndpointError
        If it is malformed.

    Examples
    --------
    >>> parse_endpoint("127.0.0.1:3128", "--listen")
    Endpoint(scheme='http', host='127.0.0.1', port=3128)
    >>> parse_endpoint("3128", "--listen")
    Traceback (most recent call last):
    sim.errors.EndpointError: --listen: '3128' is not HOST:PORT (write it like 127.0.0.1:3128)
    """
    match = _ENDPOINT.fullmatch(text)
    if match is None or int(match["port"]) > _LAST_PORT:
        raise EndpointError(f"{text!r} is not HOST:PORT", path=option, hint="write it like 127.0.0.1:3128")
    return Endpoint(match["scheme"] or "http", match["host"].strip("[]"), int(match["port"]))


def parse_networks(texts: Iterable[str], option: str) -> Networks:
    """Return blocks of addresses from their texts.

    Parameters
    ----------
    texts : iterable of str
        Blocks such as ``10.0.0.0/8``, or single addresses.
    option : str
        The option that they were given for, named in an error.

    Returns
    -------
    tuple of network
        The blocks.

    Raises
    ------
    EndpointError
        If one is malformed.

    Examples
    --------
    >>> [str(block) for block in parse_networks(["10.0.0.0/8", "::1"], "--allow-to")]
    ['10.0.0.0/8', '::1/128']
    """
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise EndpointError(str(error), path=option, hint="write a block such as 10.0.0.0/8") from error


def is_within(address: str, networks: Networks) -> bool:
    """Whether an address lies in one of some blocks.

    Parameters
    ----------
    address : str
        An IP address.
    networks : tuple of network
        The blocks.

    Returns
    -------
    bool
        An IPv4-mapped IPv6 address (``::ffff:127.0.0.1``) counts as its IPv4 address.

    Examples
    --------
    >>> is_within("127.9.9.9", LOOPBACK), is_within("::ffff:10.0.0.1", LOOPBACK)
    (True, False)
    """
    known = ip_address(address.partition("%")[0])
    known = getattr(known, "ipv4_mapped", None) or known
    return any(known in network for network in networks)

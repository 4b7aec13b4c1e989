"""The PROXY protocol, versions 1 and 2: a proxy's first bytes on a connection name the client that it is opened for.

X-Forwarded-For is part of each request; this header precedes the first request of a connection, so that it also works
for content that the proxy cannot read.  Sections are those of "The PROXY protocol, versions 1 & 2" (W. Tarreau,
HAProxy, 2020).
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from struct import Struct
from typing import NamedTuple

from sim.errors import MessageError

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
"""The 12 bytes at the beginning of version 2 (section 2.2)."""

LONGEST_LINE_BYTES = 107
"""Greatest length of a line of version 1, CR LF included (section 2.1)."""

_FIXED = Struct("!12sBBH")
_TCP4, _TCP6 = Struct("!4s4sHH"), Struct("!16s16sHH")
_LOCAL, _PROXY = 0x20, 0x21
# No zone identifier after a %: it has no meaning on another machine, and could contain any characters.
_ADDRESS = r"([0-9A-Fa-f.:]+)"
_LINE = re.compile(rf"PROXY (TCP4|TCP6) {_ADDRESS} {_ADDRESS} (0|[1-9][0-9]{{0,4}}) (0|[1-9][0-9]{{0,4}})")
_HIGHEST_PORT = 65535


class ProxiedAddresses(NamedTuple):
    """The addresses of the connection on whose behalf a proxy opens another one.

    Attributes
    ----------
    source_ip, destination_ip : str
        IP addresses, both of one version.
    source_port, destination_port : int
        TCP ports.
    """

    source_ip: str
    destination_ip: str
    source_port: int
    destination_port: int


class Header(NamedTuple):
    """A PROXY header.

    Attributes
    ----------
    ends : ProxiedAddresses or None
        The client's connection.  None if the sender acts for itself (LOCAL) or omits the addresses (UNKNOWN): then the
        addresses of the connection itself apply.
    length_bytes : int
        Length of the header; the connection's content follows it.
    """

    ends: ProxiedAddresses | None
    length_bytes: int


def parse(data: bytes) -> Header | None:
    r"""Parse a PROXY header of either version.

    Parameters
    ----------
    data : bytes
        All bytes received so far.

    Returns
    -------
    Header or None
        None if more bytes are needed.

    Raises
    ------
    MessageError
        If these bytes cannot be the beginning of one; the connection must then be closed (section 2).

    Examples
    --------
    >>> parse(b"PROXY TCP4 192.0.2.1 203.0.113.1 4711 80\r\nGET / HTTP/1.1\r\n")
    Header(ends=ProxiedAddresses(source_ip='192.0.2.1', destination_ip='203.0.113.1', source_port=4711,
    destination_port=80),
           length_bytes=42)
    >>> parse(b"PROXY TC") is None
    True
    """
    if data[:12] == SIGNATURE[: len(data)]:
        return _parse_binary(data)
    if data[:6] == b"PROXY "[: len(data)]:
        return _parse_line(data)
    raise MessageError(f"{data[:16]!r} is not a PROXY header", hint="the sender must speak the PROXY protocol here")


def _parse_line(data: bytes) -> Header | None:
    """Parse version 1 (section 2.1)."""
    line, found, _ = data[:LONGEST_LINE_BYTES].partition(b"\r\n")
    if not found:
        if len(data) >= LONGEST_LINE_BYTES:
            raise MessageError(f"a PROXY line of more than {LONGEST_LINE_BYTES} bytes", hint="section 2.1")
        return None
    length_bytes = len(line) + 2
    # Section 2.1: anything after UNKNOWN must be ignored.
    if line == b"PROXY UNKNOWN" or line.startswith(b"PROXY UNKNOWN "):
        return Header(None, length_bytes)
    text = line.decode("latin-1")
    parts = _LINE.fullmatch(text)
    if parts is None:
        raise MessageError(f"{text!r} is not a PROXY line", hint="PROXY TCP4 source destination port port")
    family, source, destination, source_port, destination_port = parts.groups()
    ends = ProxiedAddresses(source, destination, int(source_port), int(destination_port))
    if _version(ends) != int(family[-1]):
        raise MessageError(f"{text!r} does not hold addresses of {family}")
    return Header(ends, length_bytes)


def _version(ends: ProxiedAddresses) -> int:
    """Return the IP version of both addresses; 0 if they are not two valid endpoints of one version."""
    try:
        source, destination = ip_address(ends.source_ip), ip_address(ends.destination_ip)
    except ValueError:
        return 0
    right = source.version == destination.version and max(ends.source_port, ends.destination_port) <= _HIGHEST_PORT
    return source.version if right and min(ends.source_port, ends.destination_port) >= 0 else 0


def _parse_binary(data: bytes) -> Header | None:
    """Parse version 2 (section 2.2)."""
    if len(data) < _FIXED.size:
        return None
    _, command, family, rest_bytes = _FIXED.unpack_from(data)
    if command not in (_LOCAL, _PROXY):
        raise MessageError(f"version and command 0x{command:02x} of a PROXY header", hint="0x20 or 0x21")
    length_bytes = _FIXED.size + rest_bytes
    if len(data) < length_bytes:
        return None
    # LOCAL has no addresses, and families other than TCP must be skipped (section 2.2).  TLVs after the addresses are
    # skipped too, for `rest_bytes` includes them.
    layout = {0x11: _TCP4, 0x21: _TCP6}.get(family)
    if command == _LOCAL or layout is None:
        return Header(None, length_bytes)
    if rest_bytes < layout.size:
        raise MessageError(f"{rest_bytes} bytes cannot hold the addresses of a PROXY header", hint="section 2.2")
    source, destination, source_port, destination_port = layout.unpack_from(data, _FIXED.size)
    of = IPv4Address if layout is _TCP4 else IPv6Address
    return Header(ProxiedAddresses(str(of(source)), str(of(destination)), source_port, destination_port), length_bytes)


def write(ends: ProxiedAddresses | None, version: int = 1) -> bytes:
    r"""Return a PROXY header.

    Parameters
    ----------
    ends : ProxiedAddresses or None
        The client's connection; None if the sender acts for itself.
    version : {1, 2}
        1 is a line of text, 2 is binary.

    Returns
    -------
    bytes
        To be sent before anything else on the connection.

    Raises
    ------
    MessageError
        If the ends are not two addresses of one IP version with two ports.

    Examples
    --------
    >>> write(ProxiedAddresses("192.0.2.1", "203.0.113.1", 4711, 80))
    b'PROXY TCP4 192.0.2.1 203.0.113.1 4711 80\r\n'
    >>> write(None)
    b'PROXY UNKNOWN\r\n'
    """
    if ends is None:
        return b"PROXY UNKNOWN\r\n" if version == 1 else _FIXED.pack(SIGNATURE, _LOCAL, 0, 0)
    ip_version = _version(ends)
    if not ip_version:
        raise MessageError(f"{ends!r} are not the ends of one connection", hint="two addresses of one IP version")
    if version == 1:
        source_ip, destination_ip = (ip.partition("%")[0] for ip in (ends.source_ip, ends.destination_ip))
        said = f"{source_ip} {destination_ip} {ends.source_port} {ends.destination_port}"
        return f"PROXY TCP{ip_version} {said}\r\n".encode("ascii")
    layout, family = (_TCP4, 0x11) if ip_version == 4 else (_TCP6, 0x21)
    addresses = (ip_address(ends.source_ip).packed, ip_address(ends.destination_ip).packed)
    return _FIXED.pack(SIGNATURE, _PROXY, family, layout.size) + layout.pack(
        *addresses, ends.source_port, ends.destination_port
    )

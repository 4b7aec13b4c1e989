"""The Forwarded field (RFC 7239): the client, the proxy's own interface, the host and the scheme of a request.

It is the standard in place of X-Forwarded-For, -Host and -Proto, which no RFC defines.  Each proxy appends an
*element*; a *node* in it is an address with or without a port, ``unknown``, or an obfuscated identifier such as
``_hidden``, which only the proxy that wrote it can resolve.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import NamedTuple

from sim.errors import MessageError
from sim.rules.fields import unquoted

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_PAIR = re.compile(rf"({_WORD})=({_WORD}|{_QUOTED})")
_OBFUSCATED = re.compile(r"_[A-Za-z0-9._-]+")
_PORT = re.compile(r"[0-9]{1,5}|_[A-Za-z0-9._-]+")
_NODE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::(.*))?", re.DOTALL)
_WHITE = " \t"

UNKNOWN = "unknown"


class ForwardedNode(NamedTuple):
    """A node identifier (RFC 7239 section 6).

    Attributes
    ----------
    name : str
        An IP address without brackets, ``unknown``, or an obfuscated identifier with its underscore.
    port : str
        Its port, or an obfuscated port; empty if absent.
    """

    name: str
    port: str = ""

    @property
    def address(self) -> str:
        """Its IP address; empty if it is ``unknown`` or obfuscated."""
        return "" if self.name == UNKNOWN or self.name.startswith("_") else self.name


class Element(NamedTuple):
    """What one proxy recorded about a request that it forwarded (RFC 7239 section 4).

    Attributes
    ----------
    for_node, by_node : ForwardedNode or None
        The sender of the request, and the interface at which the proxy received it (sections 5.2 and 5.1).
    host, proto : str
        The Host field and the scheme as received (sections 5.3 and 5.4); empty if absent.
    """

    for_node: ForwardedNode | None = None
    by_node: ForwardedNode | None = None
    host: str = ""
    proto: str = ""


def parse_node(text: str) -> ForwardedNode:
    """Parse a node identifier (RFC 7239 section 6).

    Parameters
    ----------
    text : str
        Without quotes, such as ``192.0.2.1:80``, ``[2001:db8::1]`` or ``_hidden``.

    Returns
    -------
    ForwardedNode
        An address is in its canonical form (RFC 5952 for IPv6).

    Raises
    ------
    MessageError
        If the text is not a node identifier.

    Examples
    --------
    >>> parse_node("[2001:DB8::1]:4711")
    ForwardedNode(name='2001:db8::1', port='4711')
    >>> parse_node("_hidden").address, parse_node("unknown").address
    ('', '')
    """
    parts = _NODE.fullmatch(text)
    name, port = parts.groups() if parts else ("", None)
    known = _node_name(name)
    if not known or (port is not None and not _PORT.fullmatch(port)):
        raise MessageError(
            f"{text!r} is not a node identifier", hint="an address, 'unknown', or '_' and a name (RFC 7239 section 6)"
        )
    return ForwardedNode(known, port or "")


def _node_name(text: str) -> str:
    """Return a node's name in canonical form; empty if it is not valid."""
    if text.lower() == UNKNOWN:
        return UNKNOWN
    if _OBFUSCATED.fullmatch(text):
        return text
    is_bracketed = text.startswith("[")
    try:
        address = ip_address(text.strip("[]") if is_bracketed else text)
    except ValueError:
        return ""
    return str(address) if is_bracketed == (address.version == 6) else ""


def write_node(node: ForwardedNode) -> str:
    """Return a node identifier as the value of a parameter (RFC 7239 section 6).

    Parameters
    ----------
    node : ForwardedNode
        The node.

    Returns
    -------
    str
        In quotes if it contains a colon or brackets, which no token may.

    Examples
    --------
    >>> write_node(ForwardedNode("2001:db8::1")), write_node(ForwardedNode("192.0.2.1", "80"))
    ('"[2001:db8::1]"', '"192.0.2.1:80"')
    >>> write_node(ForwardedNode("192.0.2.1"))
    '192.0.2.1'
    """
    name = f"[{node.name}]" if ":" in node.name else node.name
    return _value(f"{name}:{node.port}" if node.port else name)


def parse(value: str) -> tuple[Element, ...]:
    """Parse a Forwarded field (RFC 7239 section 4).

    Parameters
    ----------
    value : str
        Its value, several lines joined by commas.

    Returns
    -------
    tuple of Element
        One for each proxy, the one nearest to the client first.  Unknown parameters are ignored (section 5.5).

    Raises
    ------
    MessageError
        If it is malformed.

    Examples
    --------
    >>> parse('for="[2001:db8::1]:4711";proto=https, for=_hidden;by=192.0.2.9')[0]
    Element(for_node=ForwardedNode(name='2001:db8::1', port='4711'), by_node=None, host='', proto='https')
    """
    return tuple(_element(text) for part in _split(value, ",") if (text := part.strip(_WHITE)))


def _element(text: str) -> Element:
    said: dict[str, str] = {}
    for part in _split(text, ";"):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise MessageError(f"{part!r} is no parameter of Forwarded", hint="name=value, without spaces around '='")
        name = pair[1].lower()
        if name in said:
            raise MessageError(f"{name!r} occurs twice in {text!r}", hint="once for each proxy (RFC 7239 section 4)")
        said[name] = unquoted(pair[2])
    nodes = {name: parse_node(said[name]) if name in said else None for name in ("for", "by")}
    return Element(nodes["for"], nodes["by"], said.get("host", ""), said.get("proto", ""))


def _split(text: str, separator: str) -> list[str]:
    """Split a text at a separator, except inside quoted strings."""
    parts, start, quoted, escaped = [], 0, False, False
    for place, letter in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif letter == separator and not quoted:
            parts.append(text[start:place])
            start = place + 1
    return [*parts, text[start:]]


def write(elements: tuple[Element, ...]) -> str:
    """Return the value of a Forwarded field.

    Parameters
    ----------
    elements : tuple of Element
        The one nearest to the client first.

    Returns
    -------
    str
        `parse` returns the elements again.

    Examples
    --------
    >>> write((Element(ForwardedNode("192.0.2.1"), None, "a.example", "http"), Element(ForwardedNode("_hidden"))))
    'for=192.0.2.1;host=a.example;proto=http, for=_hidden'
    """
    return ", ".join(_write_element(element) for element in elements)


def _write_element(element: Element) -> str:
    said = (
        ("for", element.for_node and write_node(element.for_node)),
        ("by", element.by_node and write_node(element.by_node)),
        ("host", element.host and _value(element.host)),
        ("proto", element.proto and _value(element.proto)),
    )
    return ";".join(f"{name}={value}" for name, value in said if value)


def _value(text: str) -> str:
    """Return a token as it is, and any other text as a quoted string (RFC 9110 section 5.6.4)."""
    return text if re.fullmatch(_WORD, text) else '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'

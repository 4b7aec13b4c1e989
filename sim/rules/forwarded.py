"""The Forwarded field: who asked, at which of a proxy's addresses, for which host, by which scheme (RFC 7239).

It says in one standard field what X-Forwarded-For, -Host and -Proto say in three that never were one.  Each proxy
adds an *element*; a *node* in it is an address with or without a port, ``unknown``, or an obfuscated identifier
such as ``_hidden``, which only its proxy can resolve.
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
    """A node as an element names it (RFC 7239 section 6).

    Attributes
    ----------
    name : str
        An IP address without brackets, ``unknown``, or an obfuscated identifier with its underscore.
    port : str
        Its port, or an obfuscated one; empty where none is said.
    """

    name: str
    port: str = ""

    @property
    def address(self) -> str:
        """Its IP address; empty if the node is not named by one."""
        return "" if self.name == UNKNOWN or self.name.startswith("_") else self.name


class Element(NamedTuple):
    """What one proxy says of a request that it passed on (RFC 7239 section 4).

    Attributes
    ----------
    for_node, by_node : ForwardedNode or None
        Who asked, and the interface at which the proxy was asked (sections 5.2 and 5.1).
    host, proto : str
        The Host field and the scheme as received (sections 5.3 and 5.4); empty where they are not said.
    """

    for_node: ForwardedNode | None = None
    by_node: ForwardedNode | None = None
    host: str = ""
    proto: str = ""


def parse_node(text: str) -> ForwardedNode:
    """Read a node, its quotes already taken off (RFC 7239 section 6).

    Parameters
    ----------
    text : str
        Such as ``192.0.2.1:80``, ``[2001:db8::1]`` or ``_hidden``.

    Returns
    -------
    ForwardedNode
        Name and port; an address in its usual spelling.

    Raises
    ------
    MessageError
        If it is none.

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
            f"{text!r} names no node", hint="an address, 'unknown', or '_' and a name (RFC 7239 section 6)"
        )
    return ForwardedNode(known, port or "")


def _node_name(text: str) -> str:
    """Give a node's name as it is kept; empty if it is none."""
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
    """Write a node as a value: quoted where it holds a colon or brackets (RFC 7239 section 6).

    Parameters
    ----------
    node : ForwardedNode
        The node.

    Returns
    -------
    str
        Its text.

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
    """Read a Forwarded field (RFC 7239 section 4).

    Parameters
    ----------
    value : str
        Its value, several lines joined by commas.

    Returns
    -------
    tuple of Element
        One for each proxy, the one nearest to the client first.  Parameters that are not known are passed over.

    Raises
    ------
    MessageError
        If it is not well formed.

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
            raise MessageError(f"{name!r} is there twice in {text!r}", hint="once for each proxy (RFC 7239 section 4)")
        said[name] = unquoted(pair[2])
    nodes = {name: parse_node(said[name]) if name in said else None for name in ("for", "by")}
    return Element(nodes["for"], nodes["by"], said.get("host", ""), said.get("proto", ""))


def _split(text: str, separator: str) -> list[str]:
    """Split where a separator stands outside quotes."""
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
    """Write a Forwarded field.

    Parameters
    ----------
    elements : tuple of Element
        The one nearest to the client first.

    Returns
    -------
    str
        The value; `parse` gives the elements again.

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
    """Write a token as it is, and anything else in quotes (RFC 9110 section 5.6.4)."""
    return text if re.fullmatch(_WORD, text) else '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'

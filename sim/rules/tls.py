"""The modes in which TLS passes a proxy, as one table: where it is terminated, which keys are held, what is readable.

Two links: ``outer`` from client to proxy, ``inner`` from proxy to server.  A *tap* is an observer of a link.  TLS does
not hide IP addresses, the server name in the client's first message (server name indication, RFC 6066 section 3,
RFC 8446 section 4.2), and the target of CONNECT (RFC 9110 section 9.3.6), which is sent before TLS begins.  Sizes and
times are never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple


class TlsMode(StrEnum):
    """How TLS passes a proxy."""

    PLAIN = "plain"
    """No TLS at all."""
    TERMINATE = "terminate"
    """A reverse proxy terminates it with the site's certificate; the link to the server is plain."""
    PASSTHROUGH = "passthrough"
    """The proxy relays it without decryption, and chooses the server by the name in the first message."""
    TUNNEL = "tunnel"
    """A forward proxy is asked by CONNECT to relay everything that follows."""
    BRIDGE = "bridge"
    """A reverse proxy terminates it with the site's certificate, and opens another TLS connection to the server."""
    INSPECT = "inspect"
    """A forward proxy terminates what the client takes for a tunnel, with a certificate of its own authority."""


class Reader(StrEnum):
    """Parties that may read an exchange."""

    TAP_OUTER = "tap on the outer link"
    PROXY = "proxy"
    TAP_INNER = "tap on the inner link"
    SERVER = "server"


class HostFrom(StrEnum):
    """How a party knows the host of a request."""

    NOTHING = ""
    SNI = "server name in the TLS handshake"
    CONNECT = "target of CONNECT"
    FIELD = "Host field"


class Readable(NamedTuple):
    """What a party can read of an exchange.

    Attributes
    ----------
    client_address : bool
        Whether the packets that it sees have the client's IP address (behind a proxy they have the proxy's).
    host : HostFrom
        How it knows the host; the most reliable source if there are several.
    path, content : bool
        Whether it can read the path of the target; fields and content.
    """

    client_address: bool
    host: HostFrom
    path: bool
    content: bool


class Row(NamedTuple):
    """One mode.

    Attributes
    ----------
    mode : TlsMode
        Its name.
    outer_ends_at, inner_ends_at : Reader or None
        The party that terminates the TLS connection on the link, and so holds its certificate's key; None without TLS.
        If both are the server, it is one and the same connection.
    proxy_holds : str
        The private key that the proxy must hold; empty if none.
    client_trusts : str
        The certificate that the client sees; empty without TLS.
    asks_connect : bool
        Whether the client sends CONNECT first.
    readable : mapping of Reader to Readable
        What each party can read.
    """

    mode: TlsMode
    outer_ends_at: Reader | None
    inner_ends_at: Reader | None
    proxy_holds: str
    client_trusts: str
    asks_connect: bool
    readable: Mapping[Reader, Readable]


_SITE = "the site's own"
_OWN_AUTHORITY = "made by the proxy's own authority, which was put on the client"

_ALL_OUTER = Readable(client_address=True, host=HostFrom.FIELD, path=True, content=True)
_ALL_INNER = Readable(client_address=False, host=HostFrom.FIELD, path=True, content=True)
_NAME_OUTER = Readable(client_address=True, host=HostFrom.SNI, path=False, content=False)
_NAME_INNER = Readable(client_address=False, host=HostFrom.SNI, path=False, content=False)
_TARGET_OUTER = Readable(client_address=True, host=HostFrom.CONNECT, path=False, content=False)


def _readable(outer: Readable, proxy: Readable, inner: Readable) -> Mapping[Reader, Readable]:
    """Return what each party reads; the server, which the request is for, always reads all of it."""
    return MappingProxyType(
        {Reader.TAP_OUTER: outer, Reader.PROXY: proxy, Reader.TAP_INNER: inner, Reader.SERVER: _ALL_INNER}
    )


_PROXY, _SERVER = Reader.PROXY, Reader.SERVER
TABLE: Mapping[TlsMode, Row] = MappingProxyType(
    {
        row.mode: row
        for row in (
            Row(TlsMode.PLAIN, None, None, "", "", False, _readable(_ALL_OUTER, _ALL_OUTER, _ALL_INNER)),
            Row(TlsMode.TERMINATE, _PROXY, None, _SITE, _SITE, False, _readable(_NAME_OUTER, _ALL_OUTER, _ALL_INNER)),
            Row(
                TlsMode.PASSTHROUGH, _SERVER, _SERVER, "", _SITE, False,
                _readable(_NAME_OUTER, _NAME_OUTER, _NAME_INNER),
            ),
            Row(
                TlsMode.TUNNEL, _SERVER, _SERVER, "", _SITE, True,
                _readable(_TARGET_OUTER, _TARGET_OUTER, _NAME_INNER),
            ),
            Row(TlsMode.BRIDGE, _PROXY, _SERVER, _SITE, _SITE, False, _readable(_NAME_OUTER, _ALL_OUTER, _NAME_INNER)),
            Row(
                TlsMode.INSPECT, _PROXY, _SERVER, _OWN_AUTHORITY, _OWN_AUTHORITY, True,
                _readable(_TARGET_OUTER, _ALL_OUTER, _NAME_INNER),
            ),
        )
    }
)  # fmt: skip
"""All modes, one row each."""


class Handshake(IntEnum):
    """Round trips that a TLS handshake takes before the client may send its request."""

    NONE = 0
    TLS12_FULL = 1
    TLS12_RESUMED = 2
    TLS13_FULL = 3
    TLS13_RESUMED = 4
    TLS13_EARLY = 5


class HandshakeRow(NamedTuple):
    """The cost of a handshake.

    Attributes
    ----------
    round_trips : int
        Round trips before the client may send its request.
    section : str
        The section that defines it.
    may_be_replayed : bool
        Whether an attacker may replay the request (RFC 8446 section 8), so that it should be a safe one (RFC 8470).
    """

    round_trips: int
    section: str
    may_be_replayed: bool = False


HANDSHAKES: Mapping[Handshake, HandshakeRow] = MappingProxyType(
    {
        Handshake.NONE: HandshakeRow(0, ""),
        Handshake.TLS12_FULL: HandshakeRow(2, "RFC 5246 section 7.3, figure 1"),
        Handshake.TLS12_RESUMED: HandshakeRow(1, "RFC 5246 section 7.3, figure 2"),
        Handshake.TLS13_FULL: HandshakeRow(1, "RFC 8446 section 2, figure 1"),
        Handshake.TLS13_RESUMED: HandshakeRow(1, "RFC 8446 section 2.2, figure 3"),
        Handshake.TLS13_EARLY: HandshakeRow(0, "RFC 8446 section 2.3, figure 4", may_be_replayed=True),
    }
)

FULL_HANDSHAKES: Mapping[str, Handshake] = MappingProxyType(
    {"": Handshake.NONE, "1.2": Handshake.TLS12_FULL, "1.3": Handshake.TLS13_FULL}
)
"""Handshakes of connections that resume no session, by version of TLS; an empty version is a plain connection."""


def readable(mode: TlsMode, party: Reader) -> Readable:
    """Return what a party can read of an exchange.

    Parameters
    ----------
    mode : TlsMode
        How TLS passes the proxy.
    party : Reader
        One of the four parties.

    Returns
    -------
    Readable
        The cell of `TABLE`.

    Examples
    --------
    >>> readable(TlsMode.TUNNEL, Reader.PROXY).host.value
    'target of CONNECT'
    >>> readable(TlsMode.INSPECT, Reader.PROXY).content
    True
    """
    return TABLE[mode].readable[party]


class LinkReadable(NamedTuple):
    """What can be read on one link: fields, target and content are readable together or not at all.

    Attributes
    ----------
    ends : bool
        Whether the two ends of the connection can read them.
    taps : bool
        Whether a tap on the link can read them.
    sni : bool
        Whether the server's name stands readable in a handshake.
    """

    ends: bool
    taps: bool
    sni: bool


LINK_MODES: Mapping[str, TlsMode] = MappingProxyType(
    {"plain": TlsMode.PLAIN, "tls": TlsMode.TERMINATE, "tls-to-proxy": TlsMode.TERMINATE}
)
"""Protection of one link (``tls_mode`` of a trace's hops), and the mode in whose outer link it is the same."""


def readable_on_link(link_mode: str) -> LinkReadable:
    """Return what can be read on one link.

    Parameters
    ----------
    link_mode : str
        One of `LINK_MODES`.

    Examples
    --------
    >>> readable_on_link("tls")
    LinkReadable(ends=True, taps=False, sni=True)
    """
    mode = LINK_MODES[link_mode]
    end, tap = readable(mode, Reader.PROXY), readable(mode, Reader.TAP_OUTER)
    # A forward proxy is reached by its address, and an address is no server name (RFC 6066 section 3).
    has_name = link_mode != "tls-to-proxy"
    return LinkReadable(end.content, tap.content, has_name and tap.host is HostFrom.SNI)

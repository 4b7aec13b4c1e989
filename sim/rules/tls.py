"""The ways in which TLS goes through a proxy, as one table: who ends it, who holds which key, who can read what.

Two links: ``outer`` from client to proxy, ``inner`` from proxy to server.  A *tap* is somebody who reads along on a
link.  What TLS does not hide: addresses (IP), the name that the client asks for in its first message (server name
indication, RFC 6066 section 3, RFC 8446 section 4.2), and the target of a CONNECT (RFC 9110 section 9.3.6), which is
asked before TLS begins.  Sizes and times are never hidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import NamedTuple


class TlsMode(StrEnum):
    """How TLS goes through a proxy."""

    PLAIN = "plain"
    """No TLS at all."""
    TERMINATE = "terminate"
    """A reverse proxy ends it with the site's own certificate, and speaks plainly to the server."""
    PASSTHROUGH = "passthrough"
    """The proxy passes it on unread, and chooses the server by the name in the first message."""
    TUNNEL = "tunnel"
    """A forward proxy is asked with CONNECT to pass on whatever follows."""
    BRIDGE = "bridge"
    """A reverse proxy ends it with the site's own certificate, and begins another one to the server."""
    INSPECT = "inspect"
    """A forward proxy ends what the client believes to be a tunnel, under a certificate of its own authority."""


class Reader(StrEnum):
    """Who might read."""

    TAP_OUTER = "tap on the outer link"
    PROXY = "proxy"
    TAP_INNER = "tap on the inner link"
    SERVER = "server"


class HostFrom(StrEnum):
    """From what a party knows the host that is asked for."""

    NOTHING = ""
    SNI = "server name in the TLS handshake"
    CONNECT = "target of CONNECT"
    FIELD = "Host field"


class Readable(NamedTuple):
    """What a party can read of an exchange.

    Attributes
    ----------
    client_address : bool
        Whether the client's IP address stands on the packets that it sees (behind a proxy only the proxy's does).
    host : HostFrom
        Whence it knows the host; the most telling source.
    path, content : bool
        Whether it can read the path of the target; fields and content.
    """

    client_address: bool
    host: HostFrom
    path: bool
    content: bool


class Row(NamedTuple):
    """One way.

    Attributes
    ----------
    mode : TlsMode
        Its name.
    outer_ends_at, inner_ends_at : Reader or None
        Who ends the TLS that runs on the link (and so holds the key of its certificate); None where there is none.
        Where both are the server, it is one and the same connection.
    proxy_holds : str
        What private key the proxy must hold; empty if none.
    client_trusts : str
        Whose certificate the client sees; empty without TLS.
    asks_connect : bool
        Whether the client asks with CONNECT first.
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
    """All four parties; the server, which gets the request, always reads all of it."""
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
"""All ways, one row each."""


class Handshake(IntEnum):
    """Round trips that a TLS handshake takes before the client may send its request."""

    NONE = 0
    TLS12_FULL = 1
    TLS12_RESUMED = 2
    TLS13_FULL = 3
    TLS13_RESUMED = 4
    TLS13_EARLY = 5


class HandshakeRow(NamedTuple):
    """What a handshake costs.

    Attributes
    ----------
    round_trips : int
        Before the client may send its request.
    section : str
        Where that is written.
    may_be_replayed : bool
        Whether somebody may send the request once more (RFC 8446 section 8): then it should be a safe one (RFC 8470).
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
"""Handshakes of connections that resume nothing, by version; without one there is no TLS."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Safe methods (RFC 9110 section 9.2.1)."""


class RoundTrips(NamedTuple):
    """How often each link is crossed, there and back, before a request can be sent over it on new connections."""

    outer: int
    inner: int


def readable(mode: TlsMode, party: Reader) -> Readable:
    """Say what a party can read.

    Parameters
    ----------
    mode : TlsMode
        How TLS goes through the proxy.
    party : Reader
        Who reads.

    Returns
    -------
    Readable
        What.

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


def round_trips(mode: TlsMode, outer: Handshake, inner: Handshake | None = None) -> RoundTrips:
    """Count the round trips before a request, all connections being new.

    Parameters
    ----------
    mode : TlsMode
        How TLS goes through the proxy.
    outer : Handshake
        The client's handshake; NONE for `TlsMode.PLAIN`.
    inner : Handshake, optional
        The proxy's own handshake with the server, where it makes one (bridge, inspect); the same if absent.

    Returns
    -------
    RoundTrips
        One for TCP on each link; one on the outer link for CONNECT; those of each handshake on the link where it
        runs, and of one that only the server ends on both.

    Raises
    ------
    ValueError
        If there is a handshake without TLS, or TLS without one.

    Examples
    --------
    >>> round_trips(TlsMode.TUNNEL, Handshake.TLS13_FULL)
    RoundTrips(outer=3, inner=2)
    >>> round_trips(TlsMode.TERMINATE, Handshake.TLS12_FULL)
    RoundTrips(outer=3, inner=1)
    """
    row = TABLE[mode]
    if (row.outer_ends_at is None) != (outer is Handshake.NONE):
        raise ValueError(f"{mode.value} does not go with handshake {outer.name}")
    own = outer if inner is None or row.outer_ends_at is Reader.SERVER else inner
    return RoundTrips(
        1 + row.asks_connect + HANDSHAKES[outer].round_trips,
        1 + (HANDSHAKES[own].round_trips if row.inner_ends_at is not None else 0),
    )


def may_be_sent_early(method: str) -> bool:
    """Say whether a request may go with the first flight (0-RTT), where it can be replayed (RFC 8470 section 4).

    Parameters
    ----------
    method : str
        The request's method.

    Returns
    -------
    bool
        Whether it is safe.

    Examples
    --------
    >>> may_be_sent_early("GET"), may_be_sent_early("POST")
    (True, False)
    """
    return method in SAFE

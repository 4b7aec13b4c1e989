"""The client of a server's connection, and what became of its requests."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.http1.stream import Stream
from sim.messages import Fields, Request, Response
from sim.rules.proxy_protocol import ProxiedAddresses


class TlsFacts(NamedTuple):
    """What a TLS handshake agreed on: version, cipher, and the server name that the client sent."""

    version: str
    cipher: str
    sni: str


class Peer(NamedTuple):
    """The client of a connection: as the kernel knows it, or as a trusted proxy in front reports it (PROXY protocol).

    Attributes
    ----------
    ip, port : str, int
        Its address.
    local_ip, local_port : str, int
        The address that it connected to; that of the proxy in front, where there is one.
    tls : TlsFacts or None
        What the handshake agreed on; None on a plain connection.
    interim : callable
        Sends an interim response (1xx) to it, before the final one.
    proxied_by : tuple of str and int, or None
        The address of the proxy in front that reported these addresses; None without one.
    """

    ip: str
    port: int
    local_ip: str
    local_port: int
    tls: TlsFacts | None
    interim: Callable[[int, Fields], None]
    proxied_by: tuple[str, int] | None = None

    @property
    def ends(self) -> ProxiedAddresses:
        """The two ends of its connection, as a PROXY header carries them."""
        return ProxiedAddresses(self.ip, self.local_ip, self.port, self.local_port)


class Done(NamedTuple):
    """What became of one request, for a log.

    Attributes
    ----------
    peer_ip : str
        Address of the client.
    request : Request or None
        None where it was refused before it could be read.
    response : Response or None
        None where the request was refused.
    status : int
        Status code that was sent; 0 if none was.
    sent_bytes : int
        Bytes sent to the client.
    seconds : float
        From the end of the request's head to the end of the response.
    """

    peer_ip: str
    request: Request | None
    response: Response | None
    status: int
    sent_bytes: int
    seconds: float


def peer_of(stream: Stream, interim: Callable[[int, Fields], None]) -> Peer:
    """Return the client of a connection.

    Parameters
    ----------
    stream : Stream
        The connection, with its PROXY header if it began with one.
    interim : callable
        Sends an interim response on it.

    Returns
    -------
    Peer
        With the facts of the TLS handshake, if there was one.
    """
    ip, local_ip, port, local_port = stream.ends
    header = stream.proxy_header
    return Peer(
        ip, port, local_ip, local_port, _tls_facts(stream), interim, header.by if header and header.ends else None
    )


def _tls_facts(stream: Stream) -> TlsFacts | None:
    ssl_object = stream.fact("ssl_object")
    if ssl_object is None:
        return None
    cipher = ssl_object.cipher()
    return TlsFacts(ssl_object.version() or "", cipher[0] if cipher else "", getattr(ssl_object, "asked_name", ""))

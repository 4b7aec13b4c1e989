"""The ClientHello: the first message of a TLS connection, readable without a key (RFC 8446 section 4.1.2, RFC 6066).

A proxy that passes TLS through cannot decrypt it, but this message is in the clear, and the server name in it decides
the next hop.  With Encrypted ClientHello the true name is hidden, and the outer, public name is read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

HANDSHAKE = 22
SERVER_NAME, ALPN, SUPPORTED_VERSIONS = 0, 16, 43
LONGEST_BYTES = 64 * 1024

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")


class ClientHelloError(ValueError):
    """The data are not a ClientHello."""


class ClientHello(NamedTuple):
    """What a client sends before anything is encrypted.

    Attributes
    ----------
    server_name : str
        The host of the server name indication, in lower case (RFC 6066 section 3); empty if absent.
    protocols : tuple of str
        Application protocols that it offers (ALPN, RFC 7301), such as ``http/1.1``.
    versions : tuple of int
        Versions of TLS that it offers, such as 0x0304 for 1.3.
    """

    server_name: str
    protocols: tuple[str, ...]
    versions: tuple[int, ...]


def read_client_hello(data: bytes) -> ClientHello | None:
    r"""Parse a ClientHello from the beginning of a connection.

    Parameters
    ----------
    data : bytes
        All bytes received so far.

    Returns
    -------
    ClientHello or None
        None if more bytes are needed.

    Raises
    ------
    ClientHelloError
        If these bytes cannot be the beginning of one.

    Examples
    --------
    >>> read_client_hello(b"\x16\x03\x01") is None
    True
    >>> read_client_hello(b"GET / HTTP/1.1\r\n")
    Traceback (most recent call last):
    sim.rules.client_hello.ClientHelloError: not the beginning of TLS
    """
    message = _message(data)
    if message is None:
        return None
    body = _Bytes(message)
    legacy_version = body.number(2)
    body.take(32)  # random
    for length_bytes in (1, 2, 1):  # session, cipher suites, compression
        body.vector(length_bytes)
    name, protocols, versions = "", (), (legacy_version,)  # type: str, tuple[str, ...], tuple[int, ...]
    for kind, content in _extensions(body):
        if kind == SERVER_NAME:
            name = _server_name(content)
        elif kind == ALPN:
            protocols = tuple(_protocols(content))
        elif kind == SUPPORTED_VERSIONS:
            versions = tuple(_versions(content))
    return ClientHello(name, protocols, versions)


class _Bytes:
    """A cursor over bytes; reading beyond their end is a `ClientHelloError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_empty(self) -> bool:
        return self._at >= len(self._data)

    def take(self, count: int) -> bytes:
        part = self._data[self._at : self._at + count]
        if len(part) < count:
            raise ClientHelloError("a length in it exceeds the message")
        self._at += count
        return part

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def vector(self, length_bytes: int) -> bytes:
        return self.take(self.number(length_bytes))


def _message(data: bytes) -> bytes | None:
    """Return the message, assembled from the records over which it may be fragmented (RFC 8446 section 5.1)."""
    message = b""
    at = 0
    while not _is_whole(message):
        head = data[at : at + 5]
        if (head and head[0] != HANDSHAKE) or (len(head) > 1 and head[1] != 3):
            raise ClientHelloError("not the beginning of TLS")
        if len(head) < 5:
            return None
        length = int.from_bytes(head[3:5], "big")
        if not 0 < length <= 2**14:
            raise ClientHelloError("a record of invalid length")
        fragment = data[at + 5 : at + 5 + length]
        message += fragment
        if message[:1] not in (b"", b"\x01") or len(message) > LONGEST_BYTES:
            raise ClientHelloError("not a ClientHello")
        if len(fragment) < length and not _is_whole(message):
            return None
        at += 5 + length
    return message[4 : 4 + int.from_bytes(message[1:4], "big")]


def _is_whole(message: bytes) -> bool:
    return len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big")


def _extensions(body: _Bytes) -> list[tuple[int, bytes]]:
    if body.is_empty:  # extensions are optional before TLS 1.3
        return []
    listed = _Bytes(body.vector(2))
    found = []
    while not listed.is_empty:
        found.append((listed.number(2), listed.vector(2)))
    kinds = [kind for kind, _ in found]
    if len(set(kinds)) < len(kinds):
        raise ClientHelloError("an extension occurs twice")  # RFC 8446 section 4.2
    return found


def _server_name(content: bytes) -> str:
    names = _Bytes(_Bytes(content).vector(2))
    if names.number(1) != 0:
        raise ClientHelloError("a server name of unknown type")
    name = names.vector(2).decode("ascii", "replace")
    if not names.is_empty or not _NAME.fullmatch(name):
        raise ClientHelloError("an invalid server name")
    return name.lower()


def _protocols(content: bytes) -> list[str]:
    listed = _Bytes(_Bytes(content).vector(2))
    found = []
    while not listed.is_empty:
        found.append(listed.vector(1).decode("latin-1"))
    return found


def _versions(content: bytes) -> list[int]:
    listed = _Bytes(_Bytes(content).vector(1))
    found = []
    while not listed.is_empty:
        found.append(listed.number(2))
    return found

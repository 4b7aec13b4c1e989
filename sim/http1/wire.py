"""HTTP/1.1 on a wire, without a socket: bytes to messages and back.

One `ServerWire` or `ClientWire` (in files of their own) goes with one connection: received bytes are fed in, bytes to
send are returned.  Heads are held until they are complete, and checked strictly (`head_checks`).  Only then are they
read: those in their common form by the fast path, all others by h11.  From then on one `Framing` for each exchange
keeps the framing of both contents, and whether the connection lives on.

Framing fields (Content-Length, Transfer-Encoding) and Host belong to the wire: they are taken off on receipt
and written anew.  A Content-Length stays where it does not frame anything: in an answer to HEAD and in a 304.
"""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Any, TypeGuard

import h11

from sim.http1.framing import END, FastFraming, Framing, H11Framing
from sim.http1.limits import Limits
from sim.messages import Body, CacheStatus, Fields, Response

__all__ = ["END", "Wire", "content_length", "is_stream", "text_fields", "with_age"]

OURS = frozenset({"host", "content-length", "transfer-encoding"})
CODING = frozenset({"transfer-encoding"})
CONNECTION_OURS = frozenset(
    {"connection", "keep-alive", "proxy-connection", "upgrade", "transfer-encoding", "host", "te", "trailer"}
)
_FROM_STORE = frozenset({CacheStatus.HIT, CacheStatus.STALE_HIT, CacheStatus.REVALIDATED, CacheStatus.COLLAPSED})


def content_length(body: Body) -> int | None:
    """Return the length of a content, where it is known before all of it is there.

    Parameters
    ----------
    body : Body
        A content; a stream may have an attribute ``length``.

    Returns
    -------
    int or None
        Bytes; None for a stream of unknown length.

    Examples
    --------
    >>> content_length(None), content_length(b"abc")
    (0, 3)
    """
    if body is None:
        return 0
    return len(body) if isinstance(body, bytes) else getattr(body, "length", None)


def is_stream(body: Body) -> TypeGuard[AsyncIterable[bytes]]:
    """Whether a content comes part by part; quicker than asking whether it can be iterated over.

    Examples
    --------
    >>> is_stream(None), is_stream(b"abc")
    (False, False)
    """
    return body is not None and type(body) is not bytes


def with_age(response: Response) -> Response:
    """Write Age into a response that comes from a store (RFC 9111 section 5.1).

    Parameters
    ----------
    response : Response
        As a node returned it; its ``age_s`` counts if the node's cache answered.

    Returns
    -------
    Response
        With Age in whole seconds in place of any that was there.

    Examples
    --------
    >>> with_age(Response(200, (("age", "1"),), 0, CacheStatus.HIT, age_s=7.9)).fields
    (('age', '7'),)
    """
    if response.cache_status not in _FROM_STORE:
        return response
    kept = tuple(pair for pair in response.fields if pair[0] != "age")
    return response._replace(fields=(*kept, ("age", str(int(response.age_s)))))


def text_fields(headers: Any) -> Fields:
    """Return the fields of one of h11's events as text."""
    return tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in headers)


class Wire:
    """What both ends have in common.

    Parameters
    ----------
    role : h11.CLIENT or h11.SERVER
        Which end this is.
    limits : Limits
        Bounds on what is received.
    by_h11 : bool
        Whether h11 reads and writes everything, even heads in their common form.

    Attributes
    ----------
    length : int or None
        Length of the received content; None if its end shows itself.
    """

    def __init__(self, role: type[h11.CLIENT | h11.SERVER], limits: Limits, *, by_h11: bool) -> None:
        self._role = role
        self._limits = limits
        self._always_h11 = by_h11
        self._held = bytearray()
        self._framing: Framing = FastFraming(self._held)
        self.length: int | None = 0

    def feed(self, data: bytes) -> None:
        """Take received bytes; none at all mean that the other end has finished sending."""
        self._framing.feed(data)

    @property
    def has_begun(self) -> bool:
        """Whether a part of a head has been received."""
        return bool(self._held)

    @property
    def is_tunnel(self) -> bool:
        """Whether the connection has become a tunnel (RFC 9110 section 9.3.6)."""
        return self._framing.is_tunnel

    def take_rest(self) -> bytes:
        """Take what was received after the last message: the beginning of a tunnel."""
        rest = self._framing.rest()
        self._held.clear()
        return rest

    def content(self, data: bytes) -> bytes:
        """Frame a part of the content that is sent."""
        return self._framing.part(data)

    def end(self) -> bytes:
        """Frame the end of the content that is sent."""
        return self._framing.end()

    def _by_h11(self) -> H11Framing:
        """Let h11 frame the exchange that begins."""
        self._framing = framing = H11Framing(self._role, self._held, self._limits.head_bytes)
        return framing


def opens_tunnel(method: str, status: int) -> bool:
    """Whether a response opens a tunnel (RFC 9110 section 9.3.6).

    Examples
    --------
    >>> opens_tunnel("CONNECT", 200), opens_tunnel("CONNECT", 407), opens_tunnel("GET", 200)
    (True, False, False)
    """
    return method == "CONNECT" and 200 <= status < 300  # noqa: PLR2004

"""Requests, responses and their fields: frozen data, no behaviour, no clock.

Words are those of RFC 9110.  ``Request`` and ``Response`` are named tuples because a simulation makes
several of each per request: a tuple is the cheapest frozen thing that Python has.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable, Callable
from enum import IntEnum
from functools import partial
from typing import NamedTuple, Protocol

Fields = tuple[tuple[str, str], ...]
"""Header fields in order: pairs of lower-case name and value (RFC 9110 section 5)."""

NO_FIELDS: Fields = ()

Body = bytes | AsyncIterable[bytes] | None
"""Content of a message: complete, or as a stream; None if there is none, and in simulated time."""


class CacheStatus(IntEnum):
    """What the cache of the responding node did with a request (RFC 9211 sections 2.1, 2.2 and 2.6)."""

    NONE = 0
    """The node has no cache."""
    HIT = 1
    """``hit``: answered from a stored response."""
    URI_MISS = 2
    """``fwd=uri-miss``: no response is stored for this target."""
    STALE = 3
    """``fwd=stale``: the stored response was stale."""
    BYPASS = 4
    """``fwd=bypass``: the cache is configured not to handle such a request."""
    METHOD = 5
    """``fwd=method``: the method's semantics require forwarding."""
    VARY_MISS = 6
    """``fwd=vary-miss``: the responses stored for this target were selected by other request fields."""
    REQUEST = 7
    """``fwd=request``: a fresh response is stored, but the request's directives did not allow its use."""
    PARTIAL = 8
    """``fwd=partial``: only a part of the requested content is stored."""
    REVALIDATED = 9
    """``fwd=stale; fwd-status=304``: a stored response was validated and reused."""
    STALE_HIT = 10
    """``hit`` with a negative ``ttl``: a stored response was reused although it is stale."""
    COLLAPSED = 11
    """``collapsed``: satisfied by the response to another request that had already been forwarded."""


class Draws(NamedTuple):
    """All random numbers of one request, drawn before the run.

    Attributes
    ----------
    service_demand_s : float
        Time of a backend's worker for it, at speed 1, in seconds.
    response_bytes : int
        Size of the backend's response in bytes, fields included.
    response_fields : Fields
        Header fields of the backend's response.
    balance_draw : float
        Uniform in [0, 1), for balancers that choose at random.
    link_draw : int
        64 random bits, from which the jitter of each of its messages is computed.
    """

    service_demand_s: float = 0.0
    response_bytes: int = 0
    response_fields: Fields = NO_FIELDS
    balance_draw: float = 0.0
    link_draw: int = 0


NO_DRAWS = Draws()


class Request(NamedTuple):
    """A request message.

    Attributes
    ----------
    request_id : int
        Row of the workload; a proxy forwards the request under the same number.
    method : str
        Method token, such as ``GET``.
    target : str
        Target URI in absolute form.
    host : str
        Host of the target.
    fields : Fields
        Header fields.
    size_bytes : int
        Size of the message in bytes, fields included.
    draws : Draws
        Its random numbers, drawn before the run; no part of the message.
    body : Body
        Its content; None in simulated time, where only its size is known.
    proxied_for : str
        Address for which its connection was opened, as a PROXY header at the beginning of it said; empty without one.
        It belongs to the connection, not to the message, and so goes no further than to the next node.
    """

    request_id: int
    method: str
    target: str
    host: str
    fields: Fields
    size_bytes: int = 0
    draws: Draws = NO_DRAWS
    body: Body = None
    proxied_for: str = ""


class Response(NamedTuple):
    """A response message.

    Attributes
    ----------
    status : int
        Status code.
    fields : Fields
        Header fields.
    size_bytes : int
        Size of the message in bytes, fields included.
    cache_status : CacheStatus
        What the cache of its sender did (the last member of Cache-Status, RFC 9211).
    age_s : float
        Its Age (RFC 9111 section 5.1) in seconds; not rounded down to whole seconds as the real field is.
    error : str
        Error type of RFC 9209 section 2.3 if the proxy could not obtain a response; else empty.
    body : Body
        Its content; None in simulated time, where only its size is known.
    """

    status: int
    fields: Fields
    size_bytes: int
    cache_status: CacheStatus = CacheStatus.NONE
    age_s: float = 0.0
    error: str = ""
    body: Body = None


class ContentEncoder(Protocol):
    """A content coding, applied part by part."""

    def encode(self, part: bytes) -> bytes:
        """Return the code of a part, so that a recipient can decode all of it at once."""

    def end(self) -> bytes:
        """Return what ends the coded content."""


class StreamedContent(AsyncIterable[bytes]):
    """The content of a response that is still being received, as a cache uses it.

    Attributes
    ----------
    length : int or None
        Complete length of the content in bytes; None if it is not known beforehand.
    """

    length: int | None

    @abstractmethod
    def preceded_by(self, held: bytes) -> None:
        """Put stored bytes before the content."""

    @abstractmethod
    def when_whole(self, response: Response, then: Callable[[Response | None], None]) -> None:
        """Call ``then`` at the end with the response and its complete content, or with None if it was cut off."""

    @abstractmethod
    def encoded_by(self, encoder: ContentEncoder) -> None:
        """Encode the content on its way; what `when_whole` collects is not encoded."""


# The constructor of a named tuple is a Python function.  A simulation makes messages by the million, and these do the
# same from one plain tuple in a third of the time.
make_draws: Callable[[tuple[float, int, Fields, float, int]], Draws] = partial(tuple.__new__, Draws)
make_request: Callable[[tuple[int, str, str, str, Fields, int, Draws, Body, str]], Request] = partial(
    tuple.__new__, Request
)
make_response: Callable[[tuple[int, Fields, int, CacheStatus, float, str, Body]], Response] = partial(
    tuple.__new__, Response
)

"""Requests, responses and their fields: frozen data, no behaviour, no clock.

Words are those of RFC 9110.  ``Request`` and ``Response`` are named tuples because a simulation makes
several of each per request: a tuple is the cheapest frozen thing that Python has.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable, Callable
from enum import IntEnum
from functools import partial
from typing import NamedTuple

Fields = tuple[tuple[str, str], ...]
"""Header fields in order: pairs of lower-case name and value (RFC 9110 section 5)."""

NO_FIELDS: Fields = ()

Body = bytes | AsyncIterable[bytes] | None
"""Content of a message: all of it, or a stream of it; None where there is none, or where it is only imagined."""


class CacheStatus(IntEnum):
    """What the cache of the answering node did with a request (RFC 9211 section 2.1 and 2.2)."""

    NONE = 0
    """The node has no cache."""
    HIT = 1
    """``hit``: answered from a stored response."""
    URI_MISS = 2
    """``fwd=uri-miss``: nothing stored for this target."""
    STALE = 3
    """``fwd=stale``: a stored response had outlived its freshness."""
    BYPASS = 4
    """``fwd=bypass``: the cache does not serve such a request."""
    METHOD = 5
    """``fwd=method``: the method's semantics require forwarding."""
    VARY_MISS = 6
    """``fwd=vary-miss``: what is stored for this target was selected by other request fields."""
    REQUEST = 7
    """``fwd=request``: fresh, but the request asked for more than the cache."""
    PARTIAL = 8
    """``fwd=partial``: only a part of what is wanted is stored."""
    REVALIDATED = 9
    """``fwd=stale; fwd-status=304``: a stored response was found to be good still, and answered."""
    STALE_HIT = 10
    """``hit`` with a negative ``ttl``: answered from a stored response although it is stale."""
    COLLAPSED = 11
    """``collapsed``: answered together with another request that was on its way already."""


class Draws(NamedTuple):
    """All that chance decides about one request, thrown before the run.

    Attributes
    ----------
    service_demand_s : float
        Work that a backend's worker has with it, in seconds.
    response_bytes : int
        Size of the backend's answer in bytes, fields included.
    response_fields : Fields
        Header fields of the backend's answer.
    balance_draw : float
        Uniform in [0, 1), for a balancer that needs chance.
    link_draw : int
        64 random bits, from which the jitter of each of its messages is made.
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
        Row of the workload from which it comes; a proxy forwards it under the same number.
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
        What chance decided about it before the run; a real client sends nothing of this.
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
        What the cache of the node that sent it did (the last member of Cache-Status, RFC 9211).
    age_s : float
        Its Age field (RFC 9111 section 5.1) in seconds; not rounded, as a real field would be.
    error : str
        Why there is no proper answer, as an error type of RFC 9209 section 2.3; empty if all went well.
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


class StreamedContent(AsyncIterable[bytes]):
    """The content of a response that is still being received, and what a cache asks of it.

    Attributes
    ----------
    length : int or None
        Bytes of the whole content, where they are known beforehand.
    """

    length: int | None

    @abstractmethod
    def preceded_by(self, held: bytes) -> None:
        """Let the content begin with bytes that are held already."""

    @abstractmethod
    def when_whole(self, response: Response, then: Callable[[Response | None], None]) -> None:
        """Call ``then`` with the response and all its content at the end of it, or with None if that is not reached."""


# A named tuple's constructor is a Python function.  Where a simulation makes messages by the million, these
# do the same from one plain tuple in a third of the time.
make_draws: Callable[[tuple[float, int, Fields, float, int]], Draws] = partial(tuple.__new__, Draws)
make_request: Callable[[tuple[int, str, str, str, Fields, int, Draws, Body, str]], Request] = partial(
    tuple.__new__, Request
)
make_response: Callable[[tuple[int, Fields, int, CacheStatus, float, str, Body]], Response] = partial(
    tuple.__new__, Response
)

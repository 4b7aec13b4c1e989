"""Which responses a cache may store, and what it keeps of them (RFC 9111 section 3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from sim.messages import CacheStatus, Fields, Response, make_response
from sim.rules.fields import first
from sim.rules.freshness import initial_age_s
from sim.rules.invalidation import same_origin
from sim.rules.ranges import Part, content_range
from sim.rules.request_directives import RequestDirectives
from sim.rules.terms import StorageTerms


class StoredResponse(NamedTuple):
    """A response in a cache.

    Attributes
    ----------
    response : Response
        As it was received, without the fields that are not stored.
    received_s : float
        When it was received, in seconds.
    age_s : float
        Its age at that time, in seconds.
    lifetime_s : float
        Its freshness lifetime in seconds: it is fresh while its present age is less.
    plain : bool
        Whether it satisfies any plain GET while it is fresh: it is complete, has no Vary, and need not be validated
        each time.
    terms : StorageTerms
        What the response states about its storage and reuse.
    request_fields : Fields
        Header fields of the request that it answered, with which Vary compares later requests.
    part : Part or None
        The range of the content that it holds; None if it is complete.
    """

    response: Response
    received_s: float
    age_s: float
    lifetime_s: float
    plain: bool
    terms: StorageTerms
    request_fields: Fields
    part: Part | None


make_stored: Callable[
    [tuple[Response, float, float, float, bool, StorageTerms, Fields, Part | None]], StoredResponse
] = partial(tuple.__new__, StoredResponse)
"""The same from one plain tuple, and faster: see the end of `sim.messages`."""

_NO_CACHE = CacheStatus.NONE


def may_store(asked: RequestDirectives, said: StorageTerms) -> bool:
    """Return whether a cache may store a response and can ever reuse it (RFC 9111 section 3).

    Parameters
    ----------
    asked : RequestDirectives
        The request as the cache reads it.
    said : StorageTerms
        What the response states about its storage.

    Returns
    -------
    bool
        Whether it is a response to GET, neither message forbids storing it, and it is not withheld from shared caches
        because the request had credentials (section 3.5).

    Examples
    --------
    >>> from sim.rules.terms import SHARED, terms
    >>> page = terms(SHARED, 200, (("cache-control", "max-age=60"),))
    >>> may_store(RequestDirectives(), page), may_store(RequestDirectives(credentials=True), page)
    (True, False)
    """
    if not said.storable:
        return False
    return asked.plain or (
        asked.reads and not asked.head and asked.storable and (said.for_all or not asked.credentials)
    )


def stands_for_get(method: str, target: str, status: int, fields: Fields, said: StorageTerms) -> bool:
    """Return whether a response to POST may be stored to satisfy later GET requests (RFC 9110 section 9.3.3).

    Parameters
    ----------
    method, target : str
        Of the request.
    status : int
        Status code of the response.
    fields : Fields
        Its header fields.
    said : StorageTerms
        What they state about its storage.

    Returns
    -------
    bool
        Whether it is a 200 with explicit freshness and with a Content-Location that equals the target.

    Examples
    --------
    >>> from sim.rules.terms import SHARED, terms
    >>> page = (("cache-control", "max-age=60"), ("content-location", "/list"))
    >>> said = terms(SHARED, 200, page)
    >>> [stands_for_get("POST", f"http://a.example/{name}", 200, page, said) for name in ("list", "")]
    [True, False]
    """
    if method != "POST" or status != 200 or not said.explicit:
        return False
    return same_origin(target, first(fields, "content-location")) == target


def to_store(
    said: StorageTerms, request_fields: Fields, response: Response, asked_s: float, received_s: float
) -> StoredResponse:
    """Return what a cache keeps of a response that it may store.

    Parameters
    ----------
    said : StorageTerms
        What the response states about its storage.
    request_fields : Fields
        Header fields of the request that it answers.
    response : Response
        As received.
    asked_s, received_s : float
        When the request was sent and the response received, in seconds since 1970.

    Returns
    -------
    StoredResponse
        With its age when received and its freshness lifetime.

    Examples
    --------
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("cache-control", "max-age=60"), ("age", "5")), 100)
    >>> kept = to_store(terms(SHARED, page.status, page.fields), (), page, asked_s=10.0, received_s=11.0)
    >>> kept.age_s, kept.lifetime_s, kept.response.fields, kept.plain
    (6.0, 60.0, (('cache-control', 'max-age=60'),), True)
    """
    status, fields, size_bytes, _, age_s, _, body = response
    if said.simple:
        # Nothing to remove and no date, as in all simulated responses: the general case below gives the same, slower.
        age_s += received_s - asked_s
        return make_stored((response, received_s, age_s, said.lifetime_s, said.plain, said, request_fields, None))
    kept = said.fields
    if len(kept) != len(fields):
        response = make_response((status, kept, size_bytes, _NO_CACHE, 0.0, "", body))
    age_s = initial_age_s(age_s or said.age_value_s, said.date_s, asked_s, received_s)
    lifetime_s = said.lifetime_s if said.expires_s is None else max(0.0, said.expires_s - received_s)
    part = None if status != 206 else content_range(kept)
    return make_stored((response, received_s, age_s, lifetime_s, said.plain, said, request_fields, part))

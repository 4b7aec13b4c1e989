"""Responses constructed from a stored response: all of it, a part, or 304 (RFC 9111 sections 4 and 4.3.2)."""

from __future__ import annotations

from sim.messages import NO_FIELDS, CacheStatus, Fields, Response, make_response
from sim.rules.conditions import IN_NOT_MODIFIED, not_modified, same_part
from sim.rules.ranges import cut, held_part, requested, unsatisfiable, within
from sim.rules.request_directives import RequestDirectives
from sim.rules.storing import StoredResponse

NO_CONTENT_BYTES = 200
"""Assumed size of a message without content, in bytes, where it never crossed a wire."""


def answer(
    asked: RequestDirectives, fields: Fields, stored: StoredResponse, outcome: CacheStatus, age_s: float
) -> Response:
    """Return the response to a request that a stored response satisfies.

    Parameters
    ----------
    asked : RequestDirectives
        The request as the cache reads it.
    fields : Fields
        Header fields of the request.
    stored : StoredResponse
        The response that the request selects.
    outcome : CacheStatus
        What the cache did, to be recorded with the response.
    age_s : float
        Current age of the stored response, in seconds, sent as its Age (RFC 9111 section 5.1).

    Returns
    -------
    Response
        304 if the client's own condition shows that it has the content already (RFC 9111 section 4.3.2); else 206 with
        the requested part, or 416 if the content has no such bytes (RFC 9110 section 14.2); else the stored response.

    Examples
    --------
    >>> from sim.rules.storing import to_store
    >>> from sim.rules.terms import SHARED, terms
    >>> page = Response(200, (("etag", '"1"'), ("x-more", "1")), 5000)
    >>> kept = to_store(terms(SHARED, 200, page.fields), (), page, asked_s=0.0, received_s=0.0)
    >>> answer(RequestDirectives(conditional=True), (("if-none-match", '"1"'),), kept, CacheStatus.HIT, 5.0)[:2]
    (304, (('etag', '"1"'),))
    """
    # Conditions come before Range (RFC 9110 section 13.2.2): a client that has the content needs no part of it.
    status, held, size_bytes, _, _, _, body = stored.response
    if asked.conditional and not_modified(fields, stored):
        said = tuple([pair for pair in held if pair[0] in IN_NOT_MODIFIED])
        return make_response((304, said, NO_CONTENT_BYTES, outcome, age_s, "", None))
    if asked.range and status in {200, 206} and same_part(fields, stored):
        response = _part(asked.range, stored.response)
        return response._replace(cache_status=outcome, age_s=age_s, error="")
    # The response to HEAD keeps the content, for Content-Length is its length; the writer of the message leaves it out.
    size_bytes = NO_CONTENT_BYTES if asked.head else size_bytes
    return make_response((status, held, size_bytes, outcome, age_s, "", body))


def _part(wanted: str, response: Response) -> Response:
    """Return the requested part (RFC 9110 section 14.2), or the whole response if several parts are requested."""
    held = held_part(response)
    part = None if held is None else requested(wanted, held.length)
    if held is None or part is None:
        return response
    if not part.bytes and part.length is not None:
        return unsatisfiable(part.length, NO_CONTENT_BYTES)
    return cut(response, held, part) if within(part, held) else response


def not_cached(outcome: CacheStatus) -> Response:
    """Return the 504 for a request with ``only-if-cached`` that no stored response satisfies (RFC 9111 5.2.1.7).

    >>> not_cached(CacheStatus.URI_MISS).status
    504
    """
    return Response(504, NO_FIELDS, NO_CONTENT_BYTES, outcome)

"""Content codings: what a recipient accepts, and what an answer says once it is coded (RFC 9110 section 8.4)."""

from __future__ import annotations

from sim.messages import Fields, Request, Response
from sim.rules.directives import cache_control
from sim.rules.fields import combined, members, replaced, without

CODED_STATUSES = frozenset({200, 203, 404, 403})
"""Answers with a content of their own that nginx's and HAProxy's compression touch; parts (206) never are."""


def accepts(fields: Fields, coding: str, *, if_silent: bool) -> bool:
    """Whether a request accepts a content coding (RFC 9110 section 12.5.3).

    Parameters
    ----------
    fields : Fields
        The request's fields.
    coding : str
        Name of the coding, in lower case.
    if_silent : bool
        What holds without Accept-Encoding.  The RFC then allows any coding; real clients that cannot decode send
        nothing.

    Examples
    --------
    >>> accepts((("accept-encoding", "br;q=1, gzip;q=0.5"),), "gzip", if_silent=False)
    True
    >>> accepts((("accept-encoding", "*, gzip;q=0"),), "gzip", if_silent=True)
    False
    """
    if combined(fields, "accept-encoding") is None:
        return if_silent
    weights = dict(_weighted(member) for member in members(fields, "accept-encoding"))
    return weights.get(coding, weights.get("*", 0.0)) > 0


def _weighted(member: str) -> tuple[str, float]:
    """Return a member's coding and its weight; a weight that cannot be read counts as 0."""
    name, _, parameters = member.partition(";")
    said = parameters.strip().lower()
    if not said.startswith("q="):
        return name.strip().lower(), 1.0
    try:
        return name.strip().lower(), float(said[2:])
    except ValueError:
        return name.strip().lower(), 0.0


def may_be_coded(request: Request, response: Response) -> bool:
    """Whether an answer has a whole content that a proxy may code.

    Not if its maker forbids it (``no-transform``, RFC 9110 section 7.7), if it is coded already, or if it is a part.

    Examples
    --------
    >>> page = Response(200, (("cache-control", "no-transform"),), 1000)
    >>> may_be_coded(Request(0, "GET", "http://a.example/", "a.example", ()), page)
    False
    """
    if request.method == "HEAD" or response.status not in CODED_STATUSES:
        return False
    fields = response.fields
    return combined(fields, "content-encoding") is None and "no-transform" not in cache_control(fields)


def coded_fields(fields: Fields, coding: str) -> Fields:
    """Return the fields of an answer after its content was coded.

    It is another representation of the same resource: Content-Encoding names the coding, Vary names what selected it
    (RFC 9110 section 12.5.5), a strong entity tag becomes a weak one (section 8.8.3.3), ranges are not offered, and the
    old length is gone.

    Examples
    --------
    >>> coded_fields((("etag", '"1"'), ("content-length", "9")), "gzip")
    (('etag', 'W/"1"'), ('vary', 'accept-encoding'), ('content-encoding', 'gzip'))
    """
    kept = without(fields, {"content-length", "accept-ranges"})
    kept = tuple((name, _weak(value) if name == "etag" else value) for name, value in kept)
    return replaced(kept, (*_varied(kept), ("content-encoding", coding)))


def _varied(fields: Fields) -> Fields:
    listed = [member.lower() for member in members(fields, "vary")]
    if "*" in listed or "accept-encoding" in listed:
        return ()
    return (("vary", ", ".join([*members(fields, "vary"), "accept-encoding"])),)


def _weak(tag: str) -> str:
    return tag if tag.startswith("W/") else f"W/{tag}"

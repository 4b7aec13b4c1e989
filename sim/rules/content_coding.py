"""Content codings: what a client accepts, and the fields of a response coded by a proxy (RFC 9110 section 8.4)."""

from __future__ import annotations

from sim.messages import Fields, Request, Response
from sim.rules.directives import cache_control
from sim.rules.fields import combined, members, replaced, without

CODED_STATUSES = frozenset({200, 203, 404, 403})
"""Status codes of the responses that nginx and HAProxy compress; parts (206) are never compressed."""


def accepts(fields: Fields, coding: str, *, if_silent: bool) -> bool:
    """Whether a request accepts a content coding (RFC 9110 section 12.5.3).

    Parameters
    ----------
    fields : Fields
        The request's fields.
    coding : str
        Name of the coding, in lower case.
    if_silent : bool
        The result without Accept-Encoding.  The RFC then allows any coding; but real clients that cannot decode do not
        send the field.

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
    """Whether a response has complete content that a proxy may code.

    Not if its sender forbids it (``no-transform``, RFC 9110 section 7.7), if it is coded already, or if it is a part.

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
    """Return the fields of a response whose content was coded.

    It is another representation of the same resource: Content-Encoding names the coding, Vary the field that selected
    it (RFC 9110 section 12.5.5), a strong entity tag becomes a weak one (section 8.8.3.3), and Accept-Ranges and
    Content-Length, which describe the content before coding, are removed.

    Examples
    --------
    >>> coded_fields((("etag", '"1"'), ("content-length", "9")), "gzip")
    (('etag', 'W/"1"'), ('vary', 'accept-encoding'), ('content-encoding', 'gzip'))
    """
    kept = without(fields, {"content-length", "accept-ranges"})
    kept = tuple((name, _weak(value) if name == "etag" else value) for name, value in kept)
    return replaced(kept, (*_varied(kept), ("content-encoding", coding)))


def _varied(fields: Fields) -> Fields:
    """Return Vary with Accept-Encoding appended; nothing if it covers that already."""
    listed = [member.lower() for member in members(fields, "vary")]
    if "*" in listed or "accept-encoding" in listed:
        return ()
    return (("vary", ", ".join([*members(fields, "vary"), "accept-encoding"])),)


def _weak(tag: str) -> str:
    """Return an entity tag as a weak one."""
    return tag if tag.startswith("W/") else f"W/{tag}"

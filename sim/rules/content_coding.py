"""Content codings: what a client accepts, and the fields of a response coded by a proxy (RFC 9110 section 8.4)."""

from __future__ import annotations

import re

from sim.messages import Fields, Response
from sim.rules.directives import cache_control
from sim.rules.fields import combined, members, replaced, without

CODED_STATUSES = frozenset({200, 203, 304, 403, 404})
"""Status codes of the responses that nginx and HAProxy compress, and 304, which stands for one of them; parts (206) are
never compressed."""

DESCRIBES_CONTENT = frozenset({"content-length", "accept-ranges", "content-digest", "content-md5"})
"""Fields that describe the content before it is coded."""

_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)
"""A weight (RFC 9110 section 12.4.2)."""

_ALIASES = {"x-gzip": "gzip", "x-compress": "compress"}
"""Names that recipients read as others (RFC 9110 sections 8.4.1.1 and 8.4.1.3)."""


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
    name, _, parameter = (part.strip() for part in member.lower().partition(";"))
    weight = _WEIGHT.fullmatch(parameter)
    if parameter and weight is None:
        return _ALIASES.get(name, name), 0.0
    return _ALIASES.get(name, name), float(weight.group(1)) if weight else 1.0


def may_be_coded(response: Response) -> bool:
    """Whether a proxy may code a response.

    Not if its sender forbids it (``no-transform``, RFC 9110 section 7.7), if it is coded already, or if it is a part.

    Examples
    --------
    >>> may_be_coded(Response(200, (("cache-control", "no-transform"),), 1000))
    False
    """
    fields = response.fields
    if response.status not in CODED_STATUSES or combined(fields, "content-encoding") is not None:
        return False
    return "no-transform" not in cache_control(fields)


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
    kept = validated_fields(without(fields, DESCRIBES_CONTENT))
    return replaced(kept, (("content-encoding", coding),))


def validated_fields(fields: Fields) -> Fields:
    """Return the fields of a 304 that confirms a coded response: its weak entity tag, and Vary (section 15.4.5).

    Examples
    --------
    >>> validated_fields((("etag", '"1"'),))
    (('etag', 'W/"1"'), ('vary', 'accept-encoding'))
    """
    return varied_fields(tuple((name, _weak(value) if name == "etag" else value) for name, value in fields))


def varied_fields(fields: Fields) -> Fields:
    """Return the fields of a response that would have been coded for another request: Vary names Accept-Encoding.

    Examples
    --------
    >>> varied_fields((("vary", "cookie"),))
    (('vary', 'cookie, accept-encoding'),)
    """
    return replaced(fields, _varied(fields))


def _varied(fields: Fields) -> Fields:
    """Return Vary with Accept-Encoding appended; nothing if it covers that already."""
    listed = [member.lower() for member in members(fields, "vary")]
    if "*" in listed or "accept-encoding" in listed:
        return ()
    return (("vary", ", ".join([*members(fields, "vary"), "accept-encoding"])),)


def _weak(tag: str) -> str:
    """Return an entity tag as a weak one."""
    return tag if tag.startswith("W/") else f"W/{tag}"

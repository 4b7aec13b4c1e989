"""What an intermediary changes in a message that it forwards (RFC 9110 section 7.6).

The fields that identify the client are written by `sim.rules.client_address`.  The forms of a request's target on the
wire (RFC 9112 section 3.2) are the business of `sim.http1`: here a target is always an absolute URI.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sim.messages import Fields, Request, Response
from sim.rules import dates
from sim.rules.fields import combined, replaced

HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authorization", "proxy-connection", "te", "transfer-encoding", "upgrade"}
)
"""Fields that are not forwarded (RFC 9110 section 7.6.1), credentials for this proxy among them (section 11.7.2)."""

COUNTED_METHODS = frozenset({"TRACE", "OPTIONS"})
"""Methods for which Max-Forwards limits the number of hops (RFC 9110 section 7.6.2)."""

SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Fields that the response to TRACE does not reflect (RFC 9110 section 9.3.8)."""

LOOP_DETECTED = Response(508, (), 200, error="proxy_loop_detected")
"""The response to a request that has passed this proxy before (RFC 5842 section 7.2; error type of RFC 9209)."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_TOKEN = re.compile(r"[^!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BREAKS = re.compile(r"[\r\n\0]")
_COMMENT = re.compile(r"\([^()]*\)")


# --- fields ----------------------------------------------------------------------------------------------


def field_value(fields: Fields, name: str) -> str:
    """Return a field's value, its lines joined by commas (RFC 9110 section 5.3); empty if the field is absent.

    Parameters
    ----------
    fields : Fields
        Header fields.
    name : str
        Lower-case name.

    Returns
    -------
    str
        Like `sim.rules.fields.combined`, for rules to which an absent field and an empty one are the same.

    Examples
    --------
    >>> field_value((("via", "1.1 a"), ("via", "1.1 b")), "via")
    '1.1 a, 1.1 b'
    """
    return combined(fields, name) or ""


def appended(fields: Fields, name: str, value: str) -> Fields:
    """Return fields with a member appended to a list-based field, whose lines become one (RFC 9110 section 5.3).

    >>> appended((("via", "1.1 a"), ("accept", "*/*")), "via", "1.1 b")
    (('accept', '*/*'), ('via', '1.1 a, 1.1 b'))
    """
    held = field_value(fields, name)
    return replaced(fields, ((name, f"{held}, {value}" if held else value),))


@lru_cache(maxsize=65536)
def end_to_end(fields: Fields) -> Fields:
    """Return the end-to-end fields of a message: those that are forwarded (RFC 9110 section 7.6.1).

    Parameters
    ----------
    fields : Fields
        As received.

    Returns
    -------
    Fields
        Without hop-by-hop fields and those that Connection names, in order.  A line break or NUL in a value becomes
        a space (section 5.5), and what has no proper name is left out, so that no field can be smuggled in.

    Examples
    --------
    >>> end_to_end((("connection", "close, x-secret"), ("x-secret", "1"), ("te", "trailers"), ("accept", "*/*")))
    (('accept', '*/*'),)
    """
    nominated = {name.strip(" \t").lower() for name in field_value(fields, "connection").split(",")}
    dropped = HOP_BY_HOP | nominated
    return tuple(
        (name, _BREAKS.sub(" ", value)) for name, value in fields if name not in dropped and _TOKEN.fullmatch(name)
    )


# --- Via and loops ----------------------------------------------------------------------------------------


def pseudonym(name: str) -> str:
    """Return the pseudonym of a node: its name as a token (RFC 9110 section 7.6.3).

    >>> pseudonym("campus-proxy"), pseudonym("my proxy, really")
    ('campus-proxy', 'my-proxy-really')
    """
    return _NO_TOKEN.sub("-", name)


def with_via(fields: Fields, via: str) -> Fields:
    """Return the fields of a request or a response with a proxy appended to Via (RFC 9110 section 7.6.3).

    Parameters
    ----------
    fields : Fields
        Header fields.
    via : str
        The proxy's pseudonym, and a comment if it writes one; empty to add nothing.

    Returns
    -------
    Fields
        With Via as the last field.

    Examples
    --------
    >>> with_via((("via", "1.1 campus"),), "edge (squid)")
    (('via', '1.1 campus, 1.1 edge (squid)'),)
    """
    return appended(fields, "via", f"1.1 {via}") if via else fields


def has_looped(fields: Fields, pseudonym: str) -> bool:
    """Return whether a request has passed a proxy before, according to its Via (RFC 9110 section 7.6.3).

    Parameters
    ----------
    fields : Fields
        Header fields of the request.
    pseudonym : str
        The proxy's own; empty if it writes none.

    Returns
    -------
    bool
        Whether a member's ``received-by`` is the pseudonym; comments are ignored.

    Examples
    --------
    >>> seen = (("via", "1.1 campus, HTTP/1.1 edge (was isp, once)"),)
    >>> has_looped(seen, "edge"), has_looped(seen, "isp")
    (True, False)
    """
    value = field_value(fields, "via")
    if not pseudonym or pseudonym not in value:
        return False
    members = (member.split() for member in _COMMENT.sub(" ", value).split(","))
    return any(len(words) > 1 and words[1] == pseudonym for words in members)


# --- Max-Forwards -----------------------------------------------------------------------------------------


def hops_left(fields: Fields) -> int | None:
    """Return the value of Max-Forwards (RFC 9110 section 7.6.2).

    Parameters
    ----------
    fields : Fields
        Header fields of a TRACE or OPTIONS request.

    Returns
    -------
    int or None
        How many more times the request may be forwarded; None if the field is absent or malformed.

    Examples
    --------
    >>> hops_left((("max-forwards", "2"),)), hops_left((("max-forwards", "-1"),))
    (2, None)
    """
    said = field_value(fields, "max-forwards").strip(" \t")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else None


def answered_here(request: Request) -> Response | None:
    r"""Return the response to a TRACE or OPTIONS request with Max-Forwards 0 (RFC 9110 sections 7.6.2, 9.3.7, 9.3.8).

    Parameters
    ----------
    request : Request
        As received.

    Returns
    -------
    Response or None
        None if it may be forwarded.

    Examples
    --------
    >>> last = Request(0, "TRACE", "http://a.example/", "a.example", (("max-forwards", "0"), ("cookie", "secret")))
    >>> answered_here(last).body
    b'TRACE http://a.example/ HTTP/1.1\r\nhost: a.example\r\nmax-forwards: 0\r\n\r\n'
    >>> answered_here(last._replace(method="GET")) is None
    True
    """
    if request.method not in COUNTED_METHODS or hops_left(request.fields) != 0:
        return None
    if request.method == "OPTIONS":
        return Response(200, (("allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, TRACE"),), 0, body=b"")
    kept = [(name, value) for name, value in request.fields if name not in SECRET]
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{n}: {v}" for n, v in [("host", request.host), *kept])]
    content = "".join(f"{line}\r\n" for line in [*lines, ""]).encode("utf-8", "replace")
    return Response(200, (("content-type", "message/http"),), len(content), body=content)


def one_hop_less(fields: Fields) -> Fields:
    """Return a forwarded request's fields with Max-Forwards reduced by one (RFC 9110 section 7.6.2).

    >>> one_hop_less((("max-forwards", "3"),))
    (('max-forwards', '2'),)
    """
    left = hops_left(fields)
    return replaced(fields, (("max-forwards", str(left - 1)),)) if left else fields


# --- targets ----------------------------------------------------------------------------------------------


def group_name(name: str) -> str:
    """Return the name of a reverse proxy's group of backends, which it may write as Host.

    >>> group_name("gateway")
    'gateway-backends'
    """
    return f"{pseudonym(name)}-backends"


@lru_cache(maxsize=65536)
def at_host(target: str, host: str) -> str:
    """Return a target URI with another host, as a gateway that changes Host does (RFC 9110 section 7.2).

    >>> at_host("http://www.example.org/a?q=1", "gateway-backends")
    'http://gateway-backends/a?q=1'
    """
    scheme, mark, rest = target.partition("://")
    place = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
    return f"{scheme}://{host}{rest[place:]}" if mark else target


# --- responses --------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def returned_fields(fields: Fields, via: str, server: str) -> Fields:
    """Return the fields of a response as a proxy forwards it.

    Parameters
    ----------
    fields : Fields
        As received.
    via : str
        What it appends to Via (RFC 9110 section 7.6.3); empty to append nothing.
    server : str
        Value with which it replaces Server, as some gateways do; empty to forward the field.

    Returns
    -------
    Fields
        The end-to-end fields, with these changes.

    Examples
    --------
    >>> returned_fields((("server", "app"), ("keep-alive", "timeout=5")), "edge", "")
    (('server', 'app'), ('via', '1.1 edge'))
    """
    kept = end_to_end(fields)
    if server:
        kept = replaced(kept, (("server", server),))
    return with_via(kept, via)


def with_date(fields: Fields, now_s: float) -> Fields:
    """Return a response's fields with Date, which a recipient with a clock must add (RFC 9110 section 6.6.1).

    Parameters
    ----------
    fields : Fields
        As received.
    now_s : float
        When the response was received, in seconds since 1970.

    Returns
    -------
    Fields
        Unchanged if there is a Date already.

    Examples
    --------
    >>> with_date((), 784111777.0)
    (('date', 'Sun, 06 Nov 1994 08:49:37 GMT'),)
    """
    return fields if field_value(fields, "date") else (*fields, ("date", dates.write(now_s)))

"""What a proxy changes in the fields of a request that it forwards."""

from __future__ import annotations

from functools import lru_cache

from sim.messages import Fields


@lru_cache(maxsize=65536)
def forwarded_fields(fields: Fields, peer_ip: str, forwarded_for: str, via: str) -> Fields:
    """Give the fields with which a proxy forwards a request.

    Parameters
    ----------
    fields : Fields
        As received.
    peer_ip : str
        Address of the peer from which the request came.
    forwarded_for : {"append", "replace", "delete", "off"}
        What the proxy does with X-Forwarded-For (not standardised; RFC 7239 section 4 gives its successor):
        add the peer's address, put it in place of what was there, take the field out, or pass it on.
    via : str
        Pseudonym that the proxy adds to Via (RFC 9110 section 7.6.3); empty to add nothing.

    Returns
    -------
    Fields
        As forwarded.

    Examples
    --------
    >>> forwarded_fields((), "192.0.2.1", "append", "edge")
    (('x-forwarded-for', '192.0.2.1'), ('via', '1.1 edge'))
    >>> forwarded_fields((("x-forwarded-for", "192.0.2.1"),), "192.0.2.9", "append", "")
    (('x-forwarded-for', '192.0.2.1, 192.0.2.9'),)
    """
    if forwarded_for == "append":
        fields = _append(fields, "x-forwarded-for", peer_ip)
    elif forwarded_for == "replace":
        fields = (*_without(fields, "x-forwarded-for"), ("x-forwarded-for", peer_ip))
    elif forwarded_for == "delete":
        fields = _without(fields, "x-forwarded-for")
    return _append(fields, "via", f"1.1 {via}") if via else fields


def field_value(fields: Fields, name: str) -> str:
    """Give a field's value, several lines joined by commas (RFC 9110 section 5.3).

    Parameters
    ----------
    fields : Fields
        Header fields.
    name : str
        Lower-case name.

    Returns
    -------
    str
        The value; empty if there is no such field.

    Examples
    --------
    >>> field_value((("via", "1.1 a"), ("via", "1.1 b")), "via")
    '1.1 a, 1.1 b'
    """
    return ", ".join(value for held, value in fields if held == name)


def _without(fields: Fields, name: str) -> Fields:
    return tuple(pair for pair in fields if pair[0] != name)


def _append(fields: Fields, name: str, value: str) -> Fields:
    held = field_value(fields, name)
    return (*_without(fields, name), (name, f"{held}, {value}" if held else value))

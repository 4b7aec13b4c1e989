"""Targeted cache control (RFC 9213): a structured field of the type Dictionary (RFC 8941 section 3.2)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sim.messages import Fields
from sim.rules.directives import Directives, collect
from sim.rules.fields import combined

CDN_CACHE_CONTROL = "cdn-cache-control"
"""The field for caches that a CDN operates on behalf of the origin server (RFC 9213 section 3.1)."""

_KEY = r"[a-z*][a-z0-9_\-.*]*"
_NUMBER = r"-?[0-9]{1,12}\.[0-9]{1,3}|-?[0-9]{1,15}(?![0-9.])"
_STRING = r'"(?:[ !#-\[\]-~]|\\["\\])*"'
_TOKEN = r"[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*"  # noqa: S105 - a token of RFC 9110, no secret
_ITEM = rf"(?:{_NUMBER}|{_STRING}|{_TOKEN}|:[A-Za-z0-9+/=]*:|\?[01])"
_PARAMETERS = rf"(?:; *{_KEY}(?:={_ITEM})?)*"
_INNER_LIST = rf"\( *(?:{_ITEM}{_PARAMETERS}(?: +{_ITEM}{_PARAMETERS})* *)?\)"
_MEMBER = re.compile(rf"({_KEY})(?:=({_INNER_LIST}|{_ITEM}))?{_PARAMETERS}", re.ASCII)
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_ESCAPED = re.compile(r'\\(["\\])')

_NUMBERS = ("max-age", "s-maxage", "stale-if-error", "stale-while-revalidate")


def targeted(fields: Fields, name: str = CDN_CACHE_CONTROL) -> Directives | None:
    """Return the directives of a targeted field (RFC 9213 section 2.1).

    Parameters
    ----------
    fields : Fields
        Header fields of a response.
    name : str
        Lower-case name of the targeted field.

    Returns
    -------
    mapping of str to str, or None
        In the form of `sim.rules.directives.cache_control`; they are obeyed instead of Cache-Control and Expires.  None
        if the field is absent, empty or malformed, in which case it must be ignored.

    Examples
    --------
    >>> dict(targeted((("cdn-cache-control", 'max-age=60, no-cache="x-user", must-revalidate'),)))
    {'max-age': '60', 'no-cache': 'x-user', 'must-revalidate': ''}
    >>> targeted((("cdn-cache-control", "max-age=60,"),)) is None
    True
    """
    value = combined(fields, name)
    said = {} if value is None else _dictionary(value.strip(" "))
    if not said:
        return None
    return collect(_arguments(said))


def _dictionary(text: str) -> dict[str, str] | None:
    """Return the raw value of each key (the last one if it is repeated); None if the text is not a Dictionary."""
    found: dict[str, str] = {}
    place = 0
    while member := _MEMBER.match(text, place):
        found[member[1]] = member[2] or "?1"
        if member.end() == len(text):
            return found
        comma = _COMMA.match(text, member.end())
        if comma is None:
            return None
        place = comma.end()
    return None


def _arguments(said: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield directives with arguments: a false one is absent, and a String is no number (RFC 9213 section 2.1)."""
    for name, raw in said.items():
        if raw == "?0":
            continue
        if raw == "?1":
            yield name, ""
        elif raw[0] == '"' and name not in _NUMBERS:
            yield name, _ESCAPED.sub(r"\1", raw[1:-1])
        else:
            yield name, raw

"""Cache-Control directives and delta-seconds (RFC 9111 sections 5.2 and 1.2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from sim.messages import Fields
from sim.rules.fields import members, split, unquoted

Directives = Mapping[str, str]
"""Argument by lower-case name of the directive; empty if it has none."""

MOST_S = 2_147_483_648.0
"""The value of delta-seconds that are too large to be represented (RFC 9111 section 1.2.2): 2**31 s, or 68 years."""

_MOST_DIGITS = 18
_NAMING_FIELDS = ("no-cache", "private")


@lru_cache(maxsize=4096)
def cache_control(fields: Fields) -> Directives:
    """Read the Cache-Control field (RFC 9111 section 5.2).

    Parameters
    ----------
    fields : Fields
        Header fields; several Cache-Control lines form one list (RFC 9110 section 5.3).

    Returns
    -------
    mapping of str to str
        Argument by directive.  If a directive occurs twice, the first one is used (section 4.2.1).  ``private`` and
        ``no-cache`` restrict, so all of them are used: the argument lists all fields that any of them names, and is
        empty, which means the whole response, if one of them names none.

    Examples
    --------
    >>> dict(cache_control((("cache-control", "Public, max-age=60, max-age=5"),)))
    {'public': '', 'max-age': '60'}
    """
    return collect(_directive(member) for member in members(fields, "cache-control"))


def collect(said: Iterable[tuple[str, str]]) -> Directives:
    """Return directives as a mapping; repeated ones are merged.

    Parameters
    ----------
    said : iterable of (str, str)
        Lower-case names and arguments, in the order of the field.

    Returns
    -------
    mapping of str to str
        See `cache_control`.

    Examples
    --------
    >>> dict(collect([("private", "a"), ("private", "b"), ("max-age", "1"), ("max-age", "2")]))
    {'private': 'a, b', 'max-age': '1'}
    """
    found: dict[str, str] = {}
    for name, argument in said:
        if name in _NAMING_FIELDS and name in found:
            found[name] = f"{found[name]}, {argument}" if found[name] and argument else ""
        else:
            found.setdefault(name, argument)
    return MappingProxyType(found)


def _directive(member: str) -> tuple[str, str]:
    """Split a directive into name and argument.

    White space around "=" is not allowed: the directive is kept, for it may restrict, but its argument is made invalid.
    """
    name, equals, argument = member.partition("=")
    bare = name.rstrip(" \t")
    return bare.lower(), unquoted(argument) if bare == name else equals + argument


def seconds(argument: str | None) -> float | None:
    """Parse delta-seconds: a non-negative integer (RFC 9111 section 1.2.2).

    Parameters
    ----------
    argument : str or None
        Argument of a directive, or value of Age; None if it is absent.

    Returns
    -------
    float or None
        Seconds, at most `MOST_S`; None if the argument is absent or malformed.

    Examples
    --------
    >>> seconds("60"), seconds("99999999999"), seconds("1.5"), seconds("-1"), seconds("")
    (60.0, 2147483648.0, None, None, None)
    """
    if argument is None or not argument.isascii() or not argument.isdigit():
        return None
    digits = argument.lstrip("0")
    return MOST_S if len(digits) > _MOST_DIGITS else min(float(digits or "0"), MOST_S)


def named_fields(argument: str) -> frozenset[str]:
    """Return the field names in the argument of ``private`` or ``no-cache`` (RFC 9111 sections 5.2.2.7 and 5.2.2.4).

    >>> sorted(named_fields("Set-Cookie, x-user"))
    ['set-cookie', 'x-user']
    """
    return frozenset(name.lower() for name in split(argument))

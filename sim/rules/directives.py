"""Directives of Cache-Control, and numbers of seconds (RFC 9111 sections 1.2.2 and 5.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from sim.messages import Fields
from sim.rules.fields import members, split, unquoted

Directives = Mapping[str, str]
"""Argument by lower-case directive, empty where it has none."""

MOST_S = 2_147_483_648.0
"""What a number of seconds too large to be handled counts for (RFC 9111 section 1.2.2): 2**31, or 68 years."""

_MOST_DIGITS = 18
_NAMING_FIELDS = ("no-cache", "private")


@lru_cache(maxsize=4096)
def cache_control(fields: Fields) -> Directives:
    """Read the Cache-Control field (RFC 9111 section 5.2).

    Parameters
    ----------
    fields : Fields
        Header fields; several Cache-Control lines are read as one list.

    Returns
    -------
    mapping of str to str
        Argument by lower-case directive, empty where it has none.  Of a directive that is there twice the first
        one counts (section 4.2.1); but ``private`` and ``no-cache`` count for all fields that any of them names,
        and for the whole response if one of them names none.

    Examples
    --------
    >>> dict(cache_control((("cache-control", "Public, max-age=60, max-age=5"),)))
    {'public': '', 'max-age': '60'}
    """
    return collect(_directive(member) for member in members(fields, "cache-control"))


def collect(said: Iterable[tuple[str, str]]) -> Directives:
    """Make one mapping of directives, some of which may be there twice.

    Parameters
    ----------
    said : iterable of (str, str)
        Names and arguments in order.

    Returns
    -------
    mapping of str to str
        As for `cache_control`.

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
    """Take a directive apart; white space beside its "=" is not allowed, and spoils its argument."""
    name, equals, argument = member.partition("=")
    bare = name.rstrip(" \t")
    return bare.lower(), unquoted(argument) if bare == name else equals + argument


def seconds(argument: str | None) -> float | None:
    """Read a number of seconds (RFC 9111 section 1.2.2).

    Parameters
    ----------
    argument : str or None
        Argument of a directive, or value of Age; None if it is not there.

    Returns
    -------
    float or None
        Seconds; what is too large counts as `MOST_S`.  None if it is no number of seconds.

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
    """Give the field names that ``private`` or ``no-cache`` has as its argument (RFC 9111 section 5.2.2.4).

    >>> sorted(named_fields("Set-Cookie, x-user"))
    ['set-cookie', 'x-user']
    """
    return frozenset(name.lower() for name in split(argument))

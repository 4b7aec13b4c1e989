"""How long a response is fresh, and how old it is (RFC 9111 section 4.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from sim.messages import Fields

NO_LIFETIME_S = 0.0

# A comma within a quoted argument separates nothing (RFC 9110 section 5.6.4); a quote that never ends is no quote.
_DIRECTIVE = re.compile(r'([^,="]+)(?:=\s*("(?:[^"\\]|\\.)*"|[^,]*))?')


@lru_cache(maxsize=4096)
def cache_directives(fields: Fields) -> Mapping[str, str]:
    """Read the Cache-Control field (RFC 9111 section 5.2).

    Parameters
    ----------
    fields : Fields
        Header fields; several Cache-Control lines are read as one list.

    Returns
    -------
    mapping of str to str
        Argument by lower-case directive, empty where it has none.  Of a directive that is there twice the
        first one counts.

    Examples
    --------
    >>> dict(cache_directives((("cache-control", "Public, max-age=60"),)))
    {'public': '', 'max-age': '60'}
    """
    found: dict[str, str] = {}
    for name, value in fields:
        if name == "cache-control":
            for word, argument in _DIRECTIVE.findall(value):
                found.setdefault(word.strip().lower(), argument.strip().strip('"'))
    return MappingProxyType(found)


@lru_cache(maxsize=4096)
def lifetime_s(fields: Fields) -> float:
    """Say how long a response stays fresh in a shared cache (RFC 9111 section 4.2.1).

    Parameters
    ----------
    fields : Fields
        Header fields of the response.

    Returns
    -------
    float
        Freshness lifetime in seconds: s-maxage, else max-age, else 0.  A value that is no number of seconds
        counts as stale (section 4.2.1).

    Examples
    --------
    >>> lifetime_s((("cache-control", "max-age=60"),))
    60.0
    >>> lifetime_s((("cache-control", "max-age=60, s-maxage=5"),))
    5.0
    >>> lifetime_s((("cache-control", "max-age=soon"),))
    0.0
    """
    directives = cache_directives(fields)
    said = directives.get("s-maxage", directives.get("max-age", ""))
    return float(said) if said.isascii() and said.isdigit() else NO_LIFETIME_S


def current_age_s(age_value_s: float, stored_s: float, now_s: float) -> float:
    """Say how old a stored response is (RFC 9111 section 4.2.3).

    Parameters
    ----------
    age_value_s : float
        Its Age when it was received, in seconds.
    stored_s, now_s : float
        When it was received, and the time now, in seconds on the same clock.

    Returns
    -------
    float
        Age in seconds.

    Examples
    --------
    >>> current_age_s(10.0, stored_s=100.0, now_s=105.0)
    15.0
    """
    return age_value_s + (now_s - stored_s)

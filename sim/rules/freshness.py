"""Freshness lifetime and age of a response (RFC 9111 section 4.2)."""

from __future__ import annotations

from sim.messages import Fields
from sim.rules import dates
from sim.rules.directives import Directives, seconds
from sim.rules.fields import first, members

HEURISTICALLY_CACHEABLE = frozenset({200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501})
"""Status codes that are heuristically cacheable (RFC 9110 section 15.1)."""

HEURISTIC_RATIO = 0.1
"""Heuristic lifetime as a share of the time since Last-Modified: the usual 10 % (RFC 9111 section 4.2.2)."""

UNKNOWN_AGE_S = float("inf")
"""Age of a response that a cautious cache takes for stale."""


def explicit_lifetime_s(
    fields: Fields, directives: Directives, *, shared: bool, received_s: float, expires: bool = True
) -> float | None:
    """Return the explicit freshness lifetime of a response (RFC 9111 section 4.2.1).

    Parameters
    ----------
    fields : Fields
        Header fields of the response.
    directives : mapping of str to str
        Of Cache-Control, or of the targeted field that is obeyed instead (RFC 9213).
    shared : bool
        Whether the cache is shared, so that s-maxage applies (section 5.2.2.10).
    received_s : float
        When the response was received, in seconds since 1970; it stands in for a missing Date.
    expires : bool
        Whether Expires applies; it is ignored when a targeted field is obeyed (RFC 9213 section 2.1).

    Returns
    -------
    float or None
        In seconds, from the first that is present: s-maxage, max-age, Expires minus Date.  0 if that one is malformed,
        for invalid freshness information makes a response stale (section 4.2.1); None if there is none of them.

    Examples
    --------
    >>> explicit_lifetime_s((), {"max-age": "60", "s-maxage": "5"}, shared=True, received_s=0.0)
    5.0
    >>> explicit_lifetime_s((("expires", "0"),), {}, shared=True, received_s=0.0)
    0.0
    """
    if shared and "s-maxage" in directives:
        return seconds(directives["s-maxage"]) or 0.0
    if "max-age" in directives:
        return seconds(directives["max-age"]) or 0.0
    if not expires or all(name != "expires" for name, _ in fields):
        return None
    expires_s = date_s(fields, "expires", received_s)
    if expires_s is None:
        return 0.0
    since_s = date_s(fields, "date", received_s)
    return max(0.0, expires_s - (received_s if since_s is None else since_s))


def heuristic_lifetime_s(fields: Fields, *, ratio: float, received_s: float) -> float:
    """Return the heuristic freshness lifetime, for a response without an explicit one (RFC 9111 section 4.2.2).

    Parameters
    ----------
    fields : Fields
        Header fields of the response.
    ratio : float
        Share of the time since its last modification; 0 for no heuristic.
    received_s : float
        When the response was received, in seconds since 1970; it stands in for a missing Date.

    Returns
    -------
    float
        ``ratio * (Date - Last-Modified)`` in seconds, not negative; 0 without Last-Modified.

    Examples
    --------
    >>> changed = (("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"), ("date", "Sun, 06 Nov 1994 08:59:37 GMT"))
    >>> heuristic_lifetime_s(changed, ratio=0.1, received_s=0.0)
    60.0
    """
    changed_s = date_s(fields, "last-modified", received_s)
    if changed_s is None:
        return 0.0
    since_s = date_s(fields, "date", received_s)
    return max(0.0, ratio * ((received_s if since_s is None else since_s) - changed_s))


def date_s(fields: Fields, name: str, now_s: float) -> float | None:
    """Return the value of a date field in seconds since 1970; None if it is absent or malformed.

    >>> date_s((("date", "Thu, 01 Jan 1970 00:01:00 GMT"),), "date", now_s=0.0)
    60.0
    """
    text = first(fields, name)
    return None if text is None else dates.parse(text, now_s)


def age_value_s(fields: Fields, *, cautious: bool = False) -> float:
    """Return the value of the Age field (RFC 9111 section 5.1).

    Parameters
    ----------
    fields : Fields
        Header fields of a response.
    cautious : bool
        Whether an Age that is malformed or occurs more than once makes the response stale.

    Returns
    -------
    float
        In seconds: the first value; 0 if it is absent or malformed, or infinite if `cautious` finds a fault.

    Examples
    --------
    >>> age_value_s((("age", "30"),)), age_value_s((("age", "30, 0"),)), age_value_s((("age", "old"),))
    (30.0, 30.0, 0.0)
    >>> age_value_s((("age", "old"),), cautious=True)
    inf
    """
    said = members(fields, "age")
    if not said:
        return 0.0
    value_s = seconds(said[0])
    if cautious and (value_s is None or len(said) > 1):
        return UNKNOWN_AGE_S
    return value_s or 0.0


def initial_age_s(age_value_s: float, date_s: float | None, asked_s: float, received_s: float) -> float:
    """Return the age of a response when it was received (RFC 9111 section 4.2.3: corrected_initial_age).

    Parameters
    ----------
    age_value_s : float
        Value of its Age field, in seconds.
    date_s : float or None
        Value of its Date field, in seconds since 1970.
    asked_s, received_s : float
        When the request was sent and when the response was received, in seconds since 1970.

    Returns
    -------
    float
        In seconds: the greater of corrected_age_value (Age plus response_delay) and of apparent_age (time of receipt
        minus Date).

    Examples
    --------
    >>> initial_age_s(10.0, None, 1000.0, 1002.0), initial_age_s(0.0, 970.0, 1000.0, 1002.0)
    (12.0, 32.0)
    """
    corrected_s = age_value_s + (received_s - asked_s)
    return corrected_s if date_s is None else max(corrected_s, received_s - date_s)

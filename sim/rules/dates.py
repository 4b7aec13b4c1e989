"""HTTP dates in their three formats (RFC 9110 section 5.6.7), by plain arithmetic.

Rules have no clock, so nothing of ``datetime`` is used.  The calendar counts days from 0000-03-01: the leap day is then
the last day of a year, and the length of a month does not depend on the year.
"""

from __future__ import annotations

import re

DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONG_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

DAY_S = 86_400
_DAYS_TO_1970 = 719_468
_YEAR_S = 31_556_952
"""Mean length of a Gregorian year."""

LAST_S = 253_402_300_799
"""The last second of the year 9999: IMF-fixdate has four digits for the year."""

_TIME = r"(?P<h>[0-9]{2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})"
_MONTH = f"(?P<month>{'|'.join(MONTHS)})"
_SHORT_DAY = f"(?:{'|'.join(DAY_NAMES)})"
_FORMS = tuple(
    re.compile(form, re.ASCII)
    for form in (
        f"{_SHORT_DAY}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT",
        f"(?:{'|'.join(LONG_DAY_NAMES)}), (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT",
        f"{_SHORT_DAY} {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})",
    )
)


def parse(text: str, now_s: float = 0.0) -> float | None:
    """Read a date.

    Parameters
    ----------
    text : str
        IMF-fixdate (``Sun, 06 Nov 1994 08:49:37 GMT``), or one of the obsolete formats: RFC 850, asctime.
    now_s : float
        The present time in seconds since 1970, to about a year: a year of two digits that appears to be more than 50
        years in the future is the most recent year in the past with these digits (RFC 9110 section 5.6.7).

    Returns
    -------
    float or None
        Seconds since 1970; None if it is not a date.  Names of days and months are case-sensitive.

    Examples
    --------
    >>> parse("Sun, 06 Nov 1994 08:49:37 GMT")
    784111777.0
    >>> parse("Sunday, 06-Nov-94 08:49:37 GMT", now_s=1.7e9) == parse("Sun Nov  6 08:49:37 1994")
    True
    >>> parse("0"), parse("Sun, 31 Feb 2021 08:49:37 GMT")
    (None, None)
    """
    found = next((match for match in (form.fullmatch(text) for form in _FORMS) if match), None)
    if found is None:
        return None
    year, month, day = int(found["year"]), MONTHS.index(found["month"]) + 1, int(found["day"])
    if len(found["year"]) == 2:
        year = _century(year, 1970 + int(now_s // _YEAR_S))
    hour, minute, second = int(found["h"]), int(found["m"]), int(found["s"])
    # Second 60 is valid: a leap second (RFC 9110 section 5.6.7, as in RFC 5322 section 3.3).
    if not 1 <= day <= _days_in(year, month) or hour > 23 or minute > 59 or second > 60:
        return None
    return float(_days_since_1970(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second)


def write(seconds: float) -> str:
    """Return a date as IMF-fixdate, the only format that a sender may generate (RFC 9110 section 5.6.7).

    Parameters
    ----------
    seconds : float
        Seconds since 1970; fractions are dropped, and the year is clipped to 0 … 9999.

    Returns
    -------
    str
        Such as ``Sun, 06 Nov 1994 08:49:37 GMT``.

    Examples
    --------
    >>> write(784111777.9)
    'Sun, 06 Nov 1994 08:49:37 GMT'
    """
    whole = int(min(max(seconds, -_DAYS_TO_1970 * DAY_S), LAST_S) // 1)
    days, rest = divmod(whole, DAY_S)
    year, month, day = _civil(days)
    name = DAY_NAMES[(days + 3) % 7]
    hour, minute, second = rest // 3600, rest % 3600 // 60, rest % 60
    return f"{name}, {day:02} {MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} GMT"


def _century(last_two: int, year_now: int) -> int:
    """Return the latest year with these last two digits that is at most 50 years ahead."""
    latest = year_now + 50
    return latest - (latest - last_two) % 100


def _days_in(year: int, month: int) -> int:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if month == 2 and is_leap else _MONTH_DAYS[month - 1]


def _days_since_1970(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01; years begin in March (Howard Hinnant, chrono-compatible date algorithms)."""
    year -= month <= 2
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + day_of_year - _DAYS_TO_1970


def _civil(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a day since 1970: the inverse of `_days_since_1970`."""
    era, day_of_era = divmod(days + _DAYS_TO_1970, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    return era * 400 + year_of_era + (month >= 10), (month + 2) % 12 + 1, day

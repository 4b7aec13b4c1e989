"""Numbers as a person reads them: milliseconds, megabytes and per cent, and no more digits than are true.

In frames and in JSON the numbers keep their SI units.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import NamedTuple

WHOLE_FROM = 1000
"""Four significant digits need no decimals from here on."""

MOST_DECIMALS = 3


class Spoken(NamedTuple):
    """How a column is shown: its label, and the factor from its SI unit."""

    label: str
    factor: float


def spoken(name: str) -> Spoken:
    """Read label and unit off a column's name.

    Parameters
    ----------
    name : str
        Such as ``mean_response_time_s``.

    Returns
    -------
    Spoken
        Label with the unit shown, and the factor into it.

    Examples
    --------
    >>> spoken("mean_response_time_s")
    Spoken(label='mean response time, ms', factor=1000.0)
    >>> spoken("hit_ratio"), spoken("throughput_per_s")
    (Spoken(label='hit ratio, %', factor=100.0), Spoken(label='throughput, 1/s', factor=1.0))
    """
    words = name.replace("_", " ")
    if name.endswith("_per_s"):
        return Spoken(f"{words.removesuffix(' per s')}, 1/s", 1.0)
    if name.endswith("_s"):
        return Spoken(f"{words.removesuffix(' s')}, ms", 1000.0)
    if name.endswith("_bytes"):
        return Spoken(f"{words.removesuffix(' bytes')}, MB", 1e-6)
    if name.endswith("_ratio"):
        # "Hit ratio" is a term of the field; of other shares the unit says enough.
        return Spoken(f"{words if 'hit' in words else words.removesuffix(' ratio')}, %", 100.0)
    return Spoken(words, 1.0)


def number(value: object, factor: float = 1.0) -> str:
    """Format a value: four significant digits, whole numbers in full, a dash for what is not defined.

    Parameters
    ----------
    value : object
        A number, or anything else.
    factor : float
        Into the unit shown.

    Returns
    -------
    str
        For a person.

    Examples
    --------
    >>> number(0.0123456, 1000), number(12345), number(float("nan")), number("hit")
    ('12.35', '12,345', '–', 'hit')
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        return str(value)
    shown = float(value) * factor
    if not math.isfinite(shown):
        return "–"
    return f"{shown:,.0f}" if shown == int(shown) or abs(shown) >= WHOLE_FROM else f"{shown:.4g}"


def with_half_width(mean: float, half_width: float, factor: float = 1.0) -> str:
    """Format an interval, with as many digits as its half-width deserves (two, and at most three decimals).

    Parameters
    ----------
    mean, half_width : float
        In the SI unit.
    factor : float
        Into the unit shown.

    Returns
    -------
    str
        Mean and half-width.

    Examples
    --------
    >>> with_half_width(0.183456, 0.0021, 1000), with_half_width(0.5, 0.0, 100), with_half_width(math.nan, math.nan)
    ('183.5 ± 2.1', '50', '–')
    """
    mean, half_width = mean * factor, half_width * factor
    if not math.isfinite(mean) or not math.isfinite(half_width):
        return "–"
    if half_width == 0:
        return number(mean)
    decimals = min(max(1 - math.floor(math.log10(half_width)), 0), MOST_DECIMALS)
    return f"{mean:,.{decimals}f} ± {half_width:,.{decimals}f}"

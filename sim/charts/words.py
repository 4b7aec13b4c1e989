"""Text in pictures: quantities in units for people, and names made to fit, measured as they will be drawn."""

from __future__ import annotations

import re
from functools import cache
from math import isnan

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from sim.charts.theme import TEXT_PT

POINTS_PER_IN = 72.0
ABSENT = "□"
"""Stands for a character that the font does not have."""

_MEASURED_PT, _SUBPIXELS = 100.0, 64.0
"""Widths grow with the size, so they are measured once, at this; the font library counts in 64ths."""

_SMALL_RATIO = 0.0095
"""What is less needs a digit after the point in percent."""

_TIMES = ((1.0, 1.0, "s"), (1e-3, 1e3, "ms"), (0.0, 1e6, "µs"))


def seconds(value_s: float) -> str:
    """Write a time with two or three digits and a fitting unit.

    Parameters
    ----------
    value_s : float
        Time in seconds.

    Returns
    -------
    str
        Such as ``"1.6 ms"``; a dash if there is none.

    Examples
    --------
    >>> seconds(0.1217), seconds(0.0016), seconds(0.00025), seconds(12.345), seconds(0)
    ('122 ms', '1.6 ms', '250 µs', '12.3 s', '0 s')
    """
    if isnan(value_s):
        return "–"
    if value_s == 0:
        return "0 s"
    _, factor, unit = next(scale for scale in _TIMES if abs(value_s) >= scale[0] * 0.9995)
    return f"{digits(value_s * factor)} {unit}"


def digits(value: float) -> str:
    """Write a number with about three digits.

    >>> [digits(value) for value in (1234.5, 59.8, 7.25, 0.512, 3.0, 0)]
    ['1,234', '59.8', '7.2', '0.51', '3', '0']
    """
    if isnan(value):
        return "–"
    text = f"{value:,.{places(value)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def places(value: float, limits: tuple[float, float] = (99.95, 0.995)) -> int:
    """Return how many digits after the point a number needs: none from the first limit on, one from the second.

    >>> places(120.0), places(12.0), places(0.12)
    (0, 1, 2)
    """
    return sum(abs(value) < limit for limit in limits)


def rate(per_s: float) -> str:
    """Write a rate with one digit after the point, unless it is large.

    >>> rate(9.0), rate(0.04), rate(1234.5)
    ('9.0', '0.04', '1,234')
    """
    return f"{per_s:.1f}" if places(per_s) == 1 else digits(per_s)


def percent(ratio: float) -> str:
    """Write a ratio in percent.

    >>> percent(0.499), percent(0.0042), percent(float("nan"))
    ('50 %', '0.4 %', '–')
    """
    if isnan(ratio):
        return "–"
    is_small = 0 < ratio < _SMALL_RATIO
    return f"{100 * ratio:.1f} %" if is_small else f"{100 * ratio:.0f} %"


def count(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> count(1, "worker"), count(20, "client")
    ('1 worker', '20 clients')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(text: object) -> str:
    r"""Return one line that the font can draw: white space becomes one blank, unknown characters a box.

    >>> plain("a\n b\u5b66")
    'a b□'
    """
    known = _characters()
    line = re.sub(r"[^\S\xa0]+", " ", str(text)).strip(" ")
    return "".join(c if ord(c) in known else ABSENT for c in line)


def tie(*parts: object) -> str:
    r"""Join words that shall stay in one line, by blanks that do not break.

    >>> tie("Direct", "484 ms").split("\xa0")
    ['Direct', '484', 'ms']
    """
    return "\xa0".join(map(str, parts)).replace(" ", "\xa0")


@cache
def width_in(text: str, size_pt: float = TEXT_PT, weight: str = "normal") -> float:
    """Measure one line of text.

    Parameters
    ----------
    text : str
        The text, drawn literally.
    size_pt : float
        Size in points.
    weight : str
        ``"normal"`` or ``"bold"``.

    Returns
    -------
    float
        Width in inches.

    Examples
    --------
    >>> width_in("www") > 2 * width_in("w") > 0
    True
    """
    font = get_font(_font_file(weight))
    font.set_size(_MEASURED_PT, POINTS_PER_IN)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    width_pt = font.get_width_height()[0] / _SUBPIXELS
    return float(width_pt) * size_pt / _MEASURED_PT / POINTS_PER_IN


def shorten(text: object, most_in: float, size_pt: float = TEXT_PT, weight: str = "normal") -> str:
    """Return the text in one line, with its middle left out if it is too wide.

    Parameters
    ----------
    text : object
        The text.
    most_in : float
        Width that it may take, in inches.
    size_pt, weight
        As for `width_in`.

    Returns
    -------
    str
        At least one character and an ellipsis.

    Examples
    --------
    >>> shorten("a-very-long-name-of-a-proxy", 1.0), shorten("app", 1.0)
    ('a-very…oxy', 'app')
    """
    line = plain(text)
    if width_in(line, size_pt, weight) <= most_in:
        return line
    for kept in range(len(line) - 1, 1, -1):
        tail = kept * 2 // 5
        candidate = f"{line[: kept - tail].rstrip()}…{line[len(line) - tail :].lstrip()}"
        if width_in(candidate, size_pt, weight) <= most_in:
            return candidate
    return f"{line[:1]}…"


def wrap(
    text: object,
    most_in: float,
    lines: int = 2,
    size_pt: float = TEXT_PT,
    weight: str = "normal",
    breaks: str = " -_",
) -> list[str]:
    """Break text into lines that fit; what is too much is shortened.

    Parameters
    ----------
    text : object
        The text.
    most_in : float
        Width of a line in inches.
    lines : int
        How many lines there may be.
    size_pt, weight
        As for `width_in`.
    breaks : str
        Characters after which a line may end.

    Returns
    -------
    list of str
        The lines.

    Examples
    --------
    >>> wrap("campus-proxy", 0.8)
    ['campus-', 'proxy']
    """
    rest = plain(text)
    broken: list[str] = []
    while len(broken) < lines - 1 and width_in(rest, size_pt, weight) > most_in:
        cuts = [i + 1 for i, c in enumerate(rest[:-1]) if c in breaks and i]
        fitting = [cut for cut in cuts if width_in(rest[:cut].rstrip(), size_pt, weight) <= most_in]
        if not fitting:
            break
        broken.append(rest[: fitting[-1]].rstrip())
        rest = rest[fitting[-1] :].lstrip()
    return [*broken, shorten(rest, most_in, size_pt, weight)]


def balance(text: object, most_in: float, size_pt: float = TEXT_PT, weight: str = "normal") -> list[str]:
    """Break text into one line, or into two of about the same length.

    >>> balance("Through the forward proxy no backend sees a student", 3.5)
    ['Through the forward proxy', 'no backend sees a student']
    """
    whole = plain(text)
    if width_in(whole, size_pt, weight) <= most_in:
        return [whole] if whole else []
    for share in (0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9):
        lines = wrap(whole, share * most_in * 1.1, 2, size_pt, weight, " ")
        if len(lines) > 1 and "…" not in lines[-1]:
            return lines
    return wrap(whole, most_in, 2, size_pt, weight, " ")


@cache
def _font_file(weight: str) -> str:
    return str(findfont(FontProperties(family="DejaVu Sans", weight=weight)))


@cache
def _characters() -> frozenset[int]:
    return frozenset(get_font(_font_file("normal")).get_charmap())

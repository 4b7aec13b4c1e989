"""Text in pictures: quantities in units for people, and names made to fit, measured as they will be drawn."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import FontProperties, get_font
from matplotlib.textpath import TextPath

from sim.charts.theme import TEXT_PT

POINTS_PER_IN = 72.0
ABSENT = "□"
"""Stands for a character that the font does not have."""

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
    if value_s != value_s:
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
    if value != value:
        return "–"
    size = abs(value)
    places = 0 if size >= 99.95 else 1 if size >= 0.995 else 2
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rate(per_s: float) -> str:
    """Write a rate with one digit after the point, unless it is large.

    >>> rate(9.0), rate(0.04), rate(1234.5)
    ('9.0', '0.04', '1,234')
    """
    return f"{per_s:.1f}" if 0.95 <= per_s < 99.95 else digits(per_s)


def percent(ratio: float) -> str:
    """Write a ratio in percent.

    >>> percent(0.499), percent(0.0042), percent(float("nan"))
    ('50 %', '0.4 %', '–')
    """
    if ratio != ratio:
        return "–"
    value = 100 * ratio
    return f"{value:.1f} %" if 0 < value < 0.95 else f"{value:.0f} %"


def count(number: int, noun: str) -> str:
    """Write a number with its noun.

    >>> count(1, "worker"), count(20, "client")
    ('1 worker', '20 clients')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def plain(text: object) -> str:
    """Return one line that the font can draw: white space becomes one blank, unknown characters a box.

    >>> plain("a\\n b\\u5b66")
    'a b□'
    """
    known = _characters()
    return "".join(c if ord(c) in known else ABSENT for c in " ".join(str(text).split()))


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
    if not text.strip():
        return 0.0
    drawn = TextPath((0, 0), text.replace("$", r"\$"), size=size_pt, prop=_font(weight))
    return float(drawn.get_extents().width) / POINTS_PER_IN


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
    ('a-very…roxy', 'app')
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


def wrap(text: object, most_in: float, lines: int = 2, size_pt: float = TEXT_PT, weight: str = "normal") -> list[str]:
    """Break text at blanks and hyphens into lines that fit; what is too much is shortened.

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
        cuts = [i + 1 for i, c in enumerate(rest[:-1]) if c in " -_" and i]
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
        lines = wrap(whole, share * most_in * 1.1, 2, size_pt, weight)
        if len(lines) > 1 and "…" not in lines[-1]:
            return lines
    return wrap(whole, most_in, 2, size_pt, weight)


@cache
def _font(weight: str) -> FontProperties:
    return FontProperties(family="DejaVu Sans", weight=weight)


@cache
def _characters() -> frozenset[int]:
    from matplotlib.font_manager import findfont

    return frozenset(get_font(findfont(_font("normal"))).get_charmap())

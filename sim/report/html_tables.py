"""Tables on the page: a caption, numbers on the right with their units in the head, text on the left."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from sim.console.number_format import MOST_DECIMALS, spoken
from sim.report.markup import Markup, element

if TYPE_CHECKING:
    import pandas as pd


class Head(NamedTuple):
    """Head of a column.

    Attributes
    ----------
    label, unit : str
        What it holds, and in what unit, if any.
    is_number : bool
        Whether its cells stand on the right.
    """

    label: str
    unit: str = ""
    is_number: bool = False


def head(name: str, *, is_number: bool = True) -> Head:
    """Read label and unit off a column's name.

    >>> head("mean_waiting_s"), head("node", is_number=False)
    (Head(label='mean waiting', unit='ms', is_number=True), Head(label='node', unit='', is_number=False))
    """
    label, _, unit = spoken(name).label.partition(", ")
    return Head(label, unit, is_number)


def table(caption: str, heads: Sequence[Head], rows: Iterable[Sequence[str]], note: str = "") -> Markup:
    """Make a table; the first cell of a row names it.

    Parameters
    ----------
    caption : str
        What it shows.
    heads : sequence of Head
        One per column.
    rows : iterable of sequences of str
        Cells as they shall be read.
    note : str
        Small print below the caption.

    Returns
    -------
    Markup
        The table; a wide one can be scrolled, by keyboard too.

    Examples
    --------
    >>> table("Hits", [Head("node"), Head("hits", is_number=True)], [("proxy", "3")])[-47:]
    '<td class="n">3</td></tr></tbody></table></div>'
    """
    shown = [
        element(
            "th",
            one.label,
            *([element("span", one.unit, class_="unit")] if one.unit else []),
            class_=_side(one),
            scope="col",
        )
        for one in heads
    ]
    body = [
        element(
            "tr",
            element("th", first, scope="row", class_=_side(heads[0])),
            *(element("td", cell, class_=_side(one)) for one, cell in zip(heads[1:], cells, strict=True)),
        )
        for first, *cells in rows
    ]
    said = element("caption", caption, *([element("small", note)] if note else []))
    whole = element("table", said, element("thead", element("tr", shown)), element("tbody", body))
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def of_frame(caption: str, frame: pd.DataFrame, note: str = "", optional: Collection[str] = ()) -> Markup:
    """Make a table of a tidy frame, each column in the unit of its name; nothing of a frame without rows.

    Parameters
    ----------
    caption : str
        What it shows.
    frame : pandas.DataFrame
        Columns of numbers and of texts.
    note : str
        Small print.
    optional : collection of str
        Columns that are left out where they are all zero.

    Returns
    -------
    Markup
        The table, or nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> "12.5" in of_frame("Times", pd.DataFrame({"node": ["app"], "mean_waiting_s": [0.0125]}))
    True
    """
    if frame.empty:
        return Markup()
    frame = frame.loc[:, [name not in optional or bool(frame[name].any()) for name in frame.columns]]
    heads = [head(str(name), is_number=frame[name].dtype.kind in "iuf") for name in frame.columns]
    cells = [
        aligned(frame[name].tolist(), spoken(str(name)).factor) if one.is_number else list(map(str, frame[name]))
        for name, one in zip(frame.columns, heads, strict=True)
    ]
    return table(caption, heads, zip(*cells, strict=True), note)


def aligned(values: Sequence[float], factor: float = 1.0) -> list[str]:
    """Write numbers that stand below or beside each other with the same number of decimals.

    Parameters
    ----------
    values : sequence of float
        In SI units; NaN where there is none.
    factor : float
        Into the unit shown.

    Returns
    -------
    list of str
        Four digits of the largest, at most three decimals, and none if all are whole.

    Examples
    --------
    >>> aligned([0.196, 0.0947, float("nan"), 0], 1000), aligned([1234, 7])
    (['196.0', '94.7', '–', '0'], ['1,234', '7'])
    """
    shown = [float(value) * factor for value in values]
    known = [abs(value) for value in shown if math.isfinite(value)]
    whole = all(value == int(value) for value in known)
    decimals = 0 if whole else min(max(3 - math.floor(math.log10(max(known))), 0), MOST_DECIMALS)
    return ["–" if not math.isfinite(value) else f"{value:,.{decimals if value else 0}f}" for value in shown]


def _side(one: Head) -> str:
    return "n" if one.is_number else ""

"""How all pictures look: one palette, marks and line styles beside the colours, one size of slide.

Colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which people with any kind of colour
vision tell apart.  Colour alone never carries a meaning: each outcome has its own mark, each line its own style,
each area its own hatching.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import matplotlib as mpl

from sim import outcomes

GREY = outcomes.GREY

INK, QUIET, FAINT, AREA, PAPER = "#1A1A1A", "#595959", "#D0D4D8", "#F3F5F7", "#FFFFFF"
"""Text; less important text; lines in the background; areas; the slide itself."""

FLOW = "#B4C0CA"
"""Links and bars that are neither good nor bad."""

LINE_COLOURS = (GREY, "#56B4E9", "#CC79A7", "#000000")
LINE_STYLES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1, 1, 1)))
LINE_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
"""Of lines that stand for designs; they cycle with different periods, so that no two of 140 are alike."""

ALONE: dict[str, Any] = {"color": "#000000", "linestyle": "-", "marker": "o"}
"""Of a line that is the only one."""

TEXT_PT, TITLE_PT, SMALL_PRINT_PT = 12.0, 15.0, 8.5
WIDTH_IN, HEIGHT_IN, DPI = 8.0, 4.5, 200

RC: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so every machine draws the same
    "font.size": TEXT_PT,
    "axes.titlesize": TITLE_PT,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": TEXT_PT,
    "xtick.labelsize": TEXT_PT,
    "ytick.labelsize": TEXT_PT,
    "legend.fontsize": TEXT_PT,
    "legend.frameon": False,
    "text.color": INK,
    "text.parse_math": False,  # a $ in a name is a $
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "axes.unicode_minus": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "hatch.linewidth": 0.7,
    "hatch.color": INK,
    "lines.linewidth": 2.0,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.hashsalt": "proxysim",  # else the ids in an SVG file differ from run to run
    "svg.fonttype": "path",
}


@contextmanager
def look() -> Iterator[None]:
    """Draw in the look of the house; matplotlib's own settings come back afterwards.

    Examples
    --------
    >>> with look():
    ...     mpl.rcParams["font.size"]
    12.0
    """
    with mpl.rc_context():
        mpl.rcdefaults()  # a person's own settings shall not change the pictures
        mpl.rcParams.update(cast("Any", RC))
        yield


def line(number: int) -> dict[str, Any]:
    """Return colour, style and marker of the line of the n-th design.

    Examples
    --------
    >>> line(0)["color"] == line(4)["color"], line(0)["linestyle"] == line(4)["linestyle"]
    (True, False)
    """
    return {
        "color": LINE_COLOURS[number % len(LINE_COLOURS)],
        "linestyle": LINE_STYLES[number % len(LINE_STYLES)],
        "marker": LINE_MARKERS[number % len(LINE_MARKERS)],
    }

"""What all charts with horizontal bars share: rows from top to bottom with names that fit."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from sim.charts import words

NAME_IN = 1.9
FEWEST_ROWS, MOST_ROWS = 3, 12
"""Rows that a slide can hold; of more, the first are drawn and the rest is counted."""


def name_rows(ax: Axes, names: Sequence[str]) -> None:
    """Write names at the rows 0, 1, … of a chart, the first on top.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With one unit of height per row.
    names : sequence of str
        Of the rows; long ones take two lines.

    Examples
    --------
    >>> from sim.charts.slide import plot_axes
    >>> ax = plot_axes(None, "")
    >>> name_rows(ax, ["direct", "layered"])
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['direct', 'layered']
    """
    lines = 2 if len(names) <= MOST_ROWS // 2 else 1
    labels = ["\n".join(words.wrap(name, NAME_IN, lines)) for name in names]
    ax.set_yticks(range(len(names)), labels=labels)
    spare = max(0.0, (FEWEST_ROWS - len(names)) / 2)  # one bar alone need not fill a slide
    ax.set_ylim(len(names) - 0.4 + spare, -0.6 - spare)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


def hide_scale(ax: Axes) -> None:
    """Remove the scale below: every value is written at its bar.

    >>> from sim.charts.slide import plot_axes
    >>> ax = plot_axes(None, "")
    >>> hide_scale(ax)
    >>> ax.spines["bottom"].get_visible()
    False
    """
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)

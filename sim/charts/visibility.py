"""Who sees whom: a matrix of observers and parties, by symbol and colour.

Parties that are numbered alike and see the same (``app-1``, ``app-2``, …) are drawn as one; see ``groups``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim import visibility
from sim.charts import theme, words
from sim.charts.designs import Runs, named_runs
from sim.charts.flows import tier_names
from sim.charts.groups import TAP, group_names, merged
from sim.charts.slide import Box, Slide, first_runs, footnote, sheet_axes
from sim.trace.trace import Trace

if TYPE_CHECKING:
    import pandas as pd


class Sight(NamedTuple):
    """How a cell is drawn, and what it means."""

    symbol: str
    colour: str
    meaning: str


SIGHTS = {
    "peer": Sight("●", "#E3B5CC", "sees its address"),
    "told": Sight("◐", "#CFE8F7", "only told in a field"),
    "": Sight("", theme.PAPER, "never learns it"),
    "self": Sight("", theme.FAINT, "itself"),
}
"""Strong to weak: an end of a connection cannot be denied, a field can be false."""

ROW_IN, LABEL_IN, MOST_COLUMN_IN = 0.27, 2.75, 1.6
MOST_ROWS, MOST_COLUMNS, MOST_PANEL_ROWS, MOST_PANEL_COLUMNS = 40, 12, 4, 3
PANEL_LABEL_IN = 1.25

SUMMARY = "Who sees the clients' addresses, and who the backends'"


def visibility_matrix(table: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw which observer saw whose address.

    Parameters
    ----------
    table : pandas.DataFrame
        From ``visibility.matrix``: observers × parties, cells ``"peer"``, ``"told"``, ``""`` or ``"self"``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent, taller than usual if there are very many observers.
    title : str, optional
        What is seen, such as that of `headline`.

    Returns
    -------
    matplotlib.axes.Axes
        In inches; each cell is a patch with ``gid`` ``cell:OBSERVER:PARTY``.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> ax = visibility_matrix(visibility.matrix(three_requests()))
    >>> sum(str(patch.get_gid()).startswith("cell:") for patch in ax.patches)  # 3 nodes and 2 taps, 3 parties
    15
    """
    drawn = merged(table)
    with theme.look():
        rows = min(len(drawn), MOST_ROWS)
        needed_in = rows * ROW_IN + 1.9
        ax = sheet_axes(ax, "Who sees whose address" if title is None else title, max(theme.HEIGHT_IN, needed_in))
        _draw(ax, drawn, Box(0, 0, ax.get_xlim()[1], ax.get_ylim()[1]))
    return ax


def visibility_designs(traces: Runs) -> Slide:
    """Draw on one slide who sees the clients and who sees the backends, in up to four designs.

    Parameters
    ----------
    traces : mapping of str to Trace, or Comparison
        One run for each design, under its name; of a comparison the first replication of each.

    Returns
    -------
    Slide
        With one axes per design.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> len(visibility_designs({"cached": three_requests()}).axes)
    1
    """
    shown = list(named_runs(traces).items())[:4]
    slide = Slide(SUMMARY)
    footnote(slide, first_runs(traces))
    columns = 1 if len(shown) == 1 else 2
    rows = -(-len(shown) // columns)
    legend_in, gap_in = 0.32, 0.25
    inside = slide.inside
    width_in = (inside.width_in - (columns - 1) * gap_in) / columns
    height_in = (inside.height_in - legend_in) / rows
    tables = {name: _ends_of(trace).iloc[:MOST_PANEL_ROWS, :MOST_PANEL_COLUMNS] for name, trace in shown}
    rows_named = [words.shorten(row, PANEL_LABEL_IN) for table in tables.values() for row in table.index]
    label_in = max(map(words.width_in, rows_named)) + 0.1
    with theme.look():
        for number, name in enumerate(tables):
            column, row = number % columns, number // columns
            left_in = inside.left_in + column * (width_in + gap_in)
            bottom_in = inside.bottom_in + legend_in + (rows - 1 - row) * height_in
            ax = slide.sheet(Box(left_in, bottom_in, width_in, height_in))
            _draw_panel(ax, name, tables[name], label_in)
        _draw_legend(slide.axes[(rows - 1) * columns], -legend_in + 0.05, 0.0)
    return slide


def in_tiers(trace: Trace) -> pd.DataFrame:
    """Return the matrix with parties in the order in which requests meet them.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    pandas.DataFrame
        ``visibility.matrix``, its nodes from clients to backends, then its taps.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> list(in_tiers(three_requests()).columns)
    ['students', 'proxy', 'app']
    """
    table = visibility.matrix(trace)
    order = [name for tier in tier_names(trace.nodes, trace.meta.get("edges", ())) for name in tier]
    taps = [observer for observer in table.index if observer not in trace.nodes]
    return table.loc[[*order, *taps], order]


def _ends_of(trace: Trace) -> pd.DataFrame:
    """Return by which nodes clients and backends are seen; proxies as parties, and taps, are left out."""
    table = in_tiers(trace)
    drawn = merged(table.loc[list(table.columns)])
    called = group_names(table)
    ends = dict.fromkeys(called[name] for name in map(str, table) if trace.nodes[name]["role"] in ("client", "backend"))
    return drawn[list(ends)]


def headline(trace: Trace) -> str:
    """Return a heading: whether servers see clients, and clients servers.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> headline(three_requests())
    'Three requests: no backend sees a client, no client sees a backend'
    """
    table = visibility.matrix(trace)
    clients, backends = (
        [name for name, node in trace.nodes.items() if node["role"] == role] for role in ("client", "backend")
    )
    back = _strongest(table.loc[backends, clients])
    forth = _strongest(table.loc[clients, backends])
    of_backends = {
        "peer": "the backends see the clients",
        "told": "the backends are only told of the clients",
        "": "no backend sees a client",
    }[back]
    of_clients = "the clients see the backends" if forth else "no client sees a backend"
    if back == "peer" and forth:
        return f"{trace.title}: clients and backends see each other"
    return f"{trace.title}: {of_backends}, {of_clients}"


def _strongest(cells: pd.DataFrame) -> str:
    found = set(cells.to_numpy().ravel().tolist())
    return next((how for how in ("peer", "told") if how in found), "")


# --- drawing ----------------------------------------------------------------------------------------------


def _draw(ax: Axes, table: pd.DataFrame, box: Box) -> None:
    """Draw names, cells and legend into a box of a sheet."""
    shown = table.iloc[:MOST_ROWS, :MOST_COLUMNS]
    labels = [_row_label(str(name), LABEL_IN) for name in shown.index]
    label_in = max(words.width_in(label, weight="bold") for label in labels) + 0.15
    column_in = min((box.width_in - label_in) / len(shown.columns), MOST_COLUMN_IN)
    heads = [words.wrap(name, column_in - 0.08, 2, weight="bold") for name in shown.columns]
    head_in = 0.2 * max(map(len, heads)) + 0.15
    top_in = box.bottom_in + box.height_in - 0.25
    for number, lines in enumerate(heads):
        x = label_in + (number + 0.5) * column_in
        for place, line in enumerate(reversed(lines)):
            ax.text(x, top_in - head_in + 0.1 + 0.2 * place, line, ha="center", va="baseline", weight="bold")
    ax.text(label_in - 0.1, top_in, "Who sees …", color=theme.QUIET, ha="right", va="bottom", style="italic")
    ax.text(label_in + 0.1, top_in, "… whose address?", color=theme.QUIET, va="bottom", style="italic")
    legend_in = 0.3
    row_in = min((top_in - head_in - box.bottom_in - legend_in) / len(shown), 0.5)
    _draw_cells(ax, shown, labels, Box(label_in, top_in - head_in - len(shown) * row_in, column_in, row_in))
    _draw_legend(ax, box.bottom_in, 0.0)
    left_out = len(table) - len(shown)
    if left_out:
        ax.text(box.width_in, top_in, f"{left_out:,} more not drawn", ha="right", va="bottom", color=theme.QUIET)


def _draw_panel(ax: Axes, name: str, shown: pd.DataFrame, label_in: float) -> None:
    """Draw a small matrix under the name of its design."""
    width_in, height_in = ax.get_xlim()[1], ax.get_ylim()[1]
    ax.text(0, height_in, words.shorten(name, width_in, weight="bold"), weight="bold", va="top")
    labels = [words.shorten(row, PANEL_LABEL_IN) for row in shown.index]
    column_in = min((width_in - label_in) / len(shown.columns), 0.95)
    heads = [words.shorten(column, column_in - 0.04) for column in shown.columns]
    row_in = min((height_in - 0.25 - 0.22 - 0.1) / len(shown), 0.27)
    top_in = height_in - 0.25 - 0.22
    for number, head in enumerate(heads):
        ax.text(label_in + (number + 0.5) * column_in, top_in + 0.03, head, ha="center", va="bottom")
    _draw_cells(ax, shown, labels, Box(label_in, top_in - len(shown) * row_in, column_in, row_in), weight="normal")


def _draw_cells(ax: Axes, table: pd.DataFrame, labels: Sequence[str], cell: Box, weight: str = "bold") -> None:
    """Draw rows upwards from the lower left cell."""
    for row, (observer, seen) in enumerate(table.iterrows()):
        bottom_in = cell.bottom_in + (len(table) - 1 - row) * cell.height_in
        middle_in = bottom_in + cell.height_in / 2
        is_tap = str(observer).startswith(TAP)
        style: dict[str, Any] = {
            "weight": "normal" if is_tap else weight,
            "color": theme.QUIET if is_tap else theme.INK,
        }
        ax.text(cell.left_in - 0.1, middle_in, labels[row], ha="right", va="center_baseline", **style)
        for column, (party, how) in enumerate(seen.items()):
            left_in = cell.left_in + column * cell.width_in
            _draw_cell(
                ax, Box(left_in, bottom_in, cell.width_in, cell.height_in), SIGHTS[how], f"cell:{observer}:{party}"
            )


def _draw_cell(ax: Axes, box: Box, sight: Sight, gid: str) -> None:
    corner, size = (box.left_in, box.bottom_in), (box.width_in, box.height_in)
    ax.add_patch(Rectangle(corner, *size, fc=sight.colour, ec=theme.FAINT, lw=1.0, gid=gid, clip_on=False))
    if sight.symbol:
        x, y = box.left_in + box.width_in / 2, box.bottom_in + box.height_in / 2
        ax.text(x, y, sight.symbol, ha="center", va="center_baseline", size=theme.TEXT_PT + 1)


def _draw_legend(ax: Axes, y: float, x: float) -> None:
    for sight in SIGHTS.values():
        _draw_cell(ax, Box(x, y, 0.27, 0.2), sight, f"legend:{sight.meaning}")
        ax.text(x + 0.35, y + 0.1, sight.meaning, va="center_baseline")
        x += 0.35 + words.width_in(sight.meaning) + 0.3


def _row_label(observer: str, most_in: float) -> str:
    if observer.startswith(TAP):
        return words.shorten(f"tap {observer.removeprefix(TAP)}", most_in)
    return words.shorten(observer, most_in, weight="bold")

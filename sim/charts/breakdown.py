"""Where the mean response time goes: stacked bars by cause, for each link or for each design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.charts import theme, words
from sim.charts.bars import MOST_ROWS, hide_scale, name_rows
from sim.charts.designs import named_runs
from sim.charts.slide import ONE_RUN, first_runs, own_footnote, plot_axes, provenance
from sim.metrics.compare import Comparison
from sim.metrics.response_time import CAUSES, by_cause, by_hop
from sim.response_parts import PARTS
from sim.trace.table import Numbers
from sim.trace.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

MOST_IN_A_ROW = 4


def designs(traces: Mapping[str, Trace]) -> pd.DataFrame:
    """Return the mean time per cause of several designs.

    Parameters
    ----------
    traces : mapping of str to Trace
        One run for each design.

    Returns
    -------
    pandas.DataFrame
        One row per design: design, and connect_s, … in mean seconds per request, from ``by_cause``.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> designs({"cached": three_requests()})[["design", "service_s"]].round(3).to_numpy().tolist()
    [['cached', 0.6]]
    """
    import pandas as pd

    found = {name: by_cause(trace).set_index("cause")["mean_s"] for name, trace in traces.items()}
    rows = [{"design": name, **{f"{cause}_s": means_s[cause] for cause in CAUSES}} for name, means_s in found.items()]
    return pd.DataFrame(rows, columns=["design", *(f"{cause}_s" for cause in CAUSES)])


def breakdown(source: pd.DataFrame | Trace | Comparison, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw where the mean response time goes.

    Parameters
    ----------
    source : pandas.DataFrame, Trace, or Comparison
        From ``metrics.by_hop``, or a run (one bar per link); from `designs`, or a comparison, of which the first
        replication of each design is drawn (one bar per design).
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        Heading; derived from the data if absent.

    Returns
    -------
    matplotlib.axes.Axes
        One row of bars per row of the table, in seconds; a container per cause.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> ax = breakdown(three_requests())
    >>> [container.get_label() for container in ax.containers]
    ['connect', 'waiting', 'service', 'transfer']
    """
    table, said = _table(source)
    named = _named(table)
    causes = [cause for cause in CAUSES if named[f"{cause}_s"].abs().max() > 0]
    with theme.look():
        ax = plot_axes(ax, headline(named, is_sum="design" not in table) if title is None else title)
        own_footnote(ax, said)
        totals_s = named[[f"{cause}_s" for cause in causes]].sum(axis=1).to_numpy()
        widest_s = float(totals_s.max(initial=0.0)) or 1.0
        ends_s = np.zeros(len(named))
        for cause in causes:
            parts_s = named[f"{cause}_s"].to_numpy()
            _draw_parts(ax, cause, parts_s, ends_s)
            ends_s = ends_s + parts_s
        for row, total_s in enumerate(totals_s):
            ax.text(total_s + 0.012 * widest_s, row, words.seconds(total_s), va="center", weight="bold")
        name_rows(ax, list(named["name"]))
        hide_scale(ax)
        ax.set_xlim(0, 1.18 * widest_s)
        _explain(ax, causes)
    return ax


def headline(named: pd.DataFrame, *, is_sum: bool) -> str:
    r"""Return a heading: what takes the largest part.

    Parameters
    ----------
    named : pandas.DataFrame
        With a column ``name`` and a column for each cause, in seconds.
    is_sum : bool
        Whether the rows add up to one mean response time (links); else each row is one (designs).

    Returns
    -------
    str
        A sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"name": ["a – b", "b – c"], "waiting_s": [0.0, 0.5], "transfer_s": [0.1, 0.4]})
    >>> headline(rows, is_sum=True)
    'The largest part of 1 s: b – c, waiting, 500 ms'
    >>> headline(rows, is_sum=False).replace("\xa0", " ")
    'Mean response time: a – b 100 ms (on the link 100 ms), b – c 900 ms'
    """
    causes = [cause for cause in CAUSES if f"{cause}_s" in named]
    parts_s = named[[f"{cause}_s" for cause in causes]].to_numpy()
    if not parts_s.size or not parts_s.sum() > 0:
        return "Where the mean response time goes"
    row, column = (int(index) for index in np.unravel_index(parts_s.argmax(), parts_s.shape))
    largest = f"{PARTS[causes[column]].phrase}, {words.seconds(parts_s[row, column])}"
    if is_sum:
        return f"The largest part of {words.seconds(parts_s.sum())}: {named['name'].iloc[row]}, {largest}"
    return _of_designs(list(named["name"]), parts_s, [PARTS[cause].phrase for cause in causes])


def _of_designs(names: list[str], parts_s: Numbers, causes: list[str]) -> str:
    first_cause = int(parts_s[0].argmax())
    part = words.tie(f"({causes[first_cause]}", f"{words.seconds(parts_s[0, first_cause])})")
    said = f"Mean response time: {words.tie(names[0], words.seconds(parts_s[0].sum()))} {part}"
    if len(names) == 1:
        return said
    return f"{said}, {words.tie(names[-1], words.seconds(parts_s[-1].sum()))}"


def _table(source: pd.DataFrame | Trace | Comparison) -> tuple[pd.DataFrame, str]:
    """Return what to draw, and where it comes from."""
    if isinstance(source, Trace):
        return by_hop(source), provenance(source)
    if isinstance(source, Comparison):
        return designs(named_runs(source)), first_runs(source)
    return source, ONE_RUN


def _named(table: pd.DataFrame) -> pd.DataFrame:
    if "design" in table:
        named = table.assign(name=table["design"])
    else:
        named = table.assign(name=[f"{a} – {b}" for a, b in zip(table["sender"], table["receiver"], strict=True)])
    return named.head(MOST_ROWS)


def _draw_parts(ax: Axes, cause: str, parts_s: Numbers, starts_s: Numbers) -> None:
    look: dict[str, Any] = {
        "color": PARTS[cause].colour,
        "hatch": PARTS[cause].hatch,
        "edgecolor": theme.INK,
        "linewidth": 0.6,
    }
    ax.barh(range(len(parts_s)), parts_s, left=starts_s, height=0.62, label=cause, **look)


def _explain(ax: Axes, causes: list[str]) -> None:
    shown = [PARTS[cause] for cause in causes]
    handles = [Patch(fc=part.colour, hatch=part.hatch, ec=theme.INK, lw=0.6, label=part.phrase) for part in shown]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(handles) if len(handles) <= MOST_IN_A_ROW else 3,
        columnspacing=1.4,
    )

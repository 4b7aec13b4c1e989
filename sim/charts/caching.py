"""What caches answered: shares of requests and of bytes, per cache or per design."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from sim.charts import theme, words
from sim.charts.bars import MOST_ROWS, hide_scale, name_rows
from sim.charts.designs import rows, titled_table
from sim.charts.slide import ONE_RUN, own_footnote, plot_axes, provenance
from sim.metrics.caching import ratios
from sim.metrics.compare import Comparison
from sim.outcomes import HIT
from sim.trace.trace import Trace

if TYPE_CHECKING:
    import pandas as pd

MEASURES = {"hit_ratio": "of requests", "byte_hit_ratio": "of bytes"}
_LOOKS: tuple[dict[str, Any], ...] = ({"fc": HIT.colour}, {"fc": "#A6DACA", "hatch": "//"})


def of_designs(table: pd.DataFrame) -> pd.DataFrame:
    """Turn the table of a comparison into one row per design.

    Parameters
    ----------
    table : pandas.DataFrame
        ``Comparison.table``.

    Returns
    -------
    pandas.DataFrame
        design, hit_ratio, byte_hit_ratio, and the ends of their intervals: hit_ratio_low, ….

    Examples
    --------
    >>> from sim.metrics import Comparison
    >>> runs = [{"hit_ratio": 0.5 + r / 100, "byte_hit_ratio": 0.6} for r in range(5)]
    >>> of_designs(Comparison.from_measures({"cached": runs}).table).round(3).to_dict("records")[0]["hit_ratio_low"]
    0.5
    """
    import pandas as pd

    designs: dict[str, dict[str, Any]] = {}
    for found in rows(table[table["measure"].isin(list(MEASURES))]):
        row = designs.setdefault(str(found["design"]), {"design": found["design"]})
        name = str(found["measure"])
        row |= {name: found["mean"], f"{name}_low": found["low"], f"{name}_high": found["high"]}
    return pd.DataFrame(list(designs.values()))


def hit_ratios(source: pd.DataFrame | Trace | Comparison, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw the shares of requests and of bytes that caches answered.

    Parameters
    ----------
    source : pandas.DataFrame, Trace, or Comparison
        From ``metrics.ratios``, or a run (one row per cache); from `of_designs`, or a comparison (one row per
        design, with intervals).
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        Two bars per row; a container for each measure.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> ax = hit_ratios(three_requests())
    >>> [round(float(bar.get_width()), 3) for bars in ax.containers for bar in bars]
    [0.333, 0.2]
    """
    table, said = _table(source)
    label = "node" if "node" in table else "design"
    shown = table.head(MOST_ROWS)
    with theme.look():
        ax = plot_axes(ax, headline(shown, label) if title is None else title)
        own_footnote(ax, said)
        for number, name in enumerate(MEASURES):
            _draw_measure(ax, shown, name, number)
        name_rows(ax, list(shown[label]))
        hide_scale(ax)
        ax.set_xlim(0, 1.32)
    return ax


def _table(source: pd.DataFrame | Trace | Comparison) -> tuple[pd.DataFrame, str]:
    """Return what to draw, and where it comes from."""
    if isinstance(source, Trace):
        return ratios(source), provenance(source)
    if isinstance(source, Comparison):
        return of_designs(titled_table(source)), provenance(source)
    return source, ONE_RUN if "node" in source else ""


def headline(table: pd.DataFrame, label: str) -> str:
    """Return a heading: which cache, or design, answered the largest share of its requests.

    >>> import pandas as pd
    >>> headline(pd.DataFrame({"node": ["proxy"], "hit_ratio": [0.5]}), "node")
    'The cache of proxy answers 50 % of its requests'
    """
    known = table.dropna(subset=["hit_ratio"])
    if known.empty:
        return "No cache was asked"
    best = known.iloc[int(known["hit_ratio"].to_numpy().argmax())]
    share = words.percent(best["hit_ratio"])
    return (
        f"The cache of {best[label]} answers {share} of its requests"
        if label == "node"
        else (f"{best[label]}: caches answer {share} of the requests")
    )


def _draw_measure(ax: Axes, table: pd.DataFrame, name: str, number: int) -> None:
    places = np.arange(len(table)) + (number - 0.5) * 0.38
    values = table[name].to_numpy(dtype=float)
    ax.barh(places, np.nan_to_num(values).tolist(), height=0.36, ec=theme.INK, lw=0.6, label=name, **_LOOKS[number])
    for row, record in zip(places, rows(table), strict=True):
        end = _draw_interval(ax, row, name, record)
        ax.text(end + 0.015, row, _written(name, record), va="center")


def _draw_interval(ax: Axes, row: float, name: str, record: Mapping[str, Any]) -> float:
    """Draw an interval where there is one; return where the text may begin."""
    low, high = record.get(f"{name}_low"), record.get(f"{name}_high")
    value = record[name] if record[name] == record[name] else 0.0
    if low is None or high is None or not high > low:
        return float(value)
    ax.plot([low, high], [row, row], color=theme.INK, lw=1.6, marker="|", ms=7, zorder=4)
    return float(high)


def _written(name: str, record: Mapping[str, Any]) -> str:
    low, high = record.get(f"{name}_low"), record.get(f"{name}_high")
    if low is None or high is None or not high > low:
        return f"{words.percent(record[name])} {MEASURES[name]}"
    return f"{100 * record[name]:.1f} ± {50 * (high - low):.1f} % {MEASURES[name]}"

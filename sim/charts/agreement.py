"""Simulated against measured: quantile by quantile, end to end and on each link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.charts import theme, words
from sim.charts.slide import own_footnote, plot_axes
from sim.metrics.agreement import Agreement
from sim.metrics.time_agreement import END_TO_END, TOLERANCE_RATIO, TOLERANCE_S

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers

NAME_IN = 2.1
LEAST_S = 1e-5
"""Shorter times are drawn as this: a logarithmic axis has no zero."""

STEPS_OF_BAND = 200
MARGIN = 1.3

EDGES = ("#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00")
MARKERS = ("s", "D", "^", "v", "P", "X", "<", ">")


def agreement(found: Agreement, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw each quantile of the measured times over the same quantile of the simulated ones.

    Parameters
    ----------
    found : Agreement
        What a validation found.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        Points are medians of the real runs, with bars from the least to the greatest; on the diagonal both worlds
        agree, and within the band they differ by no more than is allowed.

    Examples
    --------
    >>> from sim.metrics.agreement import agreement as held_against
    >>> from sim.trace.examples import three_requests
    >>> ax = agreement(held_against(three_requests(), [three_requests()]))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Simulated', 'Measured (lab)')
    """
    table = found.quantiles
    with theme.look():
        ax = plot_axes(ax, headline(found) if title is None else title)
        own_footnote(ax, f"{_runs(found)} · own time on each link, without that of further exchanges")
        low_s, high_s = _limits(table)
        for number, place in enumerate(dict.fromkeys(table["where"])):
            _draw_place(ax, table[table["where"] == place], str(place), number)
        _draw_band(ax, low_s, high_s)
        _draw_scales(ax, low_s, high_s, found.reality)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=1.2, labelspacing=0.6)
    return ax


def headline(found: Agreement) -> str:
    """Return a heading: whether simulation and measurement agree, and what is equal.

    >>> from sim.metrics.agreement import agreement as held_against
    >>> from sim.trace.examples import three_requests
    >>> headline(held_against(three_requests(), [three_requests()]))
    'Three requests: all 3 requests tell the same story, and times agree'
    """
    alike = min(int(found.exact[name].sum()) for name in ("path", "outcome", "pick", "sightings"))
    told = f"all {found.requests}" if alike == found.requests else f"{alike} of {found.requests}"
    times = "times agree" if found.times_agree else "times differ"
    joined = "and" if found.times_agree == (alike == found.requests) else "but"
    return f"{found.title}: {told} requests tell the same story, {joined} {times}"


def _runs(found: Agreement) -> str:
    scenario = found.simulated.meta.get("scenario", {})
    name = f"{scenario.get('name') or 'unnamed'} {scenario.get('hash', '')}".strip()
    return f"{name} · seed {found.simulated.seed} · {words.count(found.repeats, 'real run')}"


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    values = table[["simulated_s", "low_s", "high_s"]].to_numpy().ravel()
    values = np.maximum(values[np.isfinite(values)], LEAST_S)
    return float(values.min()) / MARGIN, float(values.max()) * MARGIN


def _draw_band(ax: Axes, low_s: float, high_s: float) -> None:
    along_s = np.geomspace(low_s, high_s, STEPS_OF_BAND)
    allowed_s = np.maximum(TOLERANCE_S, TOLERANCE_RATIO * along_s)
    label = f"within {words.percent(TOLERANCE_RATIO)}\nor {words.seconds(TOLERANCE_S)}"
    below_s = np.maximum(along_s - allowed_s, low_s / MARGIN)
    ax.fill_between(along_s, below_s, along_s + allowed_s, color=theme.FAINT, linewidth=0, zorder=1, label=label)
    ax.plot(along_s, along_s, color=theme.QUIET, linewidth=0.8, zorder=2)


def _draw_place(ax: Axes, rows: pd.DataFrame, place: str, number: int) -> None:
    simulated_s, measured_s, low_s, high_s = (
        np.maximum(rows[name].to_numpy(dtype=float), LEAST_S)
        for name in ("simulated_s", "measured_s", "low_s", "high_s")
    )
    label = "\n".join(words.wrap(place, NAME_IN, breaks=" "))
    ax.plot(simulated_s, measured_s, linestyle="", zorder=4, label=label, **_style(place, number))
    _draw_spread(ax, simulated_s, low_s, high_s, number)


def _draw_spread(ax: Axes, simulated_s: Numbers, low_s: Numbers, high_s: Numbers, number: int) -> None:
    colour = theme.INK if number == 0 else EDGES[(number - 1) % len(EDGES)]
    ax.vlines(simulated_s, low_s, high_s, color=colour, linewidth=0.8, alpha=0.6, zorder=3)


def _style(place: str, number: int) -> dict[str, Any]:
    dot: dict[str, Any] = {"markeredgecolor": theme.PAPER, "markeredgewidth": 0.6}
    if place == END_TO_END:
        return {"color": theme.INK, "marker": "o", "markersize": 7, **dot}
    colour, marker = EDGES[(number - 1) % len(EDGES)], MARKERS[(number - 1) % len(MARKERS)]
    return {"color": colour, "marker": marker, "markersize": 6, **dot}


def _draw_scales(ax: Axes, low_s: float, high_s: float, reality: str) -> None:
    ax.set(xscale="log", yscale="log", xlim=(low_s, high_s), ylim=(low_s, high_s))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(LogLocator(numticks=8))
        axis.set_major_formatter(FuncFormatter(lambda value, _: words.seconds(value)))
        axis.set_minor_formatter(NullFormatter())
    ax.set(xlabel="Simulated", ylabel=f"Measured ({reality})")
    ax.grid(visible=True)

"""How long requests took: the whole distribution, one line per design, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.charts import theme, words
from sim.charts.designs import Runs, named_runs
from sim.charts.slide import first_runs, own_footnote, plot_axes
from sim.metrics.response_time import describe, response_times_s
from sim.trace.table import Numbers

MOST_POINTS = 2000
"""Points of a line; a longer run is drawn at as many of its order statistics, evenly spread."""

NAME_IN = 2.0


def response_time_cdf(traces: Runs, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw for each response time the share of requests that were answered within it.

    Parameters
    ----------
    traces : Trace, mapping of str to Trace, or Comparison
        One run, or one for each design under its name; of a comparison the first replication of each.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        With one line per design: x in seconds, y the empirical distribution function.  The median is marked.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> response_time_cdf(three_requests()).lines[0].get_xdata().round(3).tolist()
    [0.2, 0.2, 1.4, 1.6]
    """
    times_s = {name: np.sort(response_times_s(trace)) for name, trace in named_runs(traces).items()}
    medians_s = {name: describe(values)["p50_s"] for name, values in times_s.items()}
    with theme.look():
        ax = plot_axes(ax, headline(medians_s) if title is None else title)
        own_footnote(ax, first_runs(traces))
        for number, (name, values) in enumerate(times_s.items()):
            style = theme.line(number) if len(times_s) > 1 else theme.ALONE
            _draw_line(ax, style, name, values, medians_s[name])
        _draw_scales(ax)
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=3.2, labelspacing=0.9)
    return ax


def headline(medians_s: Mapping[str, float]) -> str:
    r"""Return a heading: the lowest median, and that of the first design.

    >>> headline({"Direct": 0.122, "Layered": 0.0016}).replace("\xa0", " ")
    'Layered: half of the requests take at most 1.6 ms; Direct: 122 ms'
    """
    first = next(iter(medians_s))
    best = min(medians_s, key=lambda name: medians_s[name])
    said = f"{best}: half of the requests take at most {words.tie(words.seconds(medians_s[best]))}"
    return said if best == first else f"{said}; {words.tie(f'{first}:', words.seconds(medians_s[first]))}"


def distribution(sorted_s: Numbers) -> tuple[Numbers, Numbers]:
    """Return the corners of the empirical distribution function, thinned where there are very many.

    Parameters
    ----------
    sorted_s : ndarray of float64, shape (requests,)
        Response times in seconds, increasing.

    Returns
    -------
    tuple of ndarray
        Times in seconds, and the share of requests that took at most so long; to be joined by steps.

    Examples
    --------
    >>> [values.tolist() for values in distribution(np.array([1.0, 2.0]))]
    [[1.0, 1.0, 2.0], [0.0, 0.5, 1.0]]
    """
    count = len(sorted_s)
    if not count:
        return np.empty(0), np.empty(0)
    ranks = np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).round().astype(np.int64))
    times_s, shares = sorted_s[ranks], (ranks + 1) / count
    return np.concatenate([times_s[:1], times_s]), np.concatenate([[0.0], shares])


def _draw_line(ax: Axes, style: dict[str, Any], name: str, sorted_s: Numbers, median_s: float) -> None:
    times_s, shares = distribution(sorted_s)
    lines = "\n".join(words.wrap(name, NAME_IN))
    label = f"{lines}\nmedian {words.seconds(median_s)}"
    ax.plot(times_s, shares, drawstyle="steps-post", zorder=3, **{**style, "marker": ""})
    dot: dict[str, Any] = {"markersize": 8, "markeredgecolor": theme.PAPER, "markeredgewidth": 1.0}
    ax.plot([median_s], [0.5], zorder=4, label=label, **style, **dot)


def _draw_scales(ax: Axes) -> None:
    ax.set_xscale("log", nonpositive="clip")
    ax.xaxis.set_major_locator(LogLocator(numticks=8))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: words.seconds(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: words.percent(value)))
    ax.set(ylim=(0, 1.02), yticks=[0, 0.25, 0.5, 0.75, 1], xlabel="Response time", ylabel="Answered within it")
    ax.grid(visible=True)

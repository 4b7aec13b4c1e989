"""Designs held against each other: a dot and its interval for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from sim.charts import theme, words
from sim.charts.bars import MOST_ROWS, name_rows
from sim.charts.designs import rows, titled_table
from sim.charts.slide import own_footnote, plot_axes
from sim.errors import TraceError, nearest
from sim.metrics.compare import Comparison

if TYPE_CHECKING:
    import pandas as pd

LONG_S = 10.0
"""From here on, seconds are written as seconds."""

_NAMES = {"mean_response_time_s": "mean response time", "max_backend_utilisation_ratio": "busiest backend, utilisation"}


def comparison(
    source: pd.DataFrame | Comparison,
    measure: str = "mean_response_time_s",
    ax: Axes | None = None,
    *,
    title: str | None = None,
) -> Axes:
    """Draw one measure of all designs with its intervals.

    Parameters
    ----------
    source : Comparison or pandas.DataFrame
        A comparison, or its table: design, measure, unit, mean, low, high, half_width, n.
    measure : str
        One of its measures.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        One dot and one interval per design.

    Raises
    ------
    TraceError
        If there is no such measure.

    Examples
    --------
    >>> runs = [{"mean_response_time_s": 0.5 + r / 10} for r in range(5)]
    >>> ax = comparison(Comparison.from_measures({"direct": runs}))
    >>> round(float(ax.lines[-1].get_xdata()[0]), 3)
    0.7
    """
    table = titled_table(source) if isinstance(source, Comparison) else source
    known = list(dict.fromkeys(table["measure"]))
    if measure not in known:
        raise TraceError(f"no measure {measure!r} in this comparison", hint=nearest(measure, known))
    found = rows(table[table["measure"] == measure].head(MOST_ROWS))
    with theme.look():
        ax = plot_axes(ax, headline(measure, found) if title is None else title)
        if isinstance(source, Comparison):
            own_footnote(ax, source)
        highest = max((row["high"] for row in found if row["high"] == row["high"]), default=1.0) or 1.0
        ax.set_xlim(0, 1.25 * float(highest))
        for number, row in enumerate(found):
            _draw_row(ax, number, row)
        name_rows(ax, [str(row["design"]) for row in found])
        unit = str(found[0]["unit"])
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, unit)))
        ax.locator_params(axis="x", nbins=5)
        ax.set_xlabel(measure_name(measure).capitalize())
        ax.grid(visible=True, axis="x")
    return ax


def measure_name(measure: str) -> str:
    """Write a measure's name for people.

    >>> measure_name("p95_response_time_s"), measure_name("byte_hit_ratio")
    ('95th percentile of the response time', 'byte hit ratio')
    """
    if measure.startswith("p") and measure.endswith("_response_time_s"):
        return f"{measure[1:].removesuffix('_response_time_s')}th percentile of the response time"
    return _NAMES.get(measure, measure.removesuffix("_s").replace("_", " "))


def written(value: float, unit: str) -> str:
    """Write a value in its unit.

    >>> written(0.25, "s"), written(0.25, "ratio"), written(12.5, "1/s")
    ('250 ms', '25 %', '12.5 1/s')
    """
    if unit == "s":
        return words.seconds(value)
    if unit == "ratio":
        return words.percent(value)
    return f"{words.digits(value)} {unit}" if unit != "count" else words.digits(value)


def headline(measure: str, found: list[dict[str, Any]]) -> str:
    r"""Return a heading: the value of the first design, and of the one farthest from it.

    >>> found = [{"design": "a", "mean": 0.2, "unit": "ratio"}, {"design": "b", "mean": 0.5, "unit": "ratio"}]
    >>> headline("hit_ratio", found).replace("\xa0", " ")
    'Hit ratio: a 20 %, b 50 %'
    """
    first, others = found[0], found[1:]
    name = measure_name(measure)
    said = f"{name[:1].upper()}{name[1:]}: {words.tie(first['design'], written(first['mean'], first['unit']))}"
    if not others:
        return said
    far = max(others, key=lambda row: abs(row["mean"] - first["mean"]))
    return f"{said}, {words.tie(far['design'], written(far['mean'], far['unit']))}"


def _draw_row(ax: Axes, number: int, row: Mapping[str, Any]) -> None:
    style = theme.line(number)
    end = row["high"] if row["high"] == row["high"] else row["mean"]
    ax.plot([row["low"], row["high"]], [number, number], color=theme.INK, lw=2.2, marker="|", ms=11, zorder=3)
    dot = {"marker": style["marker"], "color": style["color"], "ms": 10, "mec": theme.INK, "mew": 1.0, "ls": ""}
    ax.plot([row["mean"]], [number], zorder=4, **dot)
    share = 0.02 * ax.get_xlim()[1]
    ax.text(end + share, number, interval(row), va="center")


def interval(row: Mapping[str, Any]) -> str:
    """Write a mean with the half width of its interval, in one unit.

    >>> interval({"mean": 0.1747, "half_width": 0.0211, "unit": "s"})
    '175 ± 21 ms'
    >>> interval({"mean": 0.5, "half_width": 0.0123, "unit": "ratio"})
    '50.0 ± 1.2 %'
    """
    mean, half, unit = row["mean"], row["half_width"], row["unit"]
    factor, said = {"s": (1e3, "ms"), "ratio": (1e2, "%")}.get(unit, (1.0, unit.replace("count", "")))
    if unit == "s" and mean >= LONG_S:
        factor, said = 1.0, "s"
    mean, half = factor * mean, factor * half
    places = words.places(half, (9.5, 0.095))
    return f"{mean:,.{places}f} ± {half:,.{places}f} {said}".rstrip()

"""How many tests of a suite each proxy passes, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from sim.charts import theme
from sim.charts.bars import MOST_ROWS, hide_scale, name_rows
from sim.charts.designs import rows
from sim.charts.slide import plot_axes

if TYPE_CHECKING:
    import pandas as pd

_LOOKS: tuple[dict[str, Any], ...] = ({"fc": "#56B4E9"}, {"fc": "#CDE8F8", "hatch": "//"}, {"fc": theme.FLOW})
MOST_KINDS = len(_LOOKS)


def scoreboard(table: pd.DataFrame, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw the shares of a suite's tests that proxies pass, with the counts.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per proxy and kind of test: proxy, kind, passed, total (numbers of tests).  Proxies and kinds are drawn
        in the order in which they come, at most three kinds.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        A bar per row of the table, as a share of 1; a container for each kind.

    Examples
    --------
    >>> import pandas as pd
    >>> found = [{"proxy": "edge", "kind": "required", "passed": 3, "total": 4}]
    >>> ax = scoreboard(pd.DataFrame(found))
    >>> [float(bar.get_width()) for bar in ax.containers[0]], ax.texts[0].get_text()
    ([0.75], '3 of 4 required')
    """
    proxies = list(dict.fromkeys(table["proxy"]))[:MOST_ROWS]
    kinds = list(dict.fromkeys(table["kind"]))[:MOST_KINDS]
    with theme.look():
        ax = plot_axes(ax, headline(table) if title is None else title)
        for number, kind in enumerate(kinds):
            shown = table[(table["kind"] == kind) & table["proxy"].isin(proxies)]
            _draw_kind(ax, shown, proxies, (number, len(kinds)))
        name_rows(ax, proxies)
        hide_scale(ax)
        ax.set_xlim(0, 1.32)
    return ax


def headline(table: pd.DataFrame) -> str:
    """Return a heading: which proxy passes most tests of the first kind.

    >>> import pandas as pd
    >>> headline(pd.DataFrame([{"proxy": "edge", "kind": "required", "passed": 3, "total": 4}]))
    'edge passes 3 of 4 required tests'
    """
    if table.empty:
        return "No proxy was tested"
    first = table[table["kind"] == table["kind"].iloc[0]]
    best = rows(first)[int(first["passed"].to_numpy().argmax())]
    return f"{best['proxy']} passes {best['passed']} of {best['total']} {best['kind']} tests"


def _draw_kind(ax: Axes, table: pd.DataFrame, proxies: list[str], place: tuple[int, int]) -> None:
    number, kinds = place
    height = 0.76 / kinds
    found = rows(table)
    places = [proxies.index(record["proxy"]) + (number - (kinds - 1) / 2) * height for record in found]
    shares = [record["passed"] / max(1, record["total"]) for record in found]
    ax.barh(places, shares, height=0.95 * height, ec=theme.INK, lw=0.6, **_LOOKS[number])
    for row, share, record in zip(places, shares, found, strict=True):
        ax.text(share + 0.015, row, f"{record['passed']} of {record['total']} {record['kind']}", va="center")

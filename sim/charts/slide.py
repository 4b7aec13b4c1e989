"""The slide: a figure of one size, with a headline above, small print below, and the picture between.

It needs neither pyplot nor a window, so nothing stays open and it works on any machine; a notebook shows it.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from sim.charts import theme, words
from sim.charts.designs import Runs, named_runs
from sim.metrics.compare import Comparison
from sim.trace.trace import Trace

MARGIN_IN = 0.3
TITLE_LINE_IN = 0.25
SMALL_PRINT_IN = 0.36
GAP_IN = 0.12

ONE_RUN = "one run: no interval"

_METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
}
"""Left out, so that a picture drawn again is the same bytes."""


class Box(NamedTuple):
    """A part of a slide, in inches from its lower left corner."""

    left_in: float
    bottom_in: float
    width_in: float
    height_in: float


class Slide(Figure):
    """A figure with room for a headline and small print.

    Parameters
    ----------
    headline : str
        What is seen, in at most two lines.
    height_in : float
        Height in inches; more than that of a slide only for pictures that would be unreadable on one.

    Examples
    --------
    >>> Slide("What is seen").get_size_inches().tolist()
    [8.0, 4.5]
    """

    def __init__(self, headline: str = "", height_in: float = theme.HEIGHT_IN) -> None:
        with theme.look():
            layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.06)
            super().__init__(figsize=(theme.WIDTH_IN, height_in), dpi=theme.DPI, layout=layout)
            FigureCanvasAgg(self)
            lines = words.balance(headline, theme.WIDTH_IN - 2 * MARGIN_IN, theme.TITLE_PT, "bold")
            left, top = MARGIN_IN / theme.WIDTH_IN, 1 - 0.18 / height_in
            self.headline = self.text(
                left, top, "\n".join(lines), size=theme.TITLE_PT, weight="bold", va="top", linespacing=1.15
            )
            self.small_print = self.text(
                left, 0.08 / height_in, "", size=theme.SMALL_PRINT_PT, color=theme.QUIET, va="bottom"
            )
        head_in = 0.18 + TITLE_LINE_IN * len(lines) + GAP_IN
        self.inside = Box(
            MARGIN_IN, SMALL_PRINT_IN, theme.WIDTH_IN - 2 * MARGIN_IN, height_in - head_in - SMALL_PRINT_IN
        )
        layout.set(rect=self.share(self.inside))

    def share(self, box: Box) -> tuple[float, float, float, float]:
        """Return a box as shares of the slide's width and height, in matplotlib's order."""
        width_in, height_in = self.get_size_inches()
        return (
            float(box.left_in / width_in),
            float(box.bottom_in / height_in),
            float(box.width_in / width_in),
            float(box.height_in / height_in),
        )

    def sheet(self, box: Box | None = None) -> Axes:
        """Add an axes without scales, to draw on in inches.

        Parameters
        ----------
        box : Box, optional
            Where; all between headline and small print if absent.

        Returns
        -------
        matplotlib.axes.Axes
            One unit is one inch; (0, 0) is the box's lower left corner.
        """
        self.set_layout_engine("none")  # nothing is left to be laid out
        with theme.look():
            return as_sheet(self.add_axes(self.share(box or self.inside)))

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        """Show itself in a notebook, sharp on fine screens."""
        stream = io.BytesIO()
        with theme.look():
            self.savefig(stream, format="png", metadata=_METADATA[".png"])
        width_in, height_in = self.get_size_inches()
        return stream.getvalue(), {"width": int(width_in * theme.DPI / 2), "height": int(height_in * theme.DPI / 2)}


def as_sheet(ax: Axes) -> Axes:
    """Turn an axes into a sheet to draw on in inches: no scales, one unit is one inch."""
    figure_in = ax.figure.get_size_inches()  # type: ignore[union-attr]
    place = ax.get_position()
    ax.set_axis_off()
    ax.set(xlim=(0, place.width * figure_in[0]), ylim=(0, place.height * figure_in[1]))
    return ax


def plot_axes(ax: Axes | None, headline: str) -> Axes:
    """Return the axes to plot on: the one given, with a title, or that of a new slide.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        A caller's own axes, or none.
    headline : str
        What is seen.

    Returns
    -------
    matplotlib.axes.Axes
        With scales.
    """
    return _begin(ax, headline, Slide.add_subplot)


def sheet_axes(ax: Axes | None, headline: str, height_in: float = theme.HEIGHT_IN) -> Axes:
    """Return a sheet to draw on in inches: the axes given, with a title, or that of a new slide.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        A caller's own axes, or none.
    headline : str
        What is seen.
    height_in : float
        Height of a new slide in inches.

    Returns
    -------
    matplotlib.axes.Axes
        Without scales.
    """
    return as_sheet(_begin(ax, headline, Slide.sheet, height_in))


def _begin(ax: Axes | None, headline: str, add: Callable[[Slide], Axes], height_in: float = theme.HEIGHT_IN) -> Axes:
    if ax is None:
        return add(Slide(headline, height_in))
    most_in = ax.get_position().width * float(ax.figure.get_size_inches()[0])  # type: ignore[union-attr]
    ax.set_title(words.shorten(headline, most_in, theme.TEXT_PT, "bold"), loc="left", fontsize=theme.TEXT_PT)
    return ax


def footnote(figure: Figure, source: Runs | str) -> None:
    """Write in small print from which run a picture comes.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The slide.
    source : Trace, mapping of str to Trace, Comparison, or str
        What it was drawn from; names scenario, its hash, the seed, and how sure the numbers are.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> slide = Slide()
    >>> footnote(slide, three_requests())
    >>> slide.small_print.get_text()
    'three-requests 0123456789ab · seed 7 · one run: no interval'
    """
    text = source if isinstance(source, str) else provenance(source)
    most_in = float(figure.get_size_inches()[0]) - 2 * MARGIN_IN
    lines = "\n".join(words.wrap(text, most_in, 2, theme.SMALL_PRINT_PT, breaks=" "))
    if isinstance(figure, Slide):
        figure.small_print.set_text(lines)
        return
    with theme.look():
        figure.text(0.01, 0.01, lines, size=theme.SMALL_PRINT_PT, color=theme.QUIET, va="bottom")


def own_footnote(ax: Axes, source: Runs | str) -> None:
    """Write in small print from which run a picture comes, if it has a slide of its own.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        What was drawn on.
    source : Trace, mapping of str to Trace, Comparison, or str
        As for `footnote`.
    """
    if isinstance(ax.figure, Slide) and len(ax.figure.axes) == 1:
        footnote(ax.figure, source)


def provenance(source: Runs) -> str:
    """Return the small print: from which run numbers come, and how certain they are.

    >>> from sim.trace.examples import three_requests
    >>> provenance(three_requests(cut_short=True))
    'three-requests 0123456789ab · seed 7 · one run, cut short: no interval'
    """
    if isinstance(source, Trace):
        said = ONE_RUN.replace(":", ", cut short:") if source.is_cut_short else ONE_RUN
        return f"{_identity(source)} · seed {source.seed} · {said}"
    runs = named_runs(source).values()
    said = "one run of each: no interval"
    if isinstance(source, Comparison):
        said = f"{int(source.table['n'].min())} replications, {source.confidence:.0%} intervals"
    seeds = sorted({f"seed {trace.seed}" for trace in runs})
    return " · ".join([said, *seeds, *map(_identity, runs)])


def first_runs(source: Runs) -> str:
    """Return the small print of a picture that shows one run of each design, even if there were more.

    Parameters
    ----------
    source : Trace, mapping of str to Trace, or Comparison
        What it is drawn from.

    Returns
    -------
    str
        For `footnote`.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> first_runs({"cached": three_requests()})
    'one run of each: no interval · seed 7 · three-requests 0123456789ab'
    """
    if not isinstance(source, Comparison):
        return provenance(source)
    said = provenance(named_runs(source)).removeprefix("one run of each")
    return f"the first of {int(source.table['n'].min())} replications{said}"


def _identity(trace: Trace) -> str:
    scenario = trace.meta.get("scenario", {})
    return f"{scenario.get('name') or 'unnamed'} {scenario.get('hash', '')}".strip()


def save(figure: Figure, path: str | Path) -> list[Path]:
    """Write a picture as PNG and as SVG, the same bytes whenever it is drawn again.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The picture.
    path : str or Path
        File name without its ending.

    Returns
    -------
    list of Path
        The two files.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [file.name for file in save(Slide("Nothing yet"), f"{folder}/v1.5-empty")]
    ['v1.5-empty.png', 'v1.5-empty.svg']
    """
    files = [Path(f"{path}{ending}") for ending in _METADATA]
    with theme.look():
        for file in files:
            figure.savefig(file, format=file.suffix[1:], dpi=theme.DPI, metadata=_METADATA[file.suffix])
    return files


def svg(figure: Figure) -> str:
    """Return a picture as the text of an SVG file, the same whenever it is drawn again.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The picture.

    Returns
    -------
    str
        As `save` writes it.

    Examples
    --------
    >>> svg(Slide("Nothing yet")).rstrip().endswith("</svg>")
    True
    """
    stream = io.StringIO()
    with theme.look():
        figure.savefig(stream, format="svg", dpi=theme.DPI, metadata=_METADATA[".svg"])
    return stream.getvalue()

"""All fitting pictures of a run or of a comparison, written to a folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.charts.agreement import agreement
from sim.charts.breakdown import breakdown, designs
from sim.charts.caching import hit_ratios
from sim.charts.comparison import comparison
from sim.charts.ladder import ladder
from sim.charts.response_time import response_time_cdf
from sim.charts.slide import Slide, footnote, provenance, save
from sim.charts.topology import topology
from sim.charts.visibility import headline, in_tiers, visibility_designs, visibility_matrix
from sim.metrics.agreement import Agreement
from sim.metrics.compare import Comparison
from sim.trace.trace import Trace

Progress = Callable[[int, int], None]
"""Called after each picture with how many are drawn, and how many there are."""

COMPARED = {"mean-response-time": "mean_response_time_s", "p95-response-time": "p95_response_time_s"}
"""Measures that get a picture with intervals."""


class Picture(NamedTuple):
    """A picture to be drawn: name of its file, how, and its small print where the chart does not know it."""

    name: str
    draw: Callable[[], Axes | Slide]
    source: str = ""

    def figure(self) -> Figure:
        """Draw it."""
        drawn = self.draw()
        figure = drawn if isinstance(drawn, Figure) else drawn.get_figure(root=True)
        if figure is None:
            raise AssertionError("a chart returns axes that are part of a figure")
        if self.source:
            footnote(figure, self.source)
        return figure


def save_all(
    source: Trace | Comparison | Agreement, directory: str | Path, progress: Progress | None = None
) -> list[Path]:
    """Draw everything that fits, each as PNG and SVG.

    Parameters
    ----------
    source : Trace, Comparison or Agreement
        A run: topology, response-time-cdf, breakdown-by-hop, hit-ratios (with a cache), visibility, ladder (with
        steps).  A comparison: topology, visibility and ladder of each design, under its name; and for all
        together response-time-cdf, breakdown, hit-ratios, mean- and p95-response-time, visibility.  A model held
        against reality: agreement.
    directory : str or Path
        Where to; made if it is not there.
    progress : callable of (done, total), optional
        Called after each picture.

    Returns
    -------
    list of Path
        The files, in the order of drawing; the same bytes whenever they are drawn again.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from sim.trace.examples import three_requests
    >>> with TemporaryDirectory() as folder:
    ...     [file.name for file in save_all(three_requests(), folder)][:4]
    ['topology.png', 'topology.svg', 'response-time-cdf.png', 'response-time-cdf.svg']
    """
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pictures(source)
    files: list[Path] = []
    for number, picture in enumerate(wanted, start=1):
        files += save(picture.figure(), folder / picture.name)
        if progress is not None:
            progress(number, len(wanted))
    return files


def pictures(source: Trace | Mapping[str, Trace] | Comparison | Agreement) -> list[Picture]:
    """List everything that fits, not yet drawn.

    Parameters
    ----------
    source : Trace, mapping of str to Trace, Comparison, or Agreement
        As for `save_all`; of several runs that are no comparison, what shows them together.

    Returns
    -------
    list of Picture
        In the order of drawing.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> [picture.name for picture in pictures({"a": three_requests(), "b": three_requests()})]
    ['response-time-cdf', 'breakdown', 'visibility']
    """
    if isinstance(source, Trace):
        return list(_of_run(source))
    if isinstance(source, Agreement):
        return [Picture("agreement", partial(agreement, source))]
    return list(_of_comparison(source) if isinstance(source, Comparison) else _together(source))


def _of_run(trace: Trace) -> Iterator[Picture]:
    yield Picture("topology", lambda: topology(trace))
    if trace.counted.any():
        yield Picture("response-time-cdf", lambda: response_time_cdf(trace))
        yield Picture("breakdown-by-hop", lambda: breakdown(trace))
        if any(node.get("cache") for node in trace.nodes.values()):
            yield Picture("hit-ratios", lambda: hit_ratios(trace))
    yield from _sight_and_path(trace, "")


def _sight_and_path(trace: Trace, prefix: str) -> Iterator[Picture]:
    said = provenance(trace)
    yield Picture(f"{prefix}visibility", lambda: visibility_matrix(in_tiers(trace), title=headline(trace)), said)
    if trace.counted.any() and len(trace.tables["steps"]):
        yield Picture(f"{prefix}ladder", lambda: ladder(trace))


def _of_comparison(found: Comparison) -> Iterator[Picture]:
    for design, trace in found.traces.items():
        prefix = f"{_file_name(design)}-"
        yield Picture(f"{prefix}topology", partial(topology, trace))
        yield from _sight_and_path(trace, prefix)
    if found.traces:
        yield Picture("response-time-cdf", lambda: response_time_cdf(found))
        yield Picture("breakdown", lambda: breakdown(found))
        yield Picture("visibility", lambda: visibility_designs(found))
    yield Picture("hit-ratios", lambda: hit_ratios(found))
    for name, measure in COMPARED.items():
        yield Picture(name, partial(comparison, found, measure))


def _together(runs: Mapping[str, Trace]) -> Iterator[Picture]:
    said = provenance(runs)
    if all(trace.counted.any() for trace in runs.values()):
        yield Picture("response-time-cdf", lambda: response_time_cdf(runs))
        yield Picture("breakdown", lambda: breakdown(designs(runs)), said)
    yield Picture("visibility", lambda: visibility_designs(runs))


def _file_name(design: str) -> str:
    r"""Make a name that every file system takes.

    >>> _file_name("a/b: <c>")
    'a-b-c'
    """
    return re.sub(r"[^\w.]+", "-", design).strip("-.") or "design"

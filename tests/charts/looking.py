"""Look at pictures as a person would: is every text large enough, whole, and clear of the others?"""

from __future__ import annotations

from itertools import combinations, pairwise

from matplotlib.text import Text

from sim.charts import theme
from sim.metrics import Comparison, measures
from sim.trace.examples import three_requests


def texts(figure) -> list[Text]:
    """All texts that are seen, after the picture has been laid out."""
    with theme.look():
        figure.draw_without_rendering()
    unseen = {id(label) for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for label in _out_of_view(axis)}
    found = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in found if id(text) not in unseen]


def _out_of_view(axis) -> list[Text]:
    drawn = axis._update_ticks() if axis.axes.axison else []
    ticks = [*axis.majorTicks, *axis.minorTicks]
    return [label for tick in ticks if tick not in drawn for label in (tick.label1, tick.label2)]


def words(figure) -> list[str]:
    """What is written in a picture."""
    return [text.get_text() for text in texts(figure)]


def check(figure) -> None:
    """Hold a picture to what every slide must be."""
    found = texts(figure)
    small = [text.get_text() for text in found if text.get_fontsize() < 12 and text is not figure.small_print]
    assert not small, f"too small: {small}"
    edge = figure.bbox
    outside = [
        text.get_text()
        for text in found
        if (box := text.get_window_extent()).x0 < 0 or box.y0 < 0 or box.x1 > edge.x1 or box.y1 > edge.y1
    ]
    assert not outside, f"cut off: {outside}"


def overlapping(found) -> list[tuple[str, str]]:
    """Pairs of texts that cover each other by more than a hair."""
    boxes = [(text.get_text(), text.get_window_extent()) for text in found]
    return [
        (one, other)
        for (one, a), (other, b) in combinations(boxes, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > 4 and min(a.y1, b.y1) - max(a.y0, b.y0) > 6
    ]


def is_increasing(values) -> bool:
    """Whether no value is below the one before."""
    return all(before <= after for before, after in pairwise(values))


def small_comparison(**titles) -> Comparison:
    """Two designs, five replications each."""
    slow = [{**measures(three_requests()), "mean_response_time_s": 1.0 + r / 10} for r in range(5)]
    fast = [
        {**measures(three_requests()), "mean_response_time_s": 0.5 + r / 10, "hit_ratio": 0.5 + r / 50}
        for r in range(5)
    ]
    traces = {"direct": three_requests(), "cached": three_requests()}
    return Comparison.from_measures({"direct": slow, "cached": fast}, titles=titles, traces=traces)

"""The ladder (sequence diagram) of one request: its messages between nodes, step by step, in the textbook's words.

Steps stand at even distances in the order of their times, which are written beside them: true to scale, a tenth
of a second at a worker would leave no room for the microseconds at a proxy.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import FancyArrowPatch, Rectangle

from sim.charts import theme, words
from sim.charts.exchanges import Ladder, LadderHop, Step, ladder_of
from sim.charts.slide import own_footnote, sheet_axes
from sim.outcomes import FAILED, outcome_of
from sim.response_parts import SERVICE, WAITING
from sim.trace.trace import Trace

HEAD_LINE_IN, ROW_IN, FOOT_LINE_IN = 0.185, 0.16, 0.19
TIME_IN, GAP_IN, MOST_DOT_PT = 0.58, 0.14, 14.0
TEXT_IN, NARROW_TEXT_IN, WIDE = 3.0, 2.1, 4
WORK_ROWS = 1.5
SPARE_IN = 0.1
"""The small print of one run takes one line only."""

ROOM_IN = 1.07
"""What title, small print and gaps take of the height."""


class _LadderSheet(NamedTuple):
    """Where things stand, in inches: lifelines by party, rows by step, and the column of texts."""

    x: dict[str, float]
    y: list[float]
    text_x: float
    text_in: float
    foot: float
    top: float


def ladder(trace: Trace, request_id: int | None = None, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw the path of one request.

    Parameters
    ----------
    trace : Trace
        A trace with steps.
    request_id : int, optional
        Which request; one with the longest path if absent, see ``exchanges.interesting``.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent, taller than usual if the path is very long.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        In inches; messages are arrows with ``gid`` ``message:HOP:request`` and ``message:HOP:response``.

    Raises
    ------
    TraceError
        If there is no such request, or the trace has no steps of it.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> ax = ladder(three_requests(), 0)
    >>> sum(str(patch.get_gid()).endswith(":request") for patch in ax.patches)
    2
    """
    drawn = ladder_of(trace, request_id)
    foot_lines = max((len(_causes(exchange)) for exchange in drawn.exchanges), default=0)
    fixed_in = ROOM_IN + HEAD_LINE_IN * _head_lines(drawn) + FOOT_LINE_IN * foot_lines
    needed_in = fixed_in + ROW_IN * (len(drawn.steps) - 1 + (WORK_ROWS - 1) * len(drawn.served()))
    with theme.look():
        headline = headline_of(drawn) if title is None else title
        ax = sheet_axes(ax, headline, max(theme.HEIGHT_IN, needed_in))
        own_footnote(ax, trace)
        sheet = _arrange(drawn, ax, foot_lines)
        _draw_lifelines(ax, drawn, sheet)
        for exchange in drawn.exchanges:
            _draw_exchange(ax, exchange, sheet)
        _draw_steps(ax, drawn, sheet)
    return ax


def headline_of(drawn: Ladder) -> str:
    r"""Return a heading: the outcome of a request, how long it took, and the largest part of that.

    >>> from sim.trace.examples import three_requests
    >>> headline_of(ladder_of(three_requests(), 0)).replace("\xa0", " ")
    'Request 0, a miss: 1.4 s, of which service 800 ms'
    """
    said = f"Request {drawn.request_id}, {outcome_of(drawn.outcome).phrase}: {words.tie(words.seconds(drawn.lasted_s))}"
    cause, part_s = max(drawn.causes_s.items(), key=lambda item: item[1], default=("", 0.0))
    return f"{said}, of which {words.tie(cause, words.seconds(part_s))}" if part_s > 0 else said


# --- where everything stands ------------------------------------------------------------------------------


def _head_lines(drawn: Ladder) -> int:
    return 1 + max(len(addresses) for addresses in drawn.parties.values())


def _arrange(drawn: Ladder, ax: Axes, foot_lines: int) -> _LadderSheet:
    width_in, height_in = ax.get_xlim()[1], ax.get_ylim()[1]
    text_in = TEXT_IN if len(drawn.parties) < WIDE else NARROW_TEXT_IN
    left_in = TIME_IN + words.width_in(_name(next(iter(drawn.parties)), 1.2), weight="bold") / 2
    right_in = width_in - text_in - GAP_IN
    x = np.linspace(left_in, right_in, len(drawn.parties)) if len(drawn.parties) > 1 else np.array([left_in])
    foot = FOOT_LINE_IN * foot_lines + 0.04 - SPARE_IN
    top = height_in - HEAD_LINE_IN * _head_lines(drawn) - 0.03
    y = _rows(drawn, foot + 0.09, top - 0.1)
    places = dict(zip(drawn.parties, map(float, x), strict=True))
    return _LadderSheet(places, y, width_in - text_in, text_in, foot, top)


def _rows(drawn: Ladder, bottom: float, top: float) -> list[float]:
    """Spread the steps over the height, with more room where a worker was busy."""
    gaps = np.array([WORK_ROWS if number in drawn.served() else 1.0 for number in range(1, len(drawn.steps))])
    heights = np.concatenate([[0.0], np.cumsum(gaps)])
    most_in = min(top - bottom, 0.42 * float(heights[-1])) if heights[-1] else 0.0
    return [float(top - most_in * share) for share in heights / (heights[-1] or 1.0)]


def _name(name: str, most_in: float) -> str:
    return words.shorten(name, most_in, weight="bold")


# --- drawing ----------------------------------------------------------------------------------------------


def _draw_lifelines(ax: Axes, drawn: Ladder, sheet: _LadderSheet) -> None:
    spacing_in = _spacing_in(sheet)
    for name, addresses in drawn.parties.items():
        x = sheet.x[name]
        ax.add_line(Line2D([x, x], [sheet.foot, sheet.top], color=theme.GREY, lw=1.0, zorder=1))
        lines = [_name(name, spacing_in - 0.06), *(words.shorten(address, spacing_in - 0.04) for address in addresses)]
        for number, line in enumerate(lines):
            style: dict[str, Any] = {"weight": "bold"} if number == 0 else {"color": theme.QUIET}
            y = ax.get_ylim()[1] - number * HEAD_LINE_IN
            ax.text(x, y, line, ha="center", va="top", **style)


def _spacing_in(sheet: _LadderSheet) -> float:
    places = list(sheet.x.values())
    return places[1] - places[0] if len(places) > 1 else 2 * places[0]


def _draw_exchange(ax: Axes, exchange: LadderHop, sheet: _LadderSheet) -> None:
    sender_x, receiver_x = sheet.x[exchange.sender], sheet.x[exchange.receiver]
    if exchange.sent is not None:
        end = exchange.received
        _draw_arrow(ax, exchange, "request", (sender_x, sheet.y[exchange.sent]), receiver_x, end, sheet)
    if exchange.answered is not None:
        start = (receiver_x, sheet.y[exchange.answered])
        _draw_arrow(ax, exchange, "response", start, sender_x, exchange.returned, sheet)
    middle = (sender_x + receiver_x) / 2
    room_in = abs(receiver_x - sender_x) - 0.06
    for number, line in enumerate(_causes(exchange)):
        y = sheet.foot - 0.03 - number * FOOT_LINE_IN
        ax.text(middle, y, words.shorten(line, room_in), ha="center", va="top", color=theme.QUIET)


def _draw_arrow(
    ax: Axes,
    exchange: LadderHop,
    message: str,
    start: tuple[float, float],
    end_x: float,
    end_row: int | None,
    sheet: _LadderSheet,
) -> None:
    """Draw a message from one lifeline to the other; one that never came ends half way with a cross."""
    is_lost = end_row is None
    target = (start[0] + end_x) / 2 if is_lost else end_x
    y = start[1] - 0.1 if end_row is None else sheet.y[end_row]
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 11, "lw": 1.4, "color": theme.INK, "zorder": 3}
    dashes = "-" if message == "request" else (0, (4, 2))
    shrink: dict[str, Any] = {"shrinkA": 0, "shrinkB": 0 if is_lost else 5}
    gid = f"message:{exchange.hop_id}:{message}"
    ax.add_patch(FancyArrowPatch(start, (target, y), ls=dashes, gid=gid, **style, **shrink))
    if is_lost:
        ax.plot([target], [y], FAILED.marker, color=FAILED.colour, ms=9, zorder=4)


def _causes(exchange: LadderHop) -> list[str]:
    """Write where the time of an exchange went, but for what stands at the receiver: waiting and service."""
    return [f"{cause} {words.seconds(part_s)}" for cause, part_s in exchange.causes_s.items() if part_s > 0]


def _draw_steps(ax: Axes, drawn: Ladder, sheet: _LadderSheet) -> None:
    served = drawn.served()
    ax.text(TIME_IN - 0.14, sheet.top + 0.03, drawn.unit.name, ha="right", va="bottom", color=theme.QUIET)
    size_pt = min(MOST_DOT_PT, words.POINTS_PER_IN * _closest_in(sheet) * 0.98)
    before = None
    for number, step in enumerate(drawn.steps):
        x, y = sheet.x[step.node], sheet.y[number]
        time = drawn.unit.written(step.after_s)
        if time != before:
            ax.text(TIME_IN - 0.14, y, time, ha="right", va="center_baseline", color=theme.QUIET)
        before = time
        ax.add_line(Line2D([x, sheet.text_x - 0.05], [y, y], color=theme.FAINT, lw=0.7, zorder=0))
        _draw_number(ax, step, (x, y), size_pt)
        ax.text(sheet.text_x, y, _said(step, sheet.text_in), va="center_baseline")
        if number in served:
            _draw_work(ax, served[number], x, (sheet.y[number - 1], y))


def _closest_in(sheet: _LadderSheet) -> float:
    return min((above - below for above, below in pairwise(sheet.y)), default=1.0)


def _draw_number(ax: Axes, step: Step, at: tuple[float, float], size_pt: float) -> None:
    """Draw a step's number on its lifeline, in the mark of the outcome that was decided in it."""
    mark = outcome_of(step.outcome) if step.outcome else None
    face, edge, colour = (mark.colour, mark.colour, theme.PAPER) if mark else (theme.PAPER, theme.INK, theme.INK)
    marker = mark.marker if mark else "o"
    # A marker without an area is all edge: it must be as broad as the number that stands on it.
    edge_pt = 1.0 if MarkerStyle(marker).is_filled() else 0.7 * size_pt
    x, y = at
    ax.plot([x], [y], marker, ms=size_pt, mfc=face, mec=edge, mew=edge_pt, zorder=5, clip_on=False)
    ax.text(x, y, str(step.number), ha="center", va="center_baseline", weight="bold", color=colour, zorder=6)


def _draw_work(ax: Axes, exchange: LadderHop, x: float, between: tuple[float, float]) -> None:
    """Draw a party's queue and its work as a bar on its lifeline, in proportion."""
    top, bottom = between
    parts_s = {WAITING: exchange.waiting_s, SERVICE: exchange.service_s}
    for part, part_s in parts_s.items():
        height = (between[0] - bottom) * part_s / sum(parts_s.values())
        top -= height
        bar = Rectangle((x - 0.05, top), 0.1, height, fc=part.colour, ec=theme.INK, lw=0.6, zorder=2)
        bar.set_hatch(part.hatch)
        ax.add_patch(bar)
    paper = {"boxstyle": "square,pad=0.05", "fc": theme.PAPER, "ec": "none"}
    y = (between[0] + bottom) / 2
    text = ", ".join(f"{part.label} {words.seconds(part_s)}" for part, part_s in parts_s.items() if part_s > 0)
    ax.text(x - 0.12, y, text, ha="right", va="center_baseline", color=theme.QUIET, zorder=2.5, bbox=paper)


def _said(step: Step, most_in: float) -> str:
    """Return the longest text about a step that fits: a stage's sentence or a few words, with or without detail."""
    detail = f": {step.detail}" if step.detail else ""
    texts = [step.stage_sentence.removesuffix("."), step.words] if step.stage_sentence else [step.words]
    ways = [way for text in texts for way in (f"{text}{detail}", text)]
    return next((way for way in ways if words.width_in(words.plain(way)) <= most_in), words.shorten(ways[-1], most_in))

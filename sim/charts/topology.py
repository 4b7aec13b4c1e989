"""The topology with its flows: where every node stands, what every link carried, what caches answered.

Tiers run from left to right as requests travel; a link is as thick as the requests that it carried.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from sim.charts import theme, words
from sim.charts.flows import MOST_INSIDE, Flow, Flows, PartyBox, flows
from sim.charts.slide import Box, own_footnote, sheet_axes
from sim.metrics import caching
from sim.outcomes import HIT
from sim.trace.table import Numbers
from sim.trace.trace import Trace

SYMBOL_IN, LINE_IN, PAD_IN = 0.36, 0.2, 0.1
OUTER_TEXT_IN, MIN_PT, THICKEST_PT = 1.35, 1.2, 9.0

LEGEND = "On each link: requests per second, and below it the delay one way."

_SPREAD = (0.76, 0.7, 0.64, 0.82, 0.58, 0.84, 0.52, 0.44, 0.36, 0.28)
_LABELS_AT = {1: _SPREAD, -1: tuple(1 - t for t in _SPREAD), 0: (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)}
"""Where along a link its label is tried, best place first: of links that part, that meet, and that do neither."""

_SAMPLES = np.linspace(0.0, 1.0, 41)

_BENDS = {1: (0.3, 0.45), -1: (0.55, 0.7), 0: (0.5, 0.5)}
"""Where such links bend, as shares of the way across."""

_SHAPES = {
    "forward_proxy": ((-1, -0.9), (0.3, -0.9), (1, 0), (0.3, 0.9), (-1, 0.9)),  # an arrow out of the clients' site
    "reverse_proxy": ((1, -0.9), (-0.3, -0.9), (-1, 0), (-0.3, 0.9), (1, 0.9)),  # … and into the servers'
    "backend": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
}
"""Corners of the symbols; a client is a circle."""


class _Spot(NamedTuple):
    """Where a party stands, in inches, and on which side of it its name is written."""

    x: float
    y: float
    side: str


class _Sheet(NamedTuple):
    """What a label must keep clear of: boxes that are taken, and points of links that it does not belong to."""

    ax: Axes
    taken: list[Box]
    others: Numbers

    def is_free(self, box: Box) -> bool:
        corner, size = np.array(box[:2]), np.array(box[2:])
        is_inside = ((self.others > corner) & (self.others < corner + size)).all(axis=1)
        return not is_inside.any() and not any(overlap(box, other) for other in self.taken)


def topology(trace: Trace, ax: Axes | None = None, *, title: str | None = None) -> Axes:
    """Draw the parties of a run, the links between them, and what flowed.

    Parameters
    ----------
    trace : Trace
        Any trace; what is written at links and caches is of the time after the warm-up.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new slide if absent.
    title : str, optional
        What is seen; worked out if absent.

    Returns
    -------
    matplotlib.axes.Axes
        In inches.  Links are patches with ``gid`` ``link:A–B``.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> topology(three_requests()).figure.headline.get_text()
    'Three requests: 67 % of requests reach a backend'
    """
    drawn = flows(trace)
    with theme.look():
        ax = sheet_axes(ax, _headline(trace) if title is None else title)
        own_footnote(ax, trace)
        places = _places(drawn, ax)
        taken = [_text_box(party, places) for party in _parties(drawn)]
        _draw_sites(ax, drawn, places, taken)
        taken += [_symbol_box(place) for place in places.values()]
        _draw_links(ax, drawn, places, taken)
        for party in _parties(drawn):
            _draw_party(ax, party, places[party.key])
        ax.text(0, 0.04, LEGEND, color=theme.QUIET, va="bottom")
    return ax


def _headline(trace: Trace) -> str:
    spared = caching.spared(trace).iloc[0]
    asked, served = int(spared["client_requests"]), int(spared["backend_requests"])
    if not asked:
        return f"{trace.title}: no request counts"
    reach = "every request reaches" if asked == served else f"{words.percent(served / asked)} of requests reach"
    return f"{trace.title}: {reach} a backend"


def _parties(drawn: Flows) -> list[PartyBox]:
    return [party for tier in drawn.tiers for party in tier]


# --- where everything stands ------------------------------------------------------------------------------


def _places(drawn: Flows, ax: Axes) -> dict[str, _Spot]:
    """Spread tiers over the width and the parties of each over the height, with room for names outside."""
    width_in, height_in = ax.get_xlim()[1], ax.get_ylim()[1]
    left_in, right_in = (_text_width_in(drawn.tiers[end]) + SYMBOL_IN / 2 + 3 * PAD_IN for end in (0, -1))
    across = np.linspace(left_in, width_in - right_in, len(drawn.tiers))
    bottom_in = LINE_IN + 2 * PAD_IN  # the legend stands below, and a site's name on top
    usable_in = height_in - bottom_in - LINE_IN - PAD_IN
    places = {}
    for number, (x, tier) in enumerate(zip(across, drawn.tiers, strict=True)):
        side = "left" if number == 0 else "right" if number == len(drawn.tiers) - 1 else "below"
        # Names below symbols need room where there are many.
        lift_in = LINE_IN if side == "below" and len(tier) == MOST_INSIDE else 0.0
        for rank, party in enumerate(tier):
            y = bottom_in + usable_in * (len(tier) - rank - 0.5) / len(tier) + lift_in
            places[party.key] = _Spot(float(x), float(y), side)
    return places


def _lines(party: PartyBox) -> list[str]:
    """Return the lines written at a party: name, note, what its cache answered."""
    hits = [f"{party.hits} hits"] if party.hits else []
    return [words.shorten(party.name, OUTER_TEXT_IN, weight="bold"), *filter(None, [party.note]), *hits]


def _text_width_in(parties: Iterable[PartyBox]) -> float:
    return max(_width_in(_lines(party)) for party in parties)


def _width_in(lines: Sequence[str]) -> float:
    mark_in = 0.2 if lines[-1].endswith(" hits") else 0.0
    return max(words.width_in(lines[0], weight="bold"), *(words.width_in(line) + mark_in for line in lines))


def _text_box(party: PartyBox, places: dict[str, _Spot]) -> Box:
    place, lines = places[party.key], _lines(party)
    width_in, height_in = _width_in(lines), len(lines) * LINE_IN
    if place.side == "below":
        return Box(place.x - width_in / 2, place.y - SYMBOL_IN / 2 - height_in - 0.04, width_in, height_in)
    away_in = SYMBOL_IN / 2 + PAD_IN
    x = place.x - away_in - width_in if place.side == "left" else place.x + away_in
    return Box(x, place.y - height_in / 2, width_in, height_in)


def _symbol_box(place: _Spot) -> Box:
    return Box(place.x - SYMBOL_IN / 2, place.y - SYMBOL_IN / 2, SYMBOL_IN, SYMBOL_IN)


def _around(boxes: Sequence[Box], pad_in: float) -> Box:
    left, bottom = min(b.left_in for b in boxes) - pad_in, min(b.bottom_in for b in boxes) - pad_in
    right = max(b.left_in + b.width_in for b in boxes) + pad_in
    top = max(b.bottom_in + b.height_in for b in boxes) + pad_in
    return Box(left, bottom, right - left, top - bottom)


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes overlap.

    >>> overlap(Box(0, 0, 2, 2), Box(1, 1, 2, 2)), overlap(Box(0, 0, 1, 1), Box(1, 0, 1, 1))
    (True, False)
    """
    return (
        one.left_in < other.left_in + other.width_in
        and other.left_in < one.left_in + one.width_in
        and one.bottom_in < other.bottom_in + other.height_in
        and other.bottom_in < one.bottom_in + one.height_in
    )


# --- drawing ----------------------------------------------------------------------------------------------


def _draw_sites(ax: Axes, drawn: Flows, places: dict[str, _Spot], texts: list[Box]) -> None:
    """Draw each site as an area, unless it would cover a node of another site."""
    boxes = {
        party.key: _around([text, _symbol_box(places[party.key])], 0)
        for party, text in zip(_parties(drawn), texts, strict=True)
    }
    site_of = {party.key: party.site for party in _parties(drawn)}
    for site in dict.fromkeys(filter(None, site_of.values())):
        inside = _around([boxes[name] for name in boxes if site_of[name] == site], PAD_IN)
        name = words.shorten(site, max(inside.width_in - PAD_IN, 0.6))
        width_in = max(inside.width_in, words.width_in(name) + 2 * PAD_IN)
        area = Box(inside.left_in, inside.bottom_in, width_in, inside.height_in + LINE_IN)
        if any(overlap(area, boxes[name]) for name in boxes if site_of[name] != site):
            continue
        corner, size = (area.left_in, area.bottom_in), (area.width_in, area.height_in)
        style = "round,pad=0,rounding_size=0.12"
        ax.add_patch(FancyBboxPatch(corner, *size, boxstyle=style, fc=theme.AREA, ec=theme.FAINT, lw=0.8, zorder=0))
        top_in = area.bottom_in + area.height_in - 0.06
        ax.text(area.left_in + PAD_IN, top_in, name, color=theme.QUIET, style="italic", va="top", zorder=1)


def _draw_links(ax: Axes, drawn: Flows, places: dict[str, _Spot], taken: list[Box]) -> None:
    tier_size = {party.key: len(tier) for tier in drawn.tiers for party in tier}
    most_per_s = max((link.requests_per_s for link in drawn.links), default=0.0)
    fans = [int(np.sign(tier_size[link.receiver] - tier_size[link.sender])) for link in drawn.links]
    curves = [
        _curve(places[link.sender], places[link.receiver], _BENDS[fan])
        for link, fan in zip(drawn.links, fans, strict=True)
    ]
    passed = np.array([[_point(curve, t) for t in _SAMPLES] for curve in curves]).reshape(len(curves), -1, 2)
    for number, (link, fan, curve) in enumerate(zip(drawn.links, fans, curves, strict=True)):
        width_pt = max(MIN_PT, THICKEST_PT * link.requests_per_s / most_per_s) if most_per_s > 0 else MIN_PT
        _draw_link(ax, link, curve, width_pt)
        others = np.delete(passed, number, axis=0).reshape(-1, 2)
        sheet = _Sheet(ax, taken, others)
        _draw_label(sheet, link, [_point(curve, t) for t in _LABELS_AT[fan]], width_pt)


def _curve(start: _Spot, end: _Spot, bends: tuple[float, float]) -> Path:
    """Return a curve that leaves and arrives level, so that it stays clear of the names below symbols."""
    left_x, right_x = start.x + SYMBOL_IN / 2, end.x - SYMBOL_IN / 2
    first, second = (left_x + (right_x - left_x) * bend for bend in bends)
    corners = [(left_x, start.y), (first, start.y), (second, end.y), (right_x, end.y)]
    return Path(corners, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])


def _point(curve: Path, share: float) -> tuple[float, float]:
    """Return a point of a cubic Bézier curve."""
    weights = np.array([(1 - share) ** 3, 3 * share * (1 - share) ** 2, 3 * share**2 * (1 - share), share**3])
    x, y = weights @ np.asarray(curve.vertices)
    return float(x), float(y)


def _draw_link(ax: Axes, link: Flow, curve: Path, width_pt: float) -> None:
    dashes = "-" if link.requests_per_s > 0 else (0, (3, 3))
    gid = f"link:{link.sender}–{link.receiver}"
    look: dict[str, Any] = {"fc": "none", "ec": theme.FLOW, "lw": width_pt, "ls": dashes, "capstyle": "butt"}
    ax.add_patch(PathPatch(curve, zorder=2, gid=gid, **look))


def _draw_label(sheet: _Sheet, link: Flow, points: Sequence[tuple[float, float]], width_pt: float) -> None:
    """Write rate and delay where they cover nothing; if there is no such place, the line's width shows the rate."""
    rate = f"{words.rate(link.requests_per_s)}/s"
    delay = "" if link.delay_s is None else words.seconds(link.delay_s)
    delay += f", TLS {link.tls}" if link.tls else ""
    width_in = max(words.width_in(rate), words.width_in(delay)) + 0.06
    away_in = width_pt / words.POINTS_PER_IN / 2 + 0.03 + LINE_IN / 2
    for rate_in, delay_in in ((away_in, -away_in), (away_in + LINE_IN, away_in)):  # above and below, or both above
        for x, y in points:
            bottom_in = y + delay_in - LINE_IN / 2
            box = Box(x - width_in / 2, bottom_in, width_in, rate_in - delay_in + LINE_IN)
            if sheet.is_free(box):
                sheet.taken.append(box)
                _write(sheet.ax, x, y + rate_in, rate, theme.INK)
                _write(sheet.ax, x, y + delay_in, delay, theme.QUIET)
                return


def _write(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    halo = [withStroke(linewidth=3, foreground=theme.PAPER, alpha=0.8)]
    ax.text(x, y, text, color=colour, ha="center", va="center", zorder=3, path_effects=halo)


def _draw_party(ax: Axes, party: PartyBox, place: _Spot) -> None:
    _draw_symbol(ax, party.role, place)
    box, lines = _text_box(party, {party.key: place}), _lines(party)
    align = {"below": "center", "left": "right", "right": "left"}[place.side]
    x = {"center": place.x, "right": box.left_in + box.width_in, "left": box.left_in}[align]
    for number, line in enumerate(lines):
        y = box.bottom_in + box.height_in - (number + 0.5) * LINE_IN
        weight, colour = ("bold", theme.INK) if number == 0 else ("normal", theme.QUIET)
        is_cache = bool(party.hits) and number == len(lines) - 1
        shift_in = 0.1 if is_cache and align == "center" else 0.2 if is_cache and align == "left" else 0.0
        ax.text(x + shift_in, y, line, ha=align, va="center_baseline", weight=weight, color=colour, zorder=5)
        if is_cache:
            start_in = {
                "center": x - words.width_in(line) / 2,
                "right": x - words.width_in(line) - 0.1,
                "left": x + 0.1,
            }
            ax.plot([start_in[align]], [y], HIT.marker, color=HIT.colour, ms=8, zorder=5, clip_on=False)


def _draw_symbol(ax: Axes, role: str, place: _Spot) -> None:
    look: dict[str, Any] = {"fc": theme.PAPER, "ec": theme.INK, "lw": 1.6, "zorder": 4, "gid": f"role:{role}"}
    half_in = SYMBOL_IN / 2
    if role == "client":
        ax.add_patch(Circle((place.x, place.y), half_in * 0.9, **look))
        return
    corners = [(place.x + half_in * dx, place.y + half_in * dy) for dx, dy in _SHAPES[role]]
    ax.add_patch(Polygon(corners, joinstyle="round", **look))

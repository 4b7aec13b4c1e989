"""How the player looks: the palette, marks and words of the house, as plain data for the page.

The values are those of ``sim.charts.theme`` (a test holds the two together), which cannot be imported here: it
loads matplotlib, and charts and player do not know each other.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.trace.schema import OUTCOMES, STEP_TEXTS


class Mark(NamedTuple):
    """Colour and shape of an outcome, with the glyph that stands for it in running text."""

    colour: str
    shape: str
    glyph: str


GREY = "#7F7F7F"
UNDECIDED = Mark(GREY, "triangle", "△")

MARKS = {
    "hit": Mark("#009E73", "circle", "●"),
    "miss": Mark("#0072B2", "square", "■"),
    "blocked": Mark("#E69F00", "diamond", "◆"),
    "failed": Mark("#D55E00", "cross", "✕"),
    "bypass": Mark(GREY, "triangle", "▲"),
    "revalidated": Mark("#56B4E9", "plus", "✚"),
    "stale": Mark("#CC79A7", "down", "▼"),
    "collapsed": Mark("#000000", "star", "★"),
    "limited": Mark("#E69F00", "bar", "▬"),
    "tunnelled": Mark("#000000", "hexagon", "⬢"),
}
"""Marks of what became of a request; but for the last two they are those of the pictures."""

CAUSE_COLOURS = {
    "connect": "#F0E442",
    "tls": "#999999",
    "waiting": "#E69F00",
    "service": "#56B4E9",
    "collapse_wait": "#CC79A7",
    "transfer": "#D9DEE3",
}

ROLE_WORDS = {
    "client": "client",
    "forward_proxy": "forward proxy",
    "reverse_proxy": "reverse proxy",
    "backend": "backend",
}

REASONS = {
    "hit": "it held a stored response that was still fresh, and answered by itself",
    "uri-miss": "nothing was stored there for this target",
    "vary-miss": "what was stored there was selected by other request fields (Vary)",
    "stale": "what was stored there was no longer fresh",
    "bypass": "it was told not to use its store for this request",
    "method": "this method is not answered from a store",
    "request": "the request's own directives asked for an answer from further on",
    "partial": "only a part of the response was stored there",
    "revalidated": "its stored response was no longer fresh, and the server said that it still holds",
    "stale-hit": "it answered with a stored response that was no longer fresh, which it may at times",
    "collapsed": "another request had just asked for the same, and it waited for that answer",
}
"""Why a cache did what it did, by its word of RFC 9211; said after "At this cache: …"."""


def mark(outcome: str) -> Mark:
    """Return the mark of an outcome; unknown ones look undecided.

    >>> mark("hit").glyph, mark("never heard of").glyph
    ('●', '△')
    """
    return MARKS.get(outcome, UNDECIDED)


def legend() -> dict[str, dict[str, str]]:
    """Describe all outcomes that a trace can hold, for the page.

    >>> legend()["hit"]["meaning"]
    'answered from a cache'
    """
    names = dict.fromkeys([*OUTCOMES, *MARKS])
    return {name: {**mark(name)._asdict(), "meaning": OUTCOMES.get(name, "")} for name in names}


def step_texts() -> dict[str, str]:
    """Give the textbook's sentence of every numbered step, by ``role number``.

    >>> step_texts()["reverse_proxy 1"]
    'The request arrives.'
    """
    return {f"{role} {number}": text.sentence for (role, number), text in STEP_TEXTS.items()}

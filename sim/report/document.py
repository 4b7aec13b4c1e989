"""The page as a whole: one HTML file that needs nothing from outside, and whose policy forbids to load anything."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from sim.errors import TraceError
from sim.report import sections
from sim.report.markup import Markup, element
from sim.report.sections import Progress

if TYPE_CHECKING:
    from sim.trace.trace import Trace

_SCRIPT = re.compile(r"<script(?![^>]*application/json)[^>]*>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


def page(traces: Mapping[str, Trace], *, player: str = "", progress: Progress | None = None) -> str:
    """Make the page.

    Parameters
    ----------
    traces : mapping of str to Trace
        One run, or several side by side, under names that are used where their titles are alike.
    player : str
        The player's page of the same traces, complete HTML; the report holds it in a sandboxed frame.  None if empty.
    progress : callable of (done, total), optional
        Called after each picture.

    Returns
    -------
    str
        HTML.  Equal traces make equal pages.

    Raises
    ------
    TraceError
        If there is no trace.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> page({"run": three_requests()}).splitlines()[0]
    '<!doctype html>'
    """
    if not traces:
        raise TraceError("no trace to report on", hint="give the directories that 'run --out' wrote")
    runs = titled(traces)
    title = "Report: " + " · ".join(runs)
    body = Markup("\n".join(_body(runs, player, progress)))
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy(player)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="generator" content="proxysim">',
            element("title", title),
            f"<style>{stylesheet()}</style>",
            "</head>",
            "<body>",
            body,
            "</body>",
            "</html>",
            "",
        ]
    )


def titled(traces: Mapping[str, Trace]) -> dict[str, Trace]:
    """Return traces by title; by title and name where two titles are equal.

    >>> from sim.trace.examples import three_requests
    >>> list(titled({"a": three_requests(), "b": three_requests()}))
    ['Three requests (a)', 'Three requests (b)']
    """
    alone = len({trace.title for trace in traces.values()}) == len(traces)
    return {trace.title if alone else f"{trace.title} ({name})": trace for name, trace in traces.items()}


def policy(player: str = "") -> str:
    """Write the policy of the page: its own style, and scripts and styles of the player, each by its hash.

    >>> policy().partition("style-src")[0]
    "default-src 'none'; "
    """
    styles = [stylesheet(), *_STYLE.findall(player)]
    scripts = _SCRIPT.findall(player)
    # A frame made of the page's own text obeys the page's policy besides its own.
    run = f"script-src {' '.join(map(_hash, scripts))}; img-src data:; " if scripts else ""
    style = f"style-src {' '.join(map(_hash, styles))}"
    return f"default-src 'none'; {run}{style}; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


@cache
def stylesheet() -> str:
    """Return the style of the page."""
    return files("sim.report").joinpath("report.css").read_text(encoding="utf-8")


def _body(runs: Mapping[str, Trace], player: str, progress: Progress | None) -> list[str]:
    together, of_run = sections.drawn(runs, progress)
    several = len(runs) > 1
    head = "Side by side: " + ", ".join(runs) if several else next(iter(runs))
    parts = [element("header", element("p", "proxysim report", class_="kind"), element("h1", head))]
    if not several:
        parts.append(sections.run_facts(next(iter(runs.values()))))
    parts.append(element("section", element("h2", "In numbers"), sections.numbers(runs)))
    if together:
        parts.append(element("section", element("h2", "In pictures"), together))
    if player:
        parts.append(_player(player))
    for place, (title, trace) in enumerate(runs.items(), start=1):
        parts += _of_one(trace, title, of_run[title], place) if several else sections.run(trace, of_run[title])
    return [element("nav", _contents(runs)) if several else "", element("main", parts), _foot(runs)]


def _of_one(trace: Trace, title: str, shown: Mapping[str, Markup], place: int) -> list[Markup]:
    inside = [element("h2", title), sections.run_facts(trace), *sections.run(trace, shown, "h3")]
    return [element("article", inside, id=f"run-{place}")]


def _contents(runs: Mapping[str, Trace]) -> Markup:
    links = [element("a", title, href=f"#run-{place}") for place, title in enumerate(runs, start=1)]
    return element("ul", [element("li", link) for link in links])


def _player(player: str) -> Markup:
    frame = Markup(f'<iframe title="Player of the traffic" sandbox="allow-scripts" srcdoc="{escape(player)}"></iframe>')
    return element("section", element("h2", "In motion"), frame, class_="player")


def _foot(runs: Mapping[str, Trace]) -> Markup:
    made = sorted({str(trace.meta.get("versions", {}).get("proxysim", "")) for trace in runs.values()} - {""})
    by = f"proxysim {', '.join(made)}" if made else "proxysim"
    said = f"Written by {by} from the traces alone. The same scenario and seed give the same numbers and pictures."
    return element("footer", element("p", said))

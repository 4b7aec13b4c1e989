"""One offline HTML file: the player, its style and its data in it, and a policy that forbids all else.

The program is written as a few ES modules; here they are laid one after the other into one script, without their
lines of ``import`` and ``export``: a bundler of five lines.  The Content-Security-Policy allows that script and that
style by their hashes and nothing more, so that even a page whose data were wrong could not load or send anything.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import TraceError
from sim.player.packing import ABSENT, pack
from sim.player.storyboard import MOST_REQUESTS, PARTS, TIMES, Columns, Storyboard, storyboard
from sim.trace.trace import Trace

MODULES = ("words", "data", "seen", "marks", "scenery", "stage", "timeline", "story", "ledger", "controls", "player")
"""Files of the program, in an order in which each uses only those before it."""

MOST_TRACES = 4

_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=function|const|class|async|let)", re.MULTILINE)


def write(traces: Sequence[Trace] | Mapping[str, Trace], path: str | Path) -> Path:
    """Write a page that plays one trace, or up to four side by side.

    Parameters
    ----------
    traces : sequence of Trace, or mapping of str to Trace
        What to play; as a mapping, under these titles.
    path : str or Path
        The file; its folder is made if it does not exist.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    TraceError
        If there is no trace or more than four, if one is empty, or if the file cannot be written.
    """
    target = Path(path)
    text = page(traces)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise TraceError(f"cannot write the page: {error.strerror}", path=str(target)) from error
    return target


def page(traces: Sequence[Trace] | Mapping[str, Trace]) -> str:
    """Return the page as text.

    Parameters
    ----------
    traces : sequence of Trace, or mapping of str to Trace
        What to play; as a mapping, under these titles.

    Returns
    -------
    str
        HTML that needs nothing from outside.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> page([three_requests()]).count("<script")
    2
    """
    boards = show(traces)
    title = html.escape(" · ".join(board["title"] for board in boards))
    code, style = program() + "boot();\n", stylesheet()
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="generator" content="proxysim">\n'
        f"<title>{title} – proxysim</title>\n<style>{style}</style>\n</head>\n"
        '<body class="pxp-page">\n<div id="pxp-root" class="pxp"></div>\n'
        "<noscript>This page plays a trace, for which it needs JavaScript.</noscript>\n"
        f'<script type="application/json" id="pxp-data">{as_json(boards)}</script>\n'
        f'<script type="module">{code}</script>\n</body>\n</html>\n'
    )


def show(traces: Sequence[Trace] | Mapping[str, Trace]) -> list[dict[str, Any]]:
    """Prepare traces for the page.

    Parameters
    ----------
    traces : sequence of Trace, or mapping of str to Trace
        What to play.

    Returns
    -------
    list of dict
        A packed storyboard for each, in plain JSON values.

    Raises
    ------
    TraceError
        If there is no trace or more than four, or if one is empty.
    """
    named = list(traces.items()) if isinstance(traces, Mapping) else [("", trace) for trace in traces]
    if not 1 <= len(named) <= MOST_TRACES:
        raise TraceError(f"{len(named)} traces: the player shows 1 to {MOST_TRACES} side by side")
    share = MOST_REQUESTS // len(named)
    boards = [packed(storyboard(trace, share)) for _, trace in named]
    for board, (title, _) in zip(boards, named, strict=True):
        board["title"] = title or board["title"]
    return boards


def packed(board: Storyboard) -> dict[str, Any]:
    """Pack a storyboard into plain JSON values; ``data.js`` unpacks it.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> sorted(packed(storyboard(three_requests()))["packed"])
    ['columns', 'stream']
    """
    requests, hops = _request_numbers(board), _hop_numbers(board)
    index = {"x.count": np.diff(board.index.offsets), "x.row": np.diff(board.index.rows, prepend=0)}
    named = {f"r.{name}": column for name, column in requests.items()} | {f"h.{name}": c for name, c in hops.items()}
    buckets = {"start_s": board.index.start_s, "width_s": board.index.width_s}
    stream = pack(named | index | {"s.missed": board.steps})
    return {**board.said, "tick_s": board.tick_s, "buckets": buckets, "packed": stream}


def as_json(value: Any) -> str:
    r"""Write JSON that may stand inside a script element, whatever names it holds.

    >>> print(as_json("</script>"))
    "\u003c/script>"
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


@cache
def program() -> str:
    """Return the whole program as one module; it does nothing until one of its functions is called."""
    return "".join(_IMPORT.sub("", _EXPORT.sub("", static(f"{name}.js"))) for name in MODULES)


@cache
def stylesheet() -> str:
    """Return the style."""
    return static("player.css")


def static(name: str) -> str:
    """Read one of the files in ``static``."""
    return files("sim.player").joinpath("static", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


# --- times as whole ticks, each as the difference from the one before it ------------------------------------------


def _request_numbers(board: Storyboard) -> Columns:
    columns = dict(board.requests)
    arrival, completion, end, decided = (
        _ticks(columns.pop(f"{name}_s"), board.tick_s) for name in ("arrival", "completion", "end", "decided")
    )
    return {
        **columns,
        "id": np.diff(columns["id"].astype(np.int64), prepend=0),
        "hops": np.diff(columns["hops"].astype(np.int64)),
        "arrival": np.diff(arrival, prepend=0),
        "completion": completion - arrival,
        "end": end - completion,
        "decided": decided - completion,
    }


def _hop_numbers(board: Storyboard) -> Columns:
    columns = dict(board.hops)
    sent, received, answered, returned = (_ticks(columns.pop(name), board.tick_s) for name in TIMES)
    parts = {name.removesuffix("_s"): _ticks(columns.pop(name), board.tick_s) for name in PARTS}
    arrival = np.repeat(_ticks(board.requests["arrival_s"], board.tick_s), np.diff(board.requests["hops"]))
    after_received = np.where(received == ABSENT, sent, received)
    after_answered = np.where(answered == ABSENT, after_received, answered)
    return {
        **columns,
        **parts,
        "sent": sent - arrival,
        "received": _after(received, sent),
        "answered": _after(answered, after_received),
        "returned": _after(returned, after_answered),
    }


def _ticks(time_s: NDArray[np.float64], tick_s: float) -> NDArray[np.int64]:
    return np.where(np.isnan(time_s), ABSENT, np.round(np.nan_to_num(time_s) / tick_s)).astype(np.int64)


def _after(ticks: NDArray[np.int64], before: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where(ticks == ABSENT, ABSENT, ticks - before)

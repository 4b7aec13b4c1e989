"""What ``proxysim play`` was asked for, in words: traces or scenarios, moments and stretches of time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.errors import SimError, nearest
from sim.player import frames
from sim.trace.files import META
from sim.trace.trace import Trace
from sim.units import DURATION

PAGE_OPTIONS = ("eyes", "theme", "pick", "speed", "width", "height")
TIMES = {"png": ("at",), "gif": ("from", "to", "lasts")}


class WishError(SimError):
    """A picture that was asked for in words that are not understood."""


def is_trace(name: str) -> bool:
    """Whether a name is that of a trace's folder; if not, it may be a scenario's.

    Parameters
    ----------
    name : str
        What was typed.

    Returns
    -------
    bool
        Whether there is a trace.

    Raises
    ------
    WishError
        If it is a folder of something else.
    """
    folder = Path(name)
    if folder.is_dir() and not (folder / META).is_file():
        raise WishError("is a folder, but holds no trace", path=name, hint="give what 'run --out' wrote")
    return folder.is_dir()


def pictures(traces: Sequence[Trace], file: Path, *, png: str | None, gif: str | None) -> list[Path]:
    """Draw what was asked for, beside the page.

    Parameters
    ----------
    traces : sequence of Trace
        What to show.
    file : Path
        Its ending is replaced.
    png : str, optional
        Such as ``"at=12.5s,eyes=app-1"``.
    gif : str, optional
        Such as ``"from=1s,to=1.5s,lasts=6s"``.

    Returns
    -------
    list of Path
        The pictures.
    """
    drawn = []
    if png:
        options = options_of(png, "png")
        drawn.append(frames.png(traces, options.pop("at"), file.with_suffix(".png"), **options))
    if gif:
        options = options_of(gif, "gif")
        clip = frames.Clip(*(options.pop(name) for name in TIMES["gif"]))
        drawn.append(frames.gif(traces, clip, file.with_suffix(".gif"), **options))
    return drawn


def options_of(text: str, kind: str) -> dict[str, Any]:
    """Parse options of a picture: names and values, times with a unit.

    Parameters
    ----------
    text : str
        Such as ``"at=12.5s,theme=dark"``.
    kind : str
        ``"png"`` or ``"gif"``: which times there must be.

    Returns
    -------
    dict
        Times in seconds; ``size`` if a width or a height was given; the rest as written.

    Raises
    ------
    WishError
        If a name is unknown or a time is missing.

    Examples
    --------
    >>> options_of("at=1500 ms, eyes=app-1", "png")
    {'at': 1.5, 'eyes': 'app-1'}
    """
    found: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = (word.strip() for word in part.partition("="))
        if not equals or name not in (*TIMES[kind], *PAGE_OPTIONS):
            raise WishError(
                f"{part.strip()!r} is not understood",
                path=f"--{kind}",
                hint=nearest(name, (*TIMES[kind], *PAGE_OPTIONS)),
            )
        found[name] = DURATION.parse(value) if name in TIMES[kind] else value
    if missing := [name for name in TIMES[kind] if name not in found]:
        raise WishError(f"no {missing[0]}= in {text!r}", path=f"--{kind}", hint=f"such as {EXAMPLES[kind]}")
    return _with_size(found)


EXAMPLES = {"png": "at=12.5s", "gif": "from=1s,to=1.5s,lasts=6s"}


def _with_size(found: dict[str, Any]) -> dict[str, Any]:
    sides = [found.pop("width", None), found.pop("height", None)]
    if sides == [None, None]:
        return found
    if not all(side is None or (side.isdigit() and int(side) >= LEAST_PX) for side in sides):
        raise WishError(f"a picture of {sides[0]} × {sides[1]} pixels", hint=f"whole numbers from {LEAST_PX} on")
    width, height = (int(side) if side else usual for side, usual in zip(sides, frames.SIZE, strict=True))
    return found | {"size": (width, height)}


LEAST_PX = 320

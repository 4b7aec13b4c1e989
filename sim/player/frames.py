"""Pictures of single moments, and short moving pictures, for slides: the page in a browser without a window.

Chromium draws them, driven by Playwright; both are extras (``pip install "proxysim[frames]"``, and the system's
``chromium``).  Time is set, never awaited: the same trace gives the same frames on any machine.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from sim.errors import SimError
from sim.outcomes import OUTCOMES
from sim.player.page import write
from sim.trace.trace import Trace

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from playwright.sync_api import BrowserContext, Page

SIZE = (1280, 720)
FRAMES_PER_S = 12
MOST_FRAMES = 300
COLOURS, FIELD_PX = 256, 120
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--no-sandbox",  # where one is root, as in a container; it opens nothing but our own file
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
)


class FramesError(SimError):
    """A picture that cannot be drawn: no browser, or a moment that is none."""


class Clip(NamedTuple):
    """A stretch of time for a moving picture.

    Attributes
    ----------
    start_s, end_s : float
        In seconds of the trace.
    lasts_s : float
        How long the picture lasts.
    """

    start_s: float
    end_s: float
    lasts_s: float


@contextmanager
def browser(size: tuple[int, int] = SIZE, **options: Any) -> Iterator[BrowserContext]:
    """Start a browser without a window, with a profile of its own that is thrown away.

    Parameters
    ----------
    size : (int, int)
        Width and height of its pages in pixels.
    **options
        Further settings of Playwright's context, such as ``color_scheme="dark"``.

    Yields
    ------
    BrowserContext
        In which pages can be opened.

    Raises
    ------
    FramesError
        If Playwright or Chromium is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise FramesError("pictures of the player need Playwright", hint='pip install "proxysim[frames]"') from error
    with tempfile.TemporaryDirectory(prefix="proxysim-browser-") as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            args=list(FLAGS),
            viewport={"width": size[0], "height": size[1]},
            **options,
        )
        try:
            yield context
        finally:
            context.close()


def chromium() -> str:
    """Find the browser.

    Returns
    -------
    str
        Path of the program.

    Raises
    ------
    FramesError
        If there is none.
    """
    named = os.environ.get("PROXYSIM_CHROMIUM")
    found = named or next((path for program in PROGRAMS if (path := shutil.which(program))), None)
    if not found:
        raise FramesError("pictures of the player need Chromium", hint="on Debian: apt install chromium")
    return found


def open_page(context: BrowserContext, file: Path, options: Mapping[str, Any]) -> Page:
    """Open a page of the player and wait until it is ready.

    Parameters
    ----------
    context : BrowserContext
        A browser.
    file : Path
        A page written by ``page.write``.
    options : mapping
        What the page shall show: ``t`` (seconds), ``eyes``, ``pick``, ``theme``, ``speed``, ``bare``.

    Returns
    -------
    Page
        Showing the first frame.
    """
    page = context.new_page()
    page.goto(f"{file.resolve().as_uri()}#{urlencode(options)}")
    page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
    return page


def png(
    traces: Sequence[Trace] | Mapping[str, Trace],
    at_s: float,
    path: str | Path,
    *,
    size: tuple[int, int] = SIZE,
    **options: Any,
) -> Path:
    """Draw one moment as a PNG.

    Parameters
    ----------
    traces : sequence of Trace, or mapping of str to Trace
        What to show.
    at_s : float
        The moment, in seconds of the trace.
    path : str or Path
        The file.
    size : (int, int)
        Width and height in pixels.
    **options
        See `open_page`.

    Returns
    -------
    Path
        The file.
    """
    with _playing(traces, {"bare": "", "theme": "light", **options, "t": at_s}, size) as page:
        return _kept(page.screenshot(), path)


def gif(
    traces: Sequence[Trace] | Mapping[str, Trace],
    clip: Clip,
    path: str | Path,
    *,
    size: tuple[int, int] = (960, 540),
    **options: Any,
) -> Path:
    """Draw a stretch of time as a moving picture.

    Parameters
    ----------
    traces : sequence of Trace, or mapping of str to Trace
        What to show.
    clip : Clip
        Which stretch, and how long it shall last.
    path : str or Path
        The file.
    size : (int, int)
        Width and height in pixels.
    **options
        See `open_page`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FramesError
        If the stretch is empty, or too long for a picture.
    """
    count = round(clip.lasts_s * FRAMES_PER_S)
    if clip.end_s <= clip.start_s or not 1 <= count <= MOST_FRAMES:
        most_s = MOST_FRAMES / FRAMES_PER_S
        raise FramesError(f"no moving picture of {clip}", hint=f"from before to, lasting at most {most_s:g} s")
    step_s = (clip.end_s - clip.start_s) / count
    speed = (clip.end_s - clip.start_s) / clip.lasts_s
    frames = []
    with _playing(traces, {"bare": "", "theme": "light", **options, "t": clip.start_s, "speed": speed}, size) as page:
        for number in range(count):
            page.evaluate("async (time) => (await window.proxysim).seek(time)", clip.start_s + number * step_s)
            frames.append(page.screenshot())
    return _kept(_moving(frames), path)


def _moving(frames: Sequence[bytes]) -> bytes:
    """Join frames, all with one palette."""
    from PIL import Image

    pictures = [Image.open(BytesIO(frame)).convert("RGB") for frame in frames]
    palette = _palette(pictures[len(pictures) // 2])
    drawn = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    made = BytesIO()
    drawn[0].save(made, "GIF", save_all=True, append_images=drawn[1:], duration=round(1000 / FRAMES_PER_S), loop=0)
    return made.getvalue()


def _palette(picture: Picture) -> Picture:
    """Choose colours: a mark is small, so its colour is laid on in a field of its own, lest it be merged away."""
    from PIL import Image, ImageDraw

    larger = Image.new("RGB", (picture.width, picture.height + FIELD_PX))
    larger.paste(picture)
    colours = sorted({mark.colour for mark in OUTCOMES.values()})
    width = picture.width / len(colours)
    draw = ImageDraw.Draw(larger)
    for number, colour in enumerate(colours):
        draw.rectangle((number * width, picture.height, (number + 1) * width, larger.height), fill=colour)
    return larger.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)


@contextmanager
def _playing(
    traces: Sequence[Trace] | Mapping[str, Trace], options: Mapping[str, Any], size: tuple[int, int]
) -> Iterator[Page]:
    with tempfile.TemporaryDirectory(prefix="proxysim-page-") as folder:
        file = write(traces, Path(folder) / "page.html")
        with browser(size) as context:
            yield open_page(context, file, options)


def _kept(content: bytes, path: str | Path) -> Path:
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target

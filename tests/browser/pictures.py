"""What the player looked like when somebody last looked at it: small pictures to compare with.

They are so small that fonts, which differ from machine to machine, do not count; what is lost, moved or of another
colour does.  ``python -m tests.browser.pictures`` draws them again; look at the pages before you commit them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

import sim
from sim.player import frames

FOLDER = Path(__file__).parent / "pictures"
PAGE, SMALL = (1280, 800), (160, 100)
DESIGNS = ("direct", "forward-proxy", "reverse-proxy", "layered")
VIEWS = {
    "layered": (DESIGNS[3:], {}),
    "four-through-the-eyes-of-app-1": (DESIGNS, {"eyes": "app-1"}),
}
MOMENT_S = 2.0


def draw(view: str, folder: Path) -> Image.Image:
    """Draw a view of the player, and make it small."""
    designs, options = VIEWS[view]
    overrides = ["run.requests=300", "run.warm_up=0 s"]
    traces = [sim.simulate(sim.load(name, overrides), seed=1) for name in designs]
    file = frames.png(traces, MOMENT_S, folder / f"{view}.png", size=PAGE, **options)
    with Image.open(file) as picture:
        return picture.convert("RGB").resize(SMALL, Image.Resampling.BOX)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Give the mean difference of all values, which go from 0 to 255."""
    return float(np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).mean())


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        for name in VIEWS:
            draw(name, Path(folder)).save(FOLDER / f"{name}.png", optimize=True)

"""Pictures of moments, and what is said where there is no browser."""

from __future__ import annotations

import struct
import sys

import pytest

from sim.player import frames
from sim.player.frames import Clip, FramesError
from sim.trace.examples import three_requests


def test_without_a_browser_it_says_how_to_get_one(monkeypatch):
    monkeypatch.delenv("PROXYSIM_CHROMIUM", raising=False)
    monkeypatch.setattr(frames.shutil, "which", lambda program: None)
    with pytest.raises(FramesError, match="apt install chromium"):
        frames.chromium()


def test_a_browser_may_be_named(monkeypatch):
    monkeypatch.setenv("PROXYSIM_CHROMIUM", "/opt/mine")
    assert frames.chromium() == "/opt/mine"


def test_without_playwright_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    with pytest.raises(FramesError, match="proxysim\\[frames\\]"), frames.browser():
        pass


@pytest.mark.parametrize("clip", [Clip(2.0, 1.0, 3.0), Clip(1.0, 2.0, 0.0), Clip(1.0, 2.0, 1000.0)])
def test_an_impossible_stretch_is_refused(clip, tmp_path):
    with pytest.raises(FramesError, match="no moving picture"):
        frames.gif([three_requests()], clip, tmp_path / "a.gif")


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_the_same_moment_is_the_same_picture(tmp_path):
    one, two, later = (
        frames.png([three_requests()], at_s, tmp_path / f"{name}.png", size=(800, 600)).read_bytes()
        for name, at_s in (("one", 0.3), ("two", 0.3), ("later", 1.25))
    )
    assert struct.unpack(">II", one[16:24]) == (800, 600)
    assert one == two != later


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_moving_picture_moves(tmp_path):
    from PIL import Image

    path = frames.gif([three_requests()], Clip(0.1, 0.6, 0.5), tmp_path / "a.gif", size=(640, 480))
    with Image.open(path) as image:
        assert (image.size, image.n_frames) == ((640, 480), 6)
        colours = {colour for _, colour in image.convert("RGB").getcolors(1 << 20)}
    hit = (0x00, 0x9E, 0x73)  # stands in the legend
    assert min(sum(abs(a - b) for a, b in zip(hit, colour, strict=True)) for colour in colours) < 12

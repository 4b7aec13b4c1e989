"""Wishes in words: understood, or refused with what would have been right."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import SimError
from sim.player import frame_options, frames
from sim.trace.examples import three_requests


@pytest.mark.parametrize(
    ("text", "kind", "options"),
    [
        ("at=12.5s", "png", {"at": 12.5}),
        ("at=0.2 s, theme=dark ,pick=17", "png", {"at": 0.2, "theme": "dark", "pick": "17"}),
        ("at=1s,width=1920,height=1080", "png", {"at": 1.0, "size": (1920, 1080)}),
        ("at=1s,width=800", "png", {"at": 1.0, "size": (800, 720)}),
        ("from=1s,to=1500ms,lasts=6s", "gif", {"from": 1.0, "to": 1.5, "lasts": 6.0}),
    ],
)
def test_wishes_are_understood(text, kind, options):
    assert frame_options.options_of(text, kind) == options


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("12.5s", "png", "'12.5s' is not understood"),
        ("eye=app", "png", "did you mean 'eyes'"),
        ("eyes=app", "png", "no at= in"),
        ("from=1s,to=2s", "gif", "no lasts= in"),
        ("at=soon", "png", "soon"),
        ("at=1s,width=wide", "png", "wide"),
        ("at=1s,width=3", "png", "whole numbers from 320"),
    ],
)
def test_what_is_not_understood_is_refused(text, kind, said):
    with pytest.raises(SimError, match=said):
        frame_options.options_of(text, kind)


def test_a_folder_with_a_trace_is_one(tmp_path):
    assert frame_options.is_trace(str(three_requests().save(tmp_path / "run")))
    assert not frame_options.is_trace("layered")


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(SimError, match="holds no trace"):
        frame_options.is_trace(str(tmp_path))


def test_pictures_are_drawn_beside_the_page(monkeypatch):
    drawn = []
    monkeypatch.setattr(frames, "png", lambda traces, at_s, path, **options: drawn.append((at_s, options)) or path)
    monkeypatch.setattr(frames, "gif", lambda traces, clip, path, **options: drawn.append((clip, options)) or path)
    paths = frame_options.pictures([], Path("a/play.html"), png="at=2s,eyes=app", gif="from=1s,to=2s,lasts=3s")
    assert paths == [Path("a/play.png"), Path("a/play.gif")]
    assert drawn == [(2.0, {"eyes": "app"}), (frames.Clip(1.0, 2.0, 3.0), {})]

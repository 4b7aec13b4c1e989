"""In a notebook: a widget where there is anywidget, else a frame."""

from __future__ import annotations

import pytest

from sim.errors import TraceError
from sim.player import widget
from sim.player.live import Player
from sim.player.page import page
from sim.trace.examples import three_requests


def test_without_anywidget_it_is_a_frame_with_the_same_page(monkeypatch):
    monkeypatch.setattr(widget, "find_spec", lambda name: None)
    shown = widget.play(three_requests())
    assert shown.text == page([three_requests()])
    assert "notebook" in repr(shown)


def test_with_anywidget_it_is_a_widget():
    assert isinstance(widget.play(three_requests()), Player)


def test_a_mapping_gives_titles():
    assert '"title":"before"' in widget.play({"before": three_requests(), "after": three_requests()}).boards


def test_nothing_to_play_is_an_error():
    with pytest.raises(TraceError, match="0 traces"):
        widget.play()

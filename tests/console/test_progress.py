"""A bar for what takes long, if somebody sees it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sim.console import progress


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.now_s = 0.0

    def monotonic(self):
        return self.now_s


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


@pytest.fixture
def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=120)


def test_quick_work_shows_nothing(clock, terminal):
    bar = progress._LateBar("running", "requests", terminal)
    clock.now_s = progress.PATIENCE_S - 0.1
    bar.tell(50, 100)
    bar.stop()
    assert terminal.file.getvalue() == ""


def test_long_work_shows_label_share_rate_and_time_left(clock, terminal):
    bar = progress._LateBar("running layered", "requests", terminal)
    clock.now_s = 4.0
    bar.tell(5000, 20000)
    bar.stop()
    shown = terminal.file.getvalue()
    assert "running layered" in shown
    assert "25%" in shown
    assert "1,250 requests/s" in shown


def test_no_terminal_no_bar():
    with progress.bar("running") as tell:
        assert tell is None


def test_quiet_no_bar(monkeypatch, terminal):
    monkeypatch.setattr(progress, "Console", lambda **_: terminal)
    with progress.bar("running", quiet=True) as tell:
        assert tell is None
    with progress.bar("running") as tell:
        assert callable(tell)


def test_the_bar_goes_away_when_the_work_fails(monkeypatch, clock, terminal):
    monkeypatch.setattr(progress, "Console", lambda **_: terminal)
    with pytest.raises(KeyboardInterrupt), progress.bar("running") as tell:  # noqa: PT012  # one piece of work
        clock.now_s = 4.0
        tell(1, 2)
        raise KeyboardInterrupt
    assert terminal.file.getvalue().endswith(("\x1b[2K", "\x1b[?25h", "\r"))

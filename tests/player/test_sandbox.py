"""The frame runs the page's own program, and nothing else."""

from __future__ import annotations

import html

from sim.player.sandbox import Frame


def test_the_frame_may_run_scripts_and_nothing_else():
    shown = Frame('<p title="a\'b">')._repr_html_()
    assert 'sandbox="allow-scripts"' in shown
    assert html.escape('<p title="a\'b">', quote=True) in shown


def test_in_a_terminal_the_page_is_not_printed():
    assert repr(Frame("<p>" * 1000)) == "<the player of proxysim, for a notebook>"

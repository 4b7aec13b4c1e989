"""Who wants no motion gets none that was not asked for; who wants it dark gets it dark."""

from __future__ import annotations

import pytest

from sim.player.frames import browser, open_page
from sim.player.page import write

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def test_reduced_motion_and_dark_are_honoured(traces, tmp_path):
    file = write([traces["layered"]], tmp_path / "a.html")
    with browser((1024, 768), color_scheme="dark", reduced_motion="reduce") as context:
        page = open_page(context, file, {})
        assert page.evaluate("document.body.dataset.theme") == "dark"
        page.get_by_role("button", name="Run to the next hit (H)").click()
        state = page.evaluate("async () => { const p = await window.proxysim; return [p.isPlaying, p.picked]; }")
        assert state[0] is False
        assert state[1] is not None
        page.get_by_label("Look through the eyes of").select_option("gateway")
        assert page.evaluate("getComputedStyle(document.querySelector('.pxp-banner')).animationName") == "none"

"""The report in a real browser, opened from a file."""

from __future__ import annotations

import pytest

from sim.player import page as player_page
from sim.report import page as written
from sim.trace.examples import three_requests
from tests.exports import runs
from tests.support import browser

PLAYER = (
    "<!doctype html><html><head><style>p { color: rgb(1, 2, 3) }</style></head><body><p>still</p>"
    '<script type="module">document.querySelector("p").textContent = "moving";</script></body></html>'
)


def test_it_opens_without_a_word_runs_the_player_and_no_name(tmp_path):
    file = tmp_path / "report.html"
    file.write_text(written({"a": runs.hostile_names(), "b": three_requests()}, player=PLAYER), encoding="utf-8")
    with browser.opened() as (page, troubles):
        page.goto(file.as_uri())
        page.wait_for_load_state()
        assert troubles == [f"request: {file.as_uri()}"]
        assert page.locator("img").count() == 0
        player = page.frame_locator("iframe").locator("p")
        assert player.text_content() == "moving"
        assert player.evaluate("p => getComputedStyle(p).color") == "rgb(1, 2, 3)"
        # The style was taken: numbers stand on the right.
        assert page.locator("td.n").first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"


@pytest.mark.parametrize("width", [390, 1024])
def test_nothing_stands_out_of_the_window_and_every_glyph_is_found(tmp_path, width):
    file = tmp_path / "report.html"
    file.write_text(written({"run": runs.shipped("layered")}), encoding="utf-8")
    with browser.opened() as (page, _):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        lost = """[...document.querySelectorAll("use")].filter(
            one => !document.getElementById(one.getAttribute("xlink:href").slice(1))).length"""
        assert page.evaluate(lost) == 0
        named = page.get_by_role("img").evaluate_all(
            "all => all.map(one => one.ariaLabel || one.getAttribute('aria-label'))"
        )
        assert len(named) == 6
        assert all(named)


def test_the_real_player_plays_in_it(tmp_path):
    runs_of = {"run": runs.shipped("layered")}
    file = tmp_path / "report.html"
    file.write_text(written(runs_of, player=player_page.page(runs_of)), encoding="utf-8")
    with browser.opened() as (page, troubles):
        page.goto(file.as_uri())
        page.locator("iframe").scroll_into_view_if_needed()
        page.frame_locator("iframe").get_by_role("button", name="Play").first.click()
        assert troubles == [f"request: {file.as_uri()}"]

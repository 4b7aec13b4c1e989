"""For everybody: by keyboard, by screen reader, on small screens, in the dark, without motion."""

from __future__ import annotations

from itertools import product

import pytest

from sim.trace.examples import three_requests

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]


def test_every_control_is_reached_by_tab_has_a_name_and_shows_the_focus(show, traces):
    page = show([traces["layered"]]).page
    named = []
    for _ in range(40):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e);
            if (e === document.body) return null;
            return [e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent, s.outlineStyle]; }"""
        )
        if found is None:
            break
        named.append(found)
    names = [name for name, _ in named]
    assert all(name.strip() and style == "solid" for name, style in named), named
    for wanted in ("Look through the eyes of", "Keys (?)", "Time", "Play (space)", "Speed", "Run to the next miss (M)"):
        assert any(wanted in name for name in names), wanted
    assert any(name.startswith("Stage of ") for name in names)


def test_the_accessibility_tree(show):
    page = show([three_requests()], t=0.7).page
    tree = page.locator("#pxp-root").aria_snapshot()
    for line in (
        'heading "Three requests" [level=1]',
        'combobox "Look through the eyes of"',
        'group "Stage of Three requests at 0.700 s: 1 request under way."',
        'list "How to read the marks"',
        'complementary "Details"',
        'tab "Moves" [selected]',
        'table "Requests under way"',
        'row "#0 is served by app"',
        'slider "Time"',
        'toolbar "Playing"',
        'button "Play (space)"',
    ):
        assert line in tree, f"{line}\n\n{tree}"
    assert page.get_by_role("slider", name="Time").get_attribute("aria-valuenow") == "0.700"


def test_what_moves_is_a_table_of_text(show):
    page = show([three_requests()], t=1.1).page
    rows = page.get_by_role("table", name="Requests under way").get_by_role("row").all_inner_texts()
    assert [row.split("\t")[-1].strip() for row in rows[1:]] == ["is served by app", "waits at app"]


def test_tabs_are_moved_by_arrows(show):
    page = show([three_requests()]).page
    page.get_by_role("tab", name="Moves").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_role("tab", name="Story").get_attribute("aria-selected") == "true"
    assert page.evaluate("document.activeElement.textContent") == "Story"


def test_the_keys_are_listed_and_the_list_is_left_by_escape(show):
    page = show([three_requests()]).page
    page.get_by_role("group", name="Stage").focus()
    page.keyboard.press("?")
    assert page.get_by_role("dialog", name="Keys").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog", name="Keys").count() == 0


@pytest.mark.parametrize("size", [(1024, 768), (1280, 720), (1920, 1080)])
@pytest.mark.parametrize("count", [1, 4])
def test_nothing_is_cut_off(show, traces, size, count):
    shown = show(list(traces.values())[-count:], size=size, eyes="app-1")
    outside = shown.page.evaluate(
        """([width, height]) => {
          const parts = "header *, .pxp-foot *, .pxp-frame, .pxp-banner, .pxp-totals";
          return [...document.querySelectorAll(parts)]
            .filter((e) => e.getClientRects().length && !e.matches(".pxp-visually-hidden, option, optgroup"))
            .map((e) => [e.className, e.getBoundingClientRect()])
            .filter(([, box]) => box.left < 0 || box.top < 0 || box.right > width + 0.5 || box.bottom > height + 0.5)
            .map(([name]) => name);
        }""",
        list(size),
    )
    assert outside == []
    heights = shown.page.evaluate("[...document.querySelectorAll('.pxp-frame')].map((e) => e.clientHeight)")
    assert min(heights) > 110


def test_dark_is_dark_and_can_be_changed(show, traces):
    shown = show([traces["layered"]])
    assert shown.page.evaluate("document.body.dataset.theme") == "light"
    shown.page.get_by_role("group", name="Stage").focus()
    shown.page.keyboard.press("t")
    assert shown.page.evaluate("document.body.dataset.theme") == "dark"
    paper = shown.page.evaluate("getComputedStyle(document.getElementById('pxp-root')).backgroundColor")
    assert paper == "rgb(18, 22, 27)"


def test_text_stands_out_from_its_paper_in_both(show):
    shown = show([three_requests()])
    read = "return a.map((name) => getComputedStyle(p.root).getPropertyValue(`--${name}`).trim())"
    for theme in ("light", "dark"):
        shown.run("p.setTheme(a)", theme)
        for pair in product(("ink", "quiet", "accent", "warn-ink"), ("paper", "panel", "card", "stage", "area")):
            assert contrast(*shown.run(read, list(pair))) >= 4.5, (theme, pair)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2, section 1.4.3)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

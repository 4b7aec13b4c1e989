"""Playing, stepping, scrubbing, picking and looking, by mouse and by keyboard, in a real browser."""

from __future__ import annotations

import pytest

from sim.player import page as pages
from sim.player.sandbox import Frame
from sim.trace.examples import NODES, build, three_requests, to_app, to_proxy
from sim.visibility.anonymity import figures

pytestmark = [pytest.mark.slow, pytest.mark.needs("chromium")]

EVIL = "<img src=x onerror=window.hacked=1>"


def test_it_opens_without_network_and_without_complaint(show, traces):
    page = show([traces["layered"]]).page  # the fixture looks at requests and at the console
    assert page.get_by_role("heading", level=1).inner_text() == "Forward and reverse proxy"
    assert page.get_by_role("button", name="Play (space)").is_visible()


def test_it_stands_still_until_asked_and_then_plays(show, traces):
    shown = show([traces["layered"]])
    begin_s = shown.time_s()
    shown.page.wait_for_timeout(150)
    assert shown.time_s() == begin_s
    shown.page.get_by_role("button", name="Play (space)").click()
    shown.wait("p.time > a", begin_s)
    shown.page.keyboard.press("k")
    assert shown.page.get_by_role("button", name="Play (space)").is_visible()
    stopped_s = shown.time_s()
    shown.page.wait_for_timeout(150)
    assert shown.time_s() == stopped_s > begin_s


def test_time_in_which_nothing_moves_is_skipped_and_it_is_said(show):
    shown = show(
        [build([to_proxy(0, 0.0, cache_status="hit"), to_proxy(1, 500.0, cache_status="hit")])], t=1, speed=0.1
    )
    shown.page.get_by_role("button", name="Play (space)").click()
    shown.wait("p.time > 499")
    assert "Nothing was under way for 499 s: skipped." in shown.page.locator(".pxp-said").inner_text()
    assert shown.time_s() < 501


def test_space_plays_from_anywhere_but_a_button(show, traces):
    shown = show([traces["layered"]])
    shown.page.get_by_role("group", name="Stage").focus()
    shown.page.keyboard.press(" ")
    assert shown.run("return p.isPlaying")
    shown.page.keyboard.press(" ")
    assert not shown.run("return p.isPlaying")


def test_steps_go_from_event_to_event_and_are_said(show):
    shown = show([three_requests()], t=0)
    shown.page.get_by_role("group", name="Stage").focus()
    seen = []
    for _ in range(4):
        shown.page.keyboard.press("ArrowRight")
        seen.append((round(shown.time_s(), 6), shown.page.locator("[aria-live=polite]").inner_text()))
    assert [time_s for time_s, _ in seen] == [0.1, 0.3, 0.4, 0.5]
    assert "proxy" in seen[0][1]
    assert seen[2][1] == "0.400 s: app has request 0."
    shown.page.keyboard.press("ArrowLeft")
    assert shown.time_s() == pytest.approx(0.4)


def test_with_a_request_picked_steps_follow_it(show):
    shown = show([three_requests()], t=0, pick=2)
    times = []
    for _ in range(3):
        shown.page.get_by_role("button", name="Next event (→)").click()
        times.append(round(shown.time_s(), 6))
    assert times == [0.8, 0.9, 1.0]


def test_the_timeline_is_a_slider(show, traces):
    shown = show([traces["layered"]])
    slider = shown.page.get_by_role("slider", name="Time")
    end_s = shown.run("return p.end")
    box = slider.bounding_box()
    shown.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 40)
    assert shown.time_s() == pytest.approx(end_s / 2, rel=0.01)
    slider.press("Home")
    assert slider.get_attribute("aria-valuenow") == "0.000"
    slider.press("PageUp")
    assert shown.time_s() == pytest.approx(end_s / 10)
    slider.press("End")
    assert shown.time_s() == pytest.approx(end_s)
    assert "0 requests under way" in slider.get_attribute("aria-valuetext")


def test_a_mark_is_picked_by_mouse_and_its_story_told(show, traces):
    shown = show([traces["layered"]])
    x, y, row = shown.run("const m = p.panes[0].stage.drawn.at(-1); return [m.x, m.y, m.row]")
    shown.page.get_by_role("group", name="Stage").click(position={"x": x, "y": y})
    assert shown.run("return p.pickedRow(p.boards[0])") == row
    assert f"Request {row}: " in shown.page.get_by_role("tabpanel").get_by_role("heading", level=2).inner_text()


def test_a_request_is_picked_and_let_go_by_keyboard(show, traces):
    shown = show([traces["layered"]])
    shown.page.get_by_role("group", name="Stage").focus()
    shown.page.keyboard.press("ArrowDown")
    first = shown.run("return p.picked")
    assert first is not None
    shown.page.keyboard.press("ArrowDown")
    assert shown.run("return p.picked") > first
    shown.page.keyboard.press("Escape")
    assert shown.run("return p.picked") is None


def test_a_request_is_picked_from_the_table(show, traces):
    shown = show([traces["layered"]])
    shown.page.get_by_role("table", name="Requests under way").get_by_role("button").first.press("Enter")
    assert shown.run("return p.picked") is not None


def test_the_story_tells_steps_fields_and_who_saw_it(show, traces):
    trace = traces["layered"]
    outcomes = trace.tables["requests"].words("outcome")
    missed = int(outcomes.equal("miss").argmax())
    page = show([trace], pick=missed).page
    steps = page.locator(".pxp-ladder .pxp-is-step")
    assert steps.count() == int((trace.tables["steps"].numbers("request_id") == missed).sum())
    assert "The proxy looks into its cache." in page.locator(".pxp-ladder").inner_text()
    added = page.locator(".pxp-added").all_inner_texts()
    assert any(text.replace(" ", "") == "+Via:1.1campus-proxy" for text in added)
    assert "nothing was stored there for this target" in page.locator(".pxp-why").inner_text()
    saw = page.get_by_role("table", name=f"Who saw what of request {missed}").inner_text()
    assert "tap on gateway" in saw


def test_the_stage_can_be_brought_to_a_moment_of_the_story(show):
    shown = show([three_requests()], pick=0)
    shown.page.locator(".pxp-is-message .pxp-when").last.click()
    assert shown.time_s() == pytest.approx(1.4)


def test_running_to_the_next_miss_picks_it(show, traces):
    shown = show([traces["layered"]], t=0)
    shown.run("p.isStill = true")
    shown.page.get_by_role("button", name="Run to the next miss (M)").click()
    time_s, row = shown.run("const m = p.boards[0].moments('miss')[0]; return [m.time, m.row]")
    assert shown.time_s() == pytest.approx(time_s)
    assert shown.run("return p.pickedRow(p.boards[0])") == row


def test_what_a_trace_does_not_hold_is_not_offered(show, traces):
    page = show([traces["direct"]]).page
    assert page.get_by_role("button", name="Run to the next").count() == 0


# --- eyes -------------------------------------------------------------------------------------------------


def test_looking_through_a_backends_eyes(show, traces):
    shown = show([traces["layered"]])
    before = shown.page.get_by_role("group", name="Stage").screenshot()
    shown.page.get_by_label("Look through the eyes of").select_option("app-1")
    assert shown.page.get_by_role("group", name="Stage").screenshot() != before
    how = shown.run("const s = p.panes[0].stage; return s.board.nodes.map((node, i) => [node.name, s.lens.how(i)])")
    assert dict(how) == {
        "students": "",
        "app-1": "self",
        "app-2": "",
        "app-3": "",
        "campus-proxy": "told",
        "gateway": "peer",
    }
    panel = shown.page.get_by_role("tabpanel").inner_text()
    assert "10.3.0.1" in panel
    figure = next(f for f in figures(traces["layered"]) if (f.observer, f.how) == ("app-1", "peer"))
    assert f"{figure.effective_size:.1f} of {figure.clients} may as well have asked" in panel


def test_only_what_passes_a_party_is_on_its_stage(show, traces):
    shown = show([traces["layered"]], eyes="app-1")
    strangers = shown.run(
        """const { stage, board } = p.panes[0], app = board.nodeOf.get("app-1"), strange = [];
        for (let t = 0; t < p.end; t += 0.02)
          for (const { edge } of stage.draw(t, 0.02).moves)
            if (board.edges[edge].receiver !== app) strange.push(edge);
        return strange"""
    )
    assert strangers == []


def test_what_cannot_be_read_is_sealed(show):
    hops = [to_proxy(0, 0.0, inside_s=0.2), to_app(0, 0.1, parent=0, tls_mode="tls")]
    shown = show([build(hops)], eyes="tap:proxy–app")
    assert shown.run("return [p.panes[0].stage.lens.reads(0), p.panes[0].stage.lens.reads(1)]") == [True, False]
    shown.run("p.setEyes('app')")
    assert shown.run("return p.panes[0].stage.lens.reads(1)")


def test_a_party_is_chosen_by_a_click_and_by_key(show, traces):
    shown = show([traces["layered"]])
    x, y = shown.run("const c = p.panes[0].stage.cards[p.boards[0].nodeOf.get('gateway')]; return [c.x, c.top + 8]")
    shown.page.get_by_role("group", name="Stage").click(position={"x": x, "y": y})
    assert shown.run("return p.eyes") == "gateway"
    shown.page.keyboard.press("Escape")
    assert shown.run("return p.eyes") == ""
    shown.page.keyboard.press("v")
    assert shown.run("return p.eyes") == "students"


# --- side by side -----------------------------------------------------------------------------------------


def test_four_designs_on_one_clock_with_the_same_request(show, traces):
    shown = show(list(traces.values()), t=2.0)
    assert shown.page.get_by_role("group", name="Stage").count() == 4
    shown.run("p.pick(100)")
    assert shown.run("return p.panes.map(({ stage, board }) => board.r.id[stage.picked])") == [100] * 4
    totals = shown.page.locator(".pxp-totals").all_inner_texts()
    assert len(set(totals)) == 4
    assert all("answered" in text and "under way" in text for text in totals)


def test_the_lesson_side_by_side(show, traces):
    shown = show(list(traces.values()), eyes="app-1")
    direct, forward, reverse, layered = shown.page.locator(".pxp-banner").all_inner_texts()
    assert "by their own address" in direct
    assert "198.51.100.1" in forward
    assert "cannot tell apart" in forward
    assert "a field names all 20 students" in reverse
    assert "10.3.0.1" in layered
    assert "cannot tell apart" in layered


def test_a_party_that_a_design_does_not_have_is_said(show, traces):
    shown = show([traces["direct"], traces["layered"]], eyes="gateway")
    assert shown.page.locator(".pxp-banner").first.inner_text() == "There is no gateway in this design."


def test_a_tap_stands_on_the_clients_link_in_every_design(show, traces):
    shown = show(list(traces.values()), eyes="tap:students–campus-proxy")
    said = shown.page.locator(".pxp-banner").all_inner_texts()
    assert [text.split(" sees ")[0] for text in said] == [
        "A tap on students–app-1",
        "A tap on students–campus-proxy",
        "A tap on students–gateway",
        "A tap on students–campus-proxy",
    ]


# --- names, sampling, sight -------------------------------------------------------------------------------


def test_a_name_is_text_whatever_it_holds(show):
    nodes = {(EVIL if name == "proxy" else name): node for name, node in NODES.items()}
    hops = [
        {**to_proxy(0, 0.0, inside_s=0.2), "receiver": EVIL},
        {**to_app(0, 0.1, parent=0, via=EVIL), "sender": EVIL},
    ]
    shown = show([build(hops, nodes=nodes, edges=[], scenario={"title": EVIL, "name": "x"})], pick=0, eyes=EVIL)
    shown.run("p.showTab('eyes'); p.showTab('moves'); p.showTab('story'); p.step(1)")
    assert shown.page.evaluate("window.hacked") is None
    assert shown.page.locator("img").count() == 0
    assert shown.page.get_by_role("heading", level=1).inner_text() == EVIL
    assert EVIL in shown.page.locator(".pxp-ladder").inner_text()


def test_sampling_is_announced(show, traces, monkeypatch):
    monkeypatch.setattr(pages, "MOST_REQUESTS", 100)
    page = show([traces["layered"]]).page
    assert "one mark stands for 3 requests" in page.get_by_role("banner").inner_text()
    assert page.locator(".pxp-totals").inner_text().startswith("about ")


def test_out_of_sight_it_pauses(show, traces):
    shown = show([traces["layered"]])
    shown.run("p.setSpeed(0.01); p.start()")
    shown.wait("p.isPlaying && p.time > p.boards[0].opening()")
    shown.page.evaluate("document.getElementById('pxp-root').style.display = 'none'")
    shown.wait("!p.isPlaying && p.time < p.end")


def test_it_plays_in_a_sandboxed_frame_too(context, traces, tmp_path):
    file = tmp_path / "notebook.html"
    file.write_text(f"<!doctype html>{Frame(pages.page([traces['direct']]))._repr_html_()}", encoding="utf-8")
    page = context.new_page()
    page.goto(file.as_uri())
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Play (space)").click()
    frame.get_by_role("button", name="Pause (space)").wait_for()
    page.close()

"""The page as text: whole, closed to the outside, safe with any name, small enough."""

from __future__ import annotations

import base64
import hashlib
import json
import re

import numpy as np
import pytest

import sim
from sim.errors import TraceError
from sim.player import page
from sim.player.packing import ABSENT, unpack
from sim.trace.examples import NODES, build, three_requests, to_proxy

EVIL = "<img src=x onerror=alert(1)>"


def data_of(text):
    return json.loads(re.search(r'id="pxp-data">(.*?)</script>', text, re.DOTALL)[1])


@pytest.fixture(scope="module")
def text():
    return page.page([three_requests()])


def test_the_policy_allows_this_script_and_this_style_only(text):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    for tag, name in (("script", r'<script type="module">(.*?)</script>'), ("style", r"<style>(.*?)</style>")):
        found = re.search(name, text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_nothing_in_it_is_loaded_from_elsewhere(text):
    code = text.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", code)
    assert not re.search(r"\b(fetch|XMLHttpRequest|WebSocket|EventSource|import)\s*\(", code)
    assert "innerHTML" not in code
    assert "eval(" not in code


def test_names_cannot_end_the_data_nor_begin_markup():
    nodes = {**NODES, EVIL: NODES["proxy"], "</script>": NODES["app"]}
    trace = build([to_proxy(0, 0.0)], nodes=nodes, scenario={"title": EVIL, "name": "x"})
    text = page.page([trace])
    assert EVIL not in text
    assert text.count("</script>") == 2
    assert [node["name"] for node in data_of(text)[0]["nodes"]][-2:] == [EVIL, "</script>"]
    assert "<title>&lt;img" in text


def test_times_are_told_as_whole_ticks_each_from_the_one_before():
    board = page.show([three_requests()])[0]
    columns, tick_s = unpack(board["packed"]), board["tick_s"]
    arrival_s = np.cumsum(columns["r.arrival"], dtype=np.int64) * tick_s
    sent_s = np.repeat(arrival_s, columns["r.hops"]) + columns["h.sent"] * tick_s
    returned_s = sent_s + (columns["h.received"] + columns["h.answered"] + columns["h.returned"]) * tick_s
    assert returned_s == pytest.approx([1.4, 1.3, 0.7, 2.4, 2.3])


def test_a_time_that_never_came_is_absent():
    lost = to_proxy(0, 0.0, status=0)
    lost |= {"received_s": np.nan, "answered_s": np.nan, "returned_s": 5.0}
    columns = unpack(page.show([build([lost])])[0]["packed"])
    assert (columns["h.received"][0], columns["h.answered"][0]) == (ABSENT, ABSENT)
    assert columns["h.returned"][0] > 0


@pytest.mark.parametrize("count", [0, 5])
def test_there_are_one_to_four_stages(count):
    with pytest.raises(TraceError, match=f"{count} traces: the player shows 1 to 4"):
        page.page([three_requests()] * count)


def test_traces_may_be_given_titles():
    boards = data_of(page.page({"before": three_requests(), "after": three_requests()}))
    assert [board["title"] for board in boards] == ["before", "after"]


def test_the_page_is_written_with_its_folder(tmp_path):
    path = page.write([three_requests()], tmp_path / "new" / "play.html")
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_where_it_cannot_be_written_it_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(TraceError, match="cannot write the page"):
        page.write([three_requests()], tmp_path / "file" / "play.html")


def test_names_at_the_top_of_the_modules_are_all_different():
    names = [
        name
        for module in page.MODULES
        for name in re.findall(
            r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", page.static(f"{module}.js"), re.MULTILINE
        )
    ]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_each_module_uses_only_those_before_it():
    for number, module in enumerate(page.MODULES):
        used = re.findall(r'from "\./(\w+)\.js"', page.static(f"{module}.js"))
        assert set(used) <= set(page.MODULES[:number]), module


def test_no_file_of_the_program_is_long():
    assert all(page.static(f"{module}.js").count("\n") <= 600 for module in page.MODULES)


@pytest.mark.slow
def test_a_hundred_thousand_requests_make_a_page_of_five_megabytes_at_most():
    trace = sim.simulate(sim.load("layered", ["run.requests=100000", "run.warm_up=0 s"]), seed=1)
    assert len(page.page([trace]).encode()) <= 5_000_000

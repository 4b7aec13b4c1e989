"""The page as a browser takes it: what it would load, run or style; and that no name breaks out of its place."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from sim.errors import TraceError
from sim.report import page
from sim.report.document import policy, titled
from sim.trace.examples import three_requests
from tests.exports import runs

PLAYER = (
    "<!doctype html><html><head><style>p { color: red }</style></head><body><p>a &amp; b</p>"
    '<script type="application/json">{"a": 1}</script><script type="module">play();</script></body></html>'
)
LOADING = {"img", "link", "script", "object", "embed", "audio", "video", "iframe", "base", "form", "meta"}
VOID = {"meta", "br"}


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def sha256(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def several():
    return page({"a": runs.hostile_names(), "b": three_requests(), "c": runs.gone_wrong()}, player=PLAYER)


def test_it_is_well_formed_and_every_name_of_an_element_is_its_own(several):
    seen = Seen(several)
    assert not seen.open
    names = [attributes["id"] for _, attributes in seen.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert {link["href"][1:] for link in seen.of("a")} <= set(names)


def test_hostile_names_stay_text(several):
    seen = Seen(several)
    assert runs.HOSTILE in seen.text
    assert not seen.of("img")
    assert not [name for _, attributes in seen.elements for name in attributes if name.startswith("on")]


def test_nothing_is_loaded_from_anywhere(several):
    seen = Seen(several)
    assert {tag for tag, _ in seen.elements} & LOADING <= {"iframe", "meta"}
    assert all(attributes.get("src") is None for _, attributes in seen.elements)
    refers = [value for _, said in seen.elements for name, value in said.items() if name in {"href", "xlink:href"}]
    assert all(value.startswith("#") for value in refers)
    assert not re.search(r"url\((?!#)|@import", several)


def test_the_policy_allows_the_style_of_the_page_and_nothing_else():
    text = page({"run": three_requests()})
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    said = dict(part.strip().partition(" ")[::2] for part in policy().split(";"))
    assert said == {"default-src": "'none'", "style-src": sha256(style), "base-uri": "'none'", "form-action": "'none'"}
    assert f'content="{policy()}"' in text
    assert not [1 for _, attributes in Seen(text).elements if "style" in attributes]
    assert not Seen(text).of("iframe")


def test_the_player_has_a_frame_of_its_own_and_the_policy_knows_its_parts(several):
    (frame,) = Seen(several).of("iframe")
    assert frame["srcdoc"] == PLAYER
    assert frame["sandbox"] == "allow-scripts"
    said = dict(part.strip().partition(" ")[::2] for part in policy(PLAYER).split(";"))
    assert said["script-src"] == sha256("play();")
    assert sha256("p { color: red }") in said["style-src"]


def test_the_same_trace_makes_the_same_bytes():
    assert page({"run": three_requests()}) == page({"run": three_requests()})


def test_runs_of_one_title_are_told_apart_by_their_names():
    assert list(titled({"x": three_requests(), "y": three_requests()})) == ["Three requests (x)", "Three requests (y)"]
    assert list(titled({"x": three_requests()})) == ["Three requests"]


def test_progress_is_told():
    told = []
    page({"run": three_requests()}, progress=lambda *said: told.append(said))
    assert told[-1] == (6, 6)


def test_a_page_about_nothing_is_refused():
    with pytest.raises(TraceError, match="no trace to report on"):
        page({})

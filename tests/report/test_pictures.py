from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from sim.charts.save import pictures
from sim.charts.slide import Slide
from sim.report.pictures import figure, headline, inline
from sim.trace.examples import three_requests
from tests.exports import runs


class Seen(HTMLParser):
    """All attributes of all elements; what is not well nested is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.attributes = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.attributes += attrs

    def handle_startendtag(self, _, attrs):
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")


@pytest.mark.parametrize("trace", [three_requests(), runs.hostile_names()], ids=["three requests", "hostile names"])
def test_pictures_need_no_style_and_find_what_they_refer_to(trace):
    for place, picture in enumerate(pictures(trace)):
        seen = Seen(figure(picture, f"p{place}"))
        names = [value for name, value in seen.attributes if name == "id"]
        assert len(names) == len(set(names))
        assert all(name.startswith(f"p{place}-") for name in names)
        refers = [value[1:] for name, value in seen.attributes if name == "xlink:href"]
        refers += [found for _, value in seen.attributes for found in re.findall(r"url\(#([^)]*)\)", value or "")]
        assert refers
        assert set(refers) <= set(names)
        assert "style" not in dict(seen.attributes)


def test_lines_keep_their_look():
    drawn = '<svg width="1" viewBox="0 0 1 1"><path style="fill: none; stroke-dasharray: 4,2; stroke: #fff"/></svg>'
    assert '<path fill="none" stroke-dasharray="4,2" stroke="#fff"/>' in inline(drawn, "p", "")


def test_the_headline_is_there_for_those_who_do_not_see_the_picture():
    assert headline(Slide("What is seen\xa0here")) == "What is seen here"
    (topology, *_) = pictures(three_requests())
    label = dict(Seen(figure(topology, "p")).attributes)["aria-label"]
    assert label.startswith("Three requests")

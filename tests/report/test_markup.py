from __future__ import annotations

import html
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from sim.report.markup import Markup, element, escaped


class Seen(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@given(st.text(), st.text())
def test_no_text_becomes_an_element_or_an_attribute(inside, title):
    seen = Seen(element("p", inside, title=title))
    assert seen.tags == ["p"]
    assert [name for name, _ in seen.attributes] == ["title"]
    assert seen.text == html.unescape(html.escape(inside))


def test_markup_is_taken_as_it_is_and_only_markup():
    assert escaped(Markup("<br>")) == "<br>"
    assert element("p", ["<br>", element("b", "x")]) == "<p>&lt;br&gt;<b>x</b></p>"
    assert isinstance(element("p"), Markup)


def test_names_of_attributes():
    assert element("th", class_="n", aria_label="a") == '<th class="n" aria-label="a"></th>'
    assert element("th", class_="") == "<th></th>"

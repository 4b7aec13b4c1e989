"""Text in pictures: units, and names that fit."""

from __future__ import annotations

import math

import pytest

from sim.charts import theme, words
from sim.charts.slide import Slide


@pytest.mark.parametrize(
    ("value_s", "text"),
    [(0.9996, "1 s"), (0.0009999, "1 ms"), (0.0000004, "0.4 µs"), (75.0, "75 s"), (math.nan, "–"), (0.05999, "60 ms")],
)
def test_times_have_a_fitting_unit(value_s, text):
    assert words.seconds(value_s) == text


@pytest.mark.parametrize("text", ["campus-proxy", "W" * 40, "a$b$c", "i.i.i.i", "Ärger – ü"])
@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_measured_width_is_the_width_drawn(text, weight):
    slide = Slide()
    with theme.look():
        drawn = slide.text(0, 0.5, text, weight=weight)
        slide.draw_without_rendering()
    width_in = drawn.get_window_extent().width / slide.dpi
    assert words.width_in(text, weight=weight) == pytest.approx(width_in, rel=0.03, abs=0.02)


@pytest.mark.parametrize("most_in", [0.3, 0.8, 1.5, 4.0])
def test_shortened_text_fits_and_keeps_both_ends(most_in):
    name = "the-forward-proxy-of-the-northern-campus"
    short = words.shorten(name, most_in)
    assert words.width_in(short) <= most_in
    assert short[0] == "t"
    if most_in > 0.5:
        assert short.endswith("s")


def test_text_that_fits_is_left_alone():
    assert words.shorten("app-1", 2.0) == "app-1"


def test_wrapped_lines_fit_and_lose_nothing():
    lines = words.wrap("Forward and reverse proxy", 1.6)
    assert lines == ["Forward and", "reverse proxy"]
    assert all(words.width_in(line) <= 1.6 for line in lines)


def test_headlines_are_balanced():
    assert words.balance("one two three four five six", 1.5) == ["one two three", "four five six"]


def test_what_is_tied_stays_in_one_line():
    lines = words.wrap(f"Mean response time {words.tie('Direct', '484 ms')}", 2.0)
    assert lines[1].split("\xa0") == ["Direct", "484", "ms"]


@pytest.mark.parametrize("text", ["a\tb\nc", "\u5b66\u751f", "\x07bell", "\U0001f600"])
def test_only_characters_that_the_font_has_are_drawn(text):
    slide = Slide()
    slide.text(0, 0, words.plain(text))
    slide.draw_without_rendering()  # a missing glyph would warn, and a warning is an error
    assert "\n" not in words.plain(text)

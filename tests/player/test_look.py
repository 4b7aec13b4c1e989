"""The player looks like the pictures: same palette, marks and words."""

from __future__ import annotations

from sim.charts import theme
from sim.player import look
from sim.trace.schema import OUTCOMES, STEP_TEXTS


def test_colours_and_glyphs_are_those_of_the_pictures():
    for outcome, mark in theme.OUTCOMES.items():
        assert (look.MARKS[outcome].colour, look.MARKS[outcome].glyph) == (mark.colour, mark.glyph)


def test_causes_have_the_colours_of_the_pictures():
    shared = look.CAUSE_COLOURS.keys() & theme.CAUSE_COLOURS.keys()
    assert {cause: look.CAUSE_COLOURS[cause] for cause in shared} == {c: theme.CAUSE_COLOURS[c] for c in shared}
    assert len(shared) >= 5


def test_no_two_outcomes_are_told_apart_by_colour_alone():
    shapes = [mark.shape for mark in look.MARKS.values()]
    assert len(set(shapes)) == len(shapes)


def test_every_outcome_of_a_trace_has_a_mark_and_a_meaning():
    assert OUTCOMES.keys() <= look.MARKS.keys()
    assert all(look.legend()[outcome]["meaning"] == OUTCOMES[outcome] for outcome in OUTCOMES)


def test_steps_are_told_in_the_textbooks_words():
    assert look.step_texts() == {f"{role} {number}": text.sentence for (role, number), text in STEP_TEXTS.items()}


def test_every_word_of_a_cache_has_its_reason():
    from sim.outcomes import CACHE_STATUS_WORDS

    assert {word for word in CACHE_STATUS_WORDS if word} <= look.REASONS.keys()


def test_every_shape_can_be_drawn():
    from sim.player.page import static

    shapes = {mark.shape for mark in (*look.MARKS.values(), look.UNDECIDED)}
    assert all(f"  {shape}: (c, r) =>" in static("marks.js") for shape in shapes)

"""The player looks like the pictures: the page gets the tables of outcomes and of response parts, complete."""

from __future__ import annotations

from itertools import chain

from sim.outcomes import CACHE_WORDS, OUTCOMES, UNDECIDED
from sim.player.look import JUMPS, look
from sim.player.page import static
from sim.response_parts import PARTS
from sim.trace.schema import STEP_TEXTS


def test_the_legend_is_the_table_of_outcomes():
    found = look()["legend"]
    assert list(found) == list(OUTCOMES)
    for word, outcome in OUTCOMES.items():
        assert found[word] == {**outcome._asdict(), "is_refusal": outcome.is_refusal}


def test_every_shape_can_be_drawn():
    shapes = {outcome.shape for outcome in (*OUTCOMES.values(), UNDECIDED)}
    assert all(f"  {shape}: (c, r) =>" in static("marks.js") for shape in shapes)


def test_no_shape_is_drawn_for_nothing():
    shapes = {outcome.shape for outcome in (*OUTCOMES.values(), UNDECIDED)}
    table = static("marks.js").partition("const SHAPES = {")[2].partition("};")[0]
    assert {line.split(":")[0].strip() for line in table.strip().splitlines()} == shapes


def test_steps_are_told_in_the_textbooks_words():
    assert look()["step_texts"] == {f"{role} {number}": text.sentence for (role, number), text in STEP_TEXTS.items()}


def test_every_word_of_a_cache_has_its_reason_and_the_look_of_an_outcome():
    found = look()["cache_words"]
    assert list(found) == [known.word for known in CACHE_WORDS.values() if known.word]
    assert all(said["reason"] and said["label"] and said["outcome"] in OUTCOMES for said in found.values())


def test_every_part_of_a_response_time_has_a_phrase_and_a_colour():
    found = look()
    assert found["parts"] == {name: {"phrase": part.phrase, "colour": part.colour} for name, part in PARTS.items()}
    assert found["unanswered"] in found["parts"]


def test_keys_that_run_to_an_outcome_have_no_other_use():
    taken = chain.from_iterable(
        line.split(":")[:1] for line in static("controls.js").split("const does = {")[1].split(",")
    )
    assert not {key.strip() for key in taken} & JUMPS.keys()
    assert "r" not in JUMPS, "the key of the next retry"

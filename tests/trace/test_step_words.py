"""A step is told in the textbook's words, or in those of the stage that acted."""

from __future__ import annotations

from sim.trace.schema import STEP_TEXTS
from sim.trace.step_words import step_words

ARRIVAL = {"role": "reverse_proxy", "step": 1, "name": "receive", "stage": ""}
SENTENCES = {"rate_limit": "A token bucket for each client."}


def test_without_a_stage_the_textbook_speaks():
    assert step_words(ARRIVAL, SENTENCES) == STEP_TEXTS["reverse_proxy", 1]


def test_a_stage_has_its_own_sentence():
    assert step_words({**ARRIVAL, "stage": "rate_limit"}, SENTENCES) == (SENTENCES["rate_limit"], "rate limit")


def test_what_precedes_a_colon_is_the_title_of_a_stage():
    found = step_words({**ARRIVAL, "stage": "blocklist"}, {"blocklist": "Block list: refuses listed hosts."})
    assert found == ("Block list: refuses listed hosts.", "Block list")


def test_a_stage_without_a_sentence_has_its_name():
    assert step_words({**ARRIVAL, "stage": "rate_limit"}, {}) == ("rate limit", "rate limit")


def test_an_unknown_step_has_its_name():
    assert step_words({**ARRIVAL, "step": 99, "name": "look_twice"}, {}).words == "look twice"

"""The table of outcomes is complete, its marks differ, and each cache status leads to one outcome."""

from __future__ import annotations

import re

import pytest

from sim.messages import CacheStatus
from sim.outcomes import (
    BLOCKED,
    CACHE_HITS,
    CACHE_STATUS_WORDS,
    CACHE_WORDS,
    HITS,
    LIMITED,
    OUTCOMES,
    SETTLED_BY_A_CACHE,
    UNDECIDED,
    outcome_of,
    outcome_of_cache_word,
    refused,
)
from tests.support.every_outcome import every_outcome


@pytest.mark.parametrize("attribute", ["word", "meaning", "phrase", "marker", "shape", "glyph"])
def test_no_two_outcomes_are_told_apart_by_colour_alone(attribute):
    assert len({getattr(outcome, attribute) for outcome in OUTCOMES.values()}) == len(OUTCOMES)


def test_colours_are_those_of_the_course():
    colours = {word: outcome.colour for word, outcome in OUTCOMES.items()}
    assert (colours["hit"], colours["miss"], colours["failed"]) == ("#009E73", "#0072B2", "#D55E00")
    assert colours["blocked"] == colours["limited"] == "#E69F00"
    assert all(re.fullmatch(r"#[0-9A-F]{6}", colour) for colour in colours.values())


def test_every_cache_status_has_a_word_and_one_outcome():
    assert list(CACHE_WORDS) == list(CacheStatus)
    for status in CacheStatus:
        found = [outcome for outcome in OUTCOMES.values() if status in outcome.cache_statuses]
        assert found == [outcome_of_cache_word(CACHE_STATUS_WORDS[status])]


def test_hits_are_what_came_from_a_store_without_asking_on():
    assert HITS == ("hit", "stale")
    assert CACHE_HITS == ("hit", "stale-hit")


def test_an_unknown_word_is_undecided():
    assert outcome_of("never heard of") is UNDECIDED
    assert all(outcome_of(word) is outcome for word, outcome in OUTCOMES.items())


def test_of_refusals_the_status_decides():
    assert refused("http_request_denied", 429) is LIMITED
    assert refused("http_request_denied", 403) is BLOCKED
    assert refused("connection_timeout", 504) is None
    assert [outcome for outcome in OUTCOMES.values() if outcome.is_refusal] == [LIMITED, BLOCKED]


def test_what_a_cache_settles_is_decided_by_its_status_alone():
    assert all(outcome.cache_statuses and not outcome.is_refusal for outcome in SETTLED_BY_A_CACHE)


def test_the_trace_of_every_outcome_is_what_it_says_and_obeys_all_laws():
    trace = every_outcome()
    assert trace.requests["outcome"].tolist() == list(OUTCOMES)
    trace.check()

"""The outcome of every situation, against the sentences of RFC 9111 section 4 and of what it refers to."""

from __future__ import annotations

from itertools import product

import pytest

from sim.messages import CacheStatus
from sim.rules.situation import Situation, outcome

EVERY = [Situation(*facts) for facts in product((False, True), repeat=len(Situation._fields))]

MUST_NOT_REUSE_UNLESS = {
    # Section 4: "When presented with a request, a cache MUST NOT reuse a stored response unless:"
    "the request method associated with the stored response allows it to be used for the presented request": (
        lambda s: s.reads,
        CacheStatus.METHOD,
    ),
    "the presented target URI and that of the stored response match": (lambda s: s.stored, CacheStatus.URI_MISS),
    "request header fields nominated by the stored response (if any) match those presented": (
        lambda s: s.selected,
        CacheStatus.VARY_MISS,
    ),
    # Section 3.3: "MUST NOT use an incomplete response to answer requests unless ... the request is partial and
    # specifies a range wholly within the incomplete response".
    "the response has been made complete, or the range is wholly within it": (
        lambda s: s.complete,
        CacheStatus.PARTIAL,
    ),
    # Section 5.2.1.4: "the client prefers a stored response not be used ... without successful validation".
    "the request does not ask for validation": (lambda s: not s.insists, CacheStatus.REQUEST),
    "the stored response does not contain the no-cache directive, unless it is successfully validated": (
        lambda s: not s.always_validated,
        CacheStatus.STALE,
    ),
    # Section 5.2.1.1 and RFC 8246 section 2.1; section 5.2.1.3.
    "while fresh, its age is at most max-age, or it is immutable": (
        lambda s: not s.fresh or not s.too_old or s.immutable,
        CacheStatus.REQUEST,
    ),
    "while fresh, it stays so for min-fresh": (lambda s: not s.fresh or not s.ends_too_soon, CacheStatus.REQUEST),
    # Section 4: "fresh, or allowed to be served stale, or successfully validated"; section 4.2.4: "MUST NOT generate
    # a stale response if it is prohibited by an explicit in-protocol directive".
    "if stale, no directive prohibits it": (
        lambda s: s.fresh or not (s.never_stale or s.too_old or s.ends_too_soon),
        CacheStatus.STALE,
    ),
    "if stale, the request or the response allows it": (
        lambda s: s.fresh or s.stale_wanted or s.stale_while_revalidated,
        CacheStatus.STALE,
    ),
}


def expected(situation):
    """Return the status that goes with the first condition of the section that is not met; HIT or STALE_HIT if none."""
    unmet = [status for is_met, status in MUST_NOT_REUSE_UNLESS.values() if not is_met(situation)]
    answers = CacheStatus.HIT if situation.fresh else CacheStatus.STALE_HIT
    return unmet[0] if unmet else answers


def test_every_situation_has_the_outcome_of_the_first_condition_that_is_not_met():
    assert len(EVERY) == 2**13
    assert [s for s in EVERY if outcome(s)[0] is not expected(s)] == []


def test_only_a_stale_answer_that_the_response_alone_allows_is_refreshed():
    # RFC 5861 section 3: "it SHOULD attempt to revalidate it"; a request that accepts it stale asks for no more.
    for situation in EVERY:
        status, refresh = outcome(situation)
        assert refresh == (status is CacheStatus.STALE_HIT and not situation.stale_wanted)


@pytest.mark.parametrize("condition", MUST_NOT_REUSE_UNLESS)
def test_each_condition_alone_keeps_a_response_from_being_used(condition):
    is_met, status = MUST_NOT_REUSE_UNLESS[condition]
    alone = [
        s
        for s in EVERY
        if not is_met(s) and all(other(s) for other, _ in MUST_NOT_REUSE_UNLESS.values() if other is not is_met)
    ]
    assert alone
    assert {outcome(s)[0] for s in alone} == {status}

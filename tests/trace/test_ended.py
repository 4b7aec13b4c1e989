"""How requests ended, by the rules at the top of `sim.outcomes`: against an oracle in plain Python, one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.outcomes import (
    CACHE_STATUS_WORDS,
    OUTCOMES,
    SERVER_ERROR,
    SETTLED_BY_A_CACHE,
    outcome_of_cache_word,
    refused,
)
from sim.trace import schema
from sim.trace.ended import ended
from sim.trace.examples import build, exchange, table, to_app, to_proxy

DENIED = "http_request_denied"
SETTLED = {outcome.word for outcome in SETTLED_BY_A_CACHE}


def oracle(first, hops):
    """The rules in the order in which they are written, for one request."""
    answers = [hop for hop in hops if hop["status"] and not np.isnan(hop["answered_s"]) and not hop["task"]]
    word_of = {id(hop): outcome_of_cache_word(hop["cache_status"]).word for hop in answers}
    refusing = [hop for hop in answers if hop["error"] == first["error"] == DENIED and hop["status"] == first["status"]]
    settling = [hop for hop in answers if word_of[id(hop)] in SETTLED]
    if not answers or first["status"] == 0:
        return "failed", ""
    by = (refusing or settling or answers)[-1]["receiver"]
    if first["status"] >= SERVER_ERROR:
        return "failed", by
    if refusal := refused(first["error"], first["status"]):
        return refusal.word, by
    if settling:
        return word_of[id(settling[-1])], by
    if word_of[id(answers[-1])] == "hit":
        return "hit", by
    return ("miss" if "miss" in word_of.values() else "bypass"), by


CACHES = st.sampled_from(CACHE_STATUS_WORDS)
STATUSES = st.sampled_from([(200, ""), (0, ""), (304, ""), (403, DENIED), (429, DENIED), (503, ""), (504, "x")])


EXCHANGES = st.lists(st.tuples(CACHES, STATUSES, st.booleans(), st.booleans()), min_size=1, max_size=4)


@given(st.lists(EXCHANGES, max_size=4))
def test_it_follows_the_rules(said):
    rows, first = [], []
    for number, hops in enumerate(said):
        for index, (cache, (status, error), is_lost, is_background) in enumerate(hops):
            row = exchange(
                number, 0.0, sender="a", receiver=f"node {index % 3}", source_ip="", destination_ip="",
                cache_status=cache, status=status, error=error, task=int(is_background and index > 0),
                **({"answered_s": np.nan} if is_lost else {}),
            )  # fmt: skip
            rows.append({"hop_id": len(rows), **row})
        first.append(next(row for row in rows if row["request_id"] == number))
    requests = table([c for c in schema.REQUESTS if c.name in {"request_id", "status", "error"}], first)
    found = ended(requests, table(schema.HOPS, rows))
    expected = [oracle(one, [row for row in rows if row["request_id"] == one["request_id"]]) for one in first]
    assert list(zip(found.outcome.texts(), found.answered_by.texts(), strict=True)) == expected


def passed_on(**said):
    """The backend's answer through the proxy, as both got it."""
    return build([to_proxy(0, 0.0, inside_s=1.0, **said), to_app(0, 0.1, parent=0, service_s=0.8, **said)])


@pytest.mark.parametrize(("status", "outcome"), [(403, "blocked"), (429, "limited"), (503, "failed")])
def test_a_refused_request_was_answered_by_the_node_that_refused(status, outcome):
    row = passed_on(status=status, error=DENIED).requests.iloc[0]
    assert (row["outcome"], row["answered_by"]) == (outcome, "app")


def test_a_refusal_after_another_attempt_is_of_the_node_that_refused():
    hops = [to_proxy(0, 0.0, inside_s=3.0, status=403, error=DENIED, cache_status="")]
    hops.append(to_app(0, 0.1, parent=0, service_s=0.8))
    row = build(hops).requests.iloc[0]
    assert (row["outcome"], row["answered_by"]) == ("blocked", "proxy")


def test_an_error_status_of_a_backend_is_no_refusal():
    assert passed_on(status=403).requests["outcome"].tolist() == ["miss"]


def test_every_outcome_can_be_reached():
    reached = {outcome_of_cache_word(word).word for word in CACHE_STATUS_WORDS} | {"failed", "blocked", "limited"}
    assert reached == set(OUTCOMES)


def test_of_several_caches_the_later_exchange_settles():
    hops = [to_proxy(0, 0.0, inside_s=1.0, cache_status="stale-hit")]
    hops.append(to_app(0, 0.1, parent=0, service_s=0.8, cache_status="revalidated"))
    row = build(hops).requests.iloc[0]
    assert (row["outcome"], row["answered_by"]) == ("revalidated", "app")

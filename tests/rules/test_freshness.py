"""How long a response is fresh, and how old it is."""

import re

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.freshness import (
    age_value_s,
    explicit_lifetime_s,
    heuristic_lifetime_s,
    initial_age_s,
)
from tests.rules.cases import CASES, cases, stored
from tests.rules.strategies import any_fields, any_time_s


@cases("lifetime")
def test_lifetime(exchange, expected):
    said = dict(exchange) if isinstance(exchange, dict) else {"fields": exchange}
    assert stored(said.pop("fields"), **said).lifetime_s == expected


@cases("age")
def test_age(exchange, expected):
    said = dict(exchange)
    assert stored(said.pop("fields"), **said).age_s == expected


@given(any_fields, any_time_s)
def test_no_field_value_raises_and_nothing_is_negative(said, now_s):
    lifetime_s = explicit_lifetime_s(said, {}, shared=True, received_s=now_s)
    assert lifetime_s is None or lifetime_s >= 0
    assert heuristic_lifetime_s(said, ratio=0.1, received_s=now_s) >= 0
    assert age_value_s(said) >= 0
    assert age_value_s(said, cautious=True) >= age_value_s(said)


@given(any_time_s, any_time_s, any_time_s, any_time_s)
def test_age_is_never_less_than_what_any_clock_says(age_s, date_s, asked_s, took_s):
    received_s = asked_s + took_s
    found_s = initial_age_s(age_s, date_s, asked_s, received_s)
    assert found_s >= initial_age_s(age_s, None, asked_s, received_s) >= age_s
    assert found_s >= received_s - date_s


@given(st.floats(0, 1))
def test_a_guess_grows_with_its_ratio(ratio):
    changed = (("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT"),)
    assert heuristic_lifetime_s(changed, ratio=ratio, received_s=1000.0) == ratio * 1000.0


def test_every_case_says_what_it_obeys_and_has_a_name_of_its_own():
    for rule in CASES.values():
        assert len({case["id"] for case in rule}) == len(rule)
        assert all({"id", "section"} < set(case) for case in rule)
        assert all(re.match(r"(RFC \d{4}|PROXY protocol) section \d", case["section"]) for case in rule)

"""How long a response is fresh, and how old it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.freshness import cache_directives, current_age_s, lifetime_s
from tests.rules.cases import CASES, cases, fields
from tests.rules.strategies import any_fields, any_time_s


@cases("lifetime")
def test_lifetime(exchange, expected):
    assert lifetime_s(fields(exchange)) == expected


def test_directives_with_and_without_arguments():
    found = cache_directives(fields(['cache-control: Public, max-age = 60 ,ext="a, b"', "accept: no-store"]))
    assert dict(found) == {"public": "", "max-age": "60", "ext": "a, b"}


def test_directives_cannot_be_changed_by_a_reader():
    with pytest.raises(TypeError):
        cache_directives(fields(["cache-control: public"]))["max-age"] = "60"


@given(any_fields)
def test_no_field_value_raises_and_a_lifetime_is_never_negative(said):
    assert lifetime_s(said) >= 0


@given(st.integers(0, 10**9))
def test_any_whole_number_of_seconds_is_a_lifetime(seconds):
    assert lifetime_s((("cache-control", f"max-age={seconds}"),)) == seconds


@given(any_time_s, any_time_s, any_time_s)
def test_age_grows_with_the_time_in_the_cache(age_s, stored_s, stay_s):
    now_s = stored_s + stay_s
    assert current_age_s(age_s, stored_s, now_s) == age_s + (now_s - stored_s)


def test_every_case_says_what_it_obeys_and_has_a_name_of_its_own():
    for rule in CASES.values():
        assert len({case["id"] for case in rule}) == len(rule)
        assert all(set(case) == {"id", "section", "exchange", "expected"} for case in rule)
        assert all(re.match(r"(RFC \d{4}|PROXY protocol) section \d", case["section"]) for case in rule)

"""Directives of Cache-Control, and numbers of seconds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.directives import MOST_S, cache_control, named_fields, seconds
from tests.rules.cases import cases
from tests.rules.strategies import VALUES, any_fields


@cases("directives")
def test_directives(exchange, expected):
    assert dict(cache_control((("accept", "no-store"), *(("cache-control", line) for line in exchange)))) == expected


@cases("seconds")
def test_seconds(exchange, expected):
    assert seconds(exchange) == expected


def test_directives_cannot_be_changed_by_a_reader():
    with pytest.raises(TypeError):
        cache_control((("cache-control", "public"),))["max-age"] = "60"


def test_names_of_fields_have_no_case():
    assert named_fields('Set-Cookie, X-User, "') == {"set-cookie", "x-user", '"'}
    assert named_fields("") == frozenset()


@given(any_fields)
def test_no_field_value_raises_and_all_names_are_lower_case(said):
    assert all(name == name.lower() for name in cache_control(said))


@given(st.integers(0, 10**30))
def test_any_whole_number_is_read_up_to_the_greatest(number):
    assert seconds(str(number)) == min(number, MOST_S)


@given(VALUES)
def test_no_argument_raises(text):
    assert seconds(text) is None or 0 <= seconds(text) <= MOST_S

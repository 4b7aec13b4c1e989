"""What a proxy changes in the fields that it forwards."""

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.forwarding import field_value, forwarded_fields
from tests.rules.cases import cases, fields
from tests.rules.strategies import any_fields

MODES = st.sampled_from(["append", "replace", "delete", "off"])


@cases("forwarding")
def test_forwarding(exchange, expected):
    said = (fields(exchange["fields"]), exchange["peer"], exchange["mode"], exchange["via"])
    assert forwarded_fields(*said) == fields(expected)


def test_a_field_that_is_not_there_is_empty():
    assert field_value((("via", "1.1 a"),), "accept") == ""


@given(any_fields, MODES, st.text(max_size=5))
def test_other_fields_are_passed_on_untouched_and_in_order(said, mode, via):
    changed = {"x-forwarded-for", "via"}
    before = [pair for pair in said if pair[0] not in changed]
    after = [pair for pair in forwarded_fields(said, "10.0.0.1", mode, via) if pair[0] not in changed]
    assert after == before


@given(any_fields, st.text(max_size=5))
def test_who_deletes_leaves_no_trace_of_the_client(said, via):
    assert field_value(forwarded_fields(said, "10.0.0.1", "delete", via), "x-forwarded-for") == ""


@given(any_fields, MODES)
def test_the_peer_is_named_exactly_if_the_mode_says_so(said, mode):
    named = field_value(forwarded_fields(said, "198.51.100.77", mode, ""), "x-forwarded-for").split(", ")[-1]
    assert (named == "198.51.100.77") is (mode in {"append", "replace"})

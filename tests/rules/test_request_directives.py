"""What a request asks of a cache."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.request_directives import PLAIN, asked
from tests.rules.cases import cases, fields
from tests.rules.strategies import any_fields


@cases("asked")
def test_asked(exchange, expected):
    found = asked(exchange.get("method", "GET"), fields(exchange["fields"]))
    assert found == replace(PLAIN, **{"plain": False, **expected})
    assert (found is PLAIN) is (expected == {"plain": True})


@given(any_fields, st.sampled_from(["GET", "HEAD", "POST", "get", ""]))
def test_no_field_value_raises(said, method):
    found = asked(method, said)
    assert found.reads is (method in {"GET", "HEAD"})
    assert found.plain is (found == PLAIN)

"""What an unsafe request makes out of date."""

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.invalidation import invalidated, same_origin
from tests.rules.cases import cases, fields
from tests.rules.strategies import VALUES

TARGET = "http://a.example/x/y"


@cases("invalidated")
def test_invalidated(exchange, expected):
    found = invalidated(exchange["method"], TARGET, exchange["status"], fields(exchange["fields"]))
    assert list(found) == expected


def test_a_port_that_is_said_stays_said():
    assert same_origin("http://a.example:8001/x", "/y") == "http://a.example:8001/y"
    assert same_origin("http://a.example:8001/x", "http://a.example/y") is None


@given(st.one_of(VALUES, st.text(":/[]@#?.a1 ", max_size=12)), VALUES)
def test_no_reference_raises_and_none_leaves_the_origin(reference, target):
    found = same_origin(TARGET, reference)
    assert found is None or found.startswith("http://a.example/")
    same_origin(target, reference)

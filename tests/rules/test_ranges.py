"""Parts of a content: what is asked for, what is stored, and how parts are put together."""

from hypothesis import given
from hypothesis import strategies as st

from sim.messages import Response
from sim.rules.ranges import Part, content_bytes, content_range, cut, held_part, joined, requested, within
from tests.rules.cases import cases
from tests.rules.strategies import VALUES

CONTENT = b"0123456789"


@cases("content_range")
def test_content_range(exchange, expected):
    found = content_range(tuple(("content-range", line) for line in exchange))
    assert found == (None if expected is None else Part(*expected))


@cases("requested")
def test_requested(exchange, expected):
    found = requested(*exchange)
    if expected:
        assert found[:2] == tuple(expected)
    else:
        assert (found is None) is (expected is None)
        assert found is None or found.bytes == 0


def test_a_part_is_whole_only_if_it_is_all_there_is():
    assert Part(0, 9, 10).is_whole
    assert not any(part.is_whole for part in (Part(0, 8, 10), Part(1, 9, 10), Part(0, 9, None)))


def test_where_content_is_only_imagined_its_size_is_that_of_the_message():
    assert content_bytes(Response(200, (), 77)) == 77
    assert content_bytes(Response(200, (), 77, body=b"")) == 0
    assert held_part(Response(206, (("content-range", "bytes 4-9/10"),), 6)) == Part(4, 9, 10)


def test_a_206_that_does_not_hold_what_it_says_holds_nothing():
    said = (("content-range", "bytes 4-9/10"),)
    assert held_part(Response(206, said, 6, body=b"456789")) == Part(4, 9, 10)
    assert held_part(Response(206, said, 5, body=b"45678")) is None
    assert held_part(Response(206, (), 6, body=b"456789")) is None


def test_all_of_a_content_is_a_part_too():
    found = cut(Response(200, (), 10, body=CONTENT), Part(0, 9, 10), Part(0, 9, 10))
    assert (found.status, found.fields, found.body) == (206, (("content-range", "bytes 0-9/10"),), CONTENT)


@given(st.integers(0, 9), st.integers(0, 9))
def test_what_is_cut_out_is_what_was_wanted(first, last):
    wanted = requested(f"bytes={first}-{last}", 10)
    if wanted is None:
        assert last < first
    else:
        assert cut(Response(200, (), 10, body=CONTENT), Part(0, 9, 10), wanted).body == CONTENT[first : last + 1]


@given(*[st.tuples(st.integers(0, 9), st.integers(0, 9)).map(sorted)] * 2, st.booleans())
def test_parts_put_together_hold_what_each_of_them_held(one, other, imagined):
    parts = [Part(*one, 10), Part(*other, 10)]
    messages = [
        Response(206, (), part.bytes, body=None if imagined else CONTENT[part.first : part.last + 1]) for part in parts
    ]
    found = joined(messages[0], parts[0], messages[1], parts[1])
    if found is None:
        assert max(one[0], other[0]) > min(one[1], other[1]) + 1, "only a gap keeps them apart"
    else:
        held = held_part(found)
        assert all(within(part, held) for part in parts)
        assert found.body == (None if imagined else CONTENT[held.first : held.last + 1])
        assert (found.status == 200) is held.is_whole


@given(VALUES, st.none() | st.integers(0, 100))
def test_no_value_raises(value, length):
    content_range((("content-range", value),))
    found = requested(value, length)
    assert found is None or found.bytes >= 0

"""Asking whether a stored response is still good, and answering who asks that."""

from hypothesis import given

from sim.rules.conditions import (
    conditional,
    describes,
    entity_tags,
    freshened,
    has_tag,
    identified,
    is_strong,
    not_modified,
    same_part,
    same_strongly,
    same_weakly,
    strong_tag,
)
from tests.rules.cases import cases, fields, stored
from tests.rules.strategies import VALUES, any_fields


@cases("conditional")
def test_conditional(exchange, expected):
    found = conditional(fields(exchange["fields"]), [stored(lines) for lines in exchange["stored"]])
    assert found == (None if expected is None else fields(expected))


@cases("not_modified")
def test_not_modified(exchange, expected):
    said = dict(exchange)
    asked = fields(said.pop("fields"))
    assert not_modified(asked, stored(said.pop("stored"), **said)) is expected


@cases("not_modified")
def test_an_origin_evaluates_entity_tags_as_a_cache_does(exchange, expected):
    said, held = fields(exchange["fields"]), fields(exchange["stored"])
    named = any(name == "if-none-match" for name, _ in said)
    assert has_tag(said, held) is (named and expected)


@cases("same_part")
def test_same_part(exchange, expected):
    assert same_part(fields(exchange["fields"]), stored(exchange["stored"])) is expected


@cases("identified")
def test_identified(exchange, expected):
    held = [stored(lines, received_s=float(number % 2)) for number, lines in enumerate(exchange["stored"])]
    found = identified(held, fields(exchange["fields"]))
    assert [held.index(one) for one in found] == expected


@cases("freshened")
def test_freshened(exchange, expected):
    assert freshened(fields(exchange["stored"]), fields(exchange["fields"])) == fields(expected)


def test_an_answer_to_head_is_about_what_is_stored_unless_a_validator_differs():
    held = fields(['etag: "1"', "last-modified: a"])
    assert describes((), held)
    assert describes(fields(['etag: "1"', "x: 1"]), held)
    assert not describes(fields(['etag: "1"', "last-modified: b"]), held)
    assert not describes(fields(['etag: "1"']), ())


def test_entity_tags_are_compared_as_the_table_of_the_rfc_says():
    # RFC 9110 section 8.8.3.2, table 3.
    pairs = [('W/"1"', 'W/"1"'), ('W/"1"', 'W/"2"'), ('W/"1"', '"1"'), ('"1"', '"1"')]
    assert [same_strongly(*pair) for pair in pairs] == [False, False, False, True]
    assert [same_weakly(*pair) for pair in pairs] == [True, False, True, True]


def test_what_is_no_tag_is_not_strong():
    assert [is_strong(text) for text in ('"1"', '""', '"', "", "1", 'W/"1"')] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
    assert strong_tag(fields(['etag: "1"'])) == '"1"'
    assert strong_tag(fields(['etag: W/"1"'])) is None
    assert strong_tag(()) is None


@given(VALUES)
def test_no_list_of_tags_raises(value):
    assert all(tag and tag in value for tag in entity_tags(value))


@given(any_fields, any_fields)
def test_no_field_value_raises(asked, held):
    kept = stored([f"{name}: {value}" for name, value in held])
    assert not_modified(asked, kept) in {True, False}
    assert same_part(asked, kept) in {True, False}
    identified([kept, kept], asked)
    conditional(asked, [kept])


@given(any_fields, any_fields)
def test_to_freshen_twice_with_the_same_is_to_freshen_once(held, newer):
    once = freshened(held, newer)
    assert freshened(once, newer) == once

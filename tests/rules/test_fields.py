"""Values of header fields, lists in them, and sets of them changed."""

import time

from hypothesis import given
from hypothesis import strategies as st

from sim.rules.fields import combined, first, lines, members, replaced, split, unquoted, without
from tests.rules.cases import cases
from tests.rules.strategies import NAMES, VALUES, any_fields


@cases("list")
def test_list(exchange, expected):
    assert members(tuple(("x", line) for line in exchange), "x") == expected


def test_lines_are_found_by_name_alone():
    said = (("a", "1"), ("b", "2"), ("a", " 3 "))
    assert (lines(said, "a"), first(said, "a"), combined(said, "a")) == (("1", " 3 "), "1", "1,  3 ")
    assert (lines(said, "c"), first(said, "c"), combined(said, "c")) == ((), None, None)


def test_a_first_line_is_told_without_white_space_around_it():
    assert first((("etag", ' "1"\t'),), "etag") == '"1"'


def test_only_a_whole_quoted_string_loses_its_quotes():
    said = ['"a"', '"a\\"b"', "a", '"', '"a', '""']
    assert [unquoted(text) for text in said] == ["a", 'a"b', "a", '"', '"a', ""]


def test_all_lines_of_a_name_are_replaced_together():
    said = (("a", "1"), ("b", "2"), ("a", "3"))
    assert replaced(said, (("a", "4"), ("c", "5"))) == (("b", "2"), ("a", "4"), ("c", "5"))
    assert without(said, {"a"}) == (("b", "2"),)


@given(VALUES)
def test_a_list_without_quotes_is_split_at_every_comma(value):
    plain = value.replace('"', "")
    assert split(plain) == [part.strip(" \t") for part in plain.split(",") if part.strip(" \t")]


@given(VALUES)
def test_no_value_raises_and_nothing_but_commas_and_white_space_is_lost(value):
    kept = "".join(split(value))
    assert "".join(c for c in kept if c not in ", \t") == "".join(c for c in value if c not in ", \t")


@given(any_fields, NAMES)
def test_what_is_without_a_field_has_it_no_more(said, name):
    assert first(without(said, {name}), name) is None
    assert [pair for pair in said if pair[0] != name] == list(without(said, {name}))


@given(st.text())
def test_unquoting_never_raises(text):
    assert len(unquoted(text)) <= len(text)


def test_the_time_grows_with_the_length_and_no_faster():
    start_s = time.process_time()
    split('"\\' * 100_000)
    assert time.process_time() - start_s < 2

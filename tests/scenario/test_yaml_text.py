"""YAML text: its scalars, its lines, and what is refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.yaml_text import UnreadableTextError, join, parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("010", 10),
        ("-3", -3),
        ("1e3", 1000.0),
        (".5", 0.5),
        (".inf", float("inf")),
        ("12:30", "12:30"),
        ("2024-01-01", "2024-01-01"),
        ("64 MiB", "64 MiB"),
        ("'7'", "7"),
        ("10.1.0.0/16", "10.1.0.0/16"),
    ],
)
def test_plain_scalars_are_those_of_yaml_1_2(text, value):
    assert parse(f"key: {text}").data == {"key": value}


def test_lines_are_those_of_the_keys():
    document = parse("a: 1\nb:\n  - x\n  - c: 2\n\n    d: 3\n")
    assert document.lines["a"] == 1
    assert document.lines["b"] == 2
    assert document.lines["b.1"] == 4
    assert document.lines["b.1.d"] == 6


def test_a_key_written_twice_is_told_with_its_line_and_the_first_stays():
    document = parse("a: 1\nb: 2\na: 3\n")
    assert document.data == {"a": 1, "b": 2}
    assert [str(problem) for problem in document.problems] == ["line 3: a: key 'a' is written twice (keep one of them)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!python/object:os.system {}", "the tag 'tag:yaml.org,2002:python/object:os.system' is not allowed"),
        ("a: !secret x", "the tag '!secret' is not allowed"),
        ("a: !!int x", "'x' does not fit its tag"),
        ("? [1, 2]\n: 3", "a key must be a word, not a list or mapping"),
    ],
)
def test_what_is_wrong_beside_the_rest(text, message):
    assert [problem.message for problem in parse(text).problems] == [message]


def bomb():
    rows = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    rows += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[a", "line 1: is not YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'"),
        ("a: 1\nb: c: d", "line 2: is not YAML: mapping values are not allowed here"),
        ("a: *nobody", "line 1: is not YAML: found undefined alias 'nobody'"),
        ("--- 1\n--- 2", "line 2: is not YAML: expected a single document in the stream, but found another document"),
        ("\x00\x01", "contains control characters; is it a binary file?"),
        ("[" * 500_000, "line 1: nested more than 50 levels deep"),
        ("a: &x [*x]", "line 1: an alias refers to a value around it"),
        (bomb(), "line 1: aliases expand to more than 100,000 values"),
    ],
    ids=["sequence", "colon", "alias", "documents", "binary", "deep", "recursive", "bomb"],
)
def test_what_cannot_be_read_at_all(text, message):
    with pytest.raises(UnreadableTextError) as caught:
        parse(text)
    assert str(caught.value).startswith(message)


def test_aliases_in_measure_are_welcome():
    assert parse("a: &x {b: 1}\nc: *x").data == {"a": {"b": 1}, "c": {"b": 1}}


def test_empty_text_has_no_data():
    assert parse("# nothing\n").data is None


@given(st.text(alphabet="ab:-[]{}&*!#'\"\n 1.~|>%@?,", max_size=60))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(UnreadableTextError):
        assert isinstance(parse(text).lines, dict)


def test_join():
    assert join(join(join("", "links"), 0), "delay") == "links.0.delay"

"""No outcome word and no word of a cache status stands outside ``sim/outcomes.py``: everybody reads the table."""

from __future__ import annotations

import ast
import re

import pytest

from sim.outcomes import CACHE_STATUS_WORDS, OUTCOMES
from tests.architecture import source

EVERYDAY = {
    "method": "of a request: a column and a field of every log",
    "request": "one of the two messages of an exchange",
}
"""Words of caches that mean something else nearly everywhere, so that a literal of them proves nothing."""

WORDS = ({*OUTCOMES, *CACHE_STATUS_WORDS} - {""}) - EVERYDAY.keys()

ALLOWED = {
    ("sim/exports/har.py", "blocked"): "a timing of the HTTP Archive format: before the request was sent",
    ("sim/console/number_format.py", "hit"): "part of the name of a measure, such as hit_ratio",
}
"""Literals that are no outcomes, by file and word, each with its reason."""

_COMMENT = re.compile(r"(?m)(?<![:\"'`])//.*$")
_LITERAL = re.compile(r"""(["'`])([\w-]+)\1""")
_KEY = re.compile(r"[{,]\s*([\w-]+)\s*:")
_PROPERTY = re.compile(r"\.([a-z]+)\b(?!\()")


def in_python(code: str) -> set[str]:
    """Words that stand in Python as a string of their own."""
    return {node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)} & WORDS


def in_javascript(code: str) -> set[str]:
    """Words that stand in JavaScript in quotes, as the key of an object, or as a property."""
    bare = _COMMENT.sub("", code)
    found = {text for _, text in _LITERAL.findall(bare)} | set(_KEY.findall(bare)) | set(_PROPERTY.findall(bare))
    return found & WORDS


def literals() -> set[tuple[str, str]]:
    """File and word of every literal outside the table."""
    readers = {".py": in_python, ".js": in_javascript}
    return {
        (str(path.relative_to(source.REPOSITORY)), word)
        for path in sorted(source.SIM.rglob("*"))
        if path.suffix in readers and path != source.SIM / "outcomes.py"
        for word in readers[path.suffix](path.read_text(encoding="utf-8"))
    }


def test_outcome_words_stand_in_one_file():
    assert literals() - ALLOWED.keys() == set()


def test_the_list_of_other_meanings_is_not_longer_than_needed():
    assert ALLOWED.keys() - literals() == set()


def test_everyday_words_are_words_of_caches():
    assert EVERYDAY.keys() <= set(CACHE_STATUS_WORDS)


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_planted_word_is_found(word):
    assert in_python(f"if outcome == {word!r}:\n    pass") == {word}
    assert in_python(f"MARKS = {{{word!r}: 1}}") == {word}
    assert in_javascript(f'if (said === "{word}") return;') == {word}
    assert in_javascript(f"const MARKS = {{ a: 1, '{word}': 2 }};") == {word}


@pytest.mark.parametrize("word", sorted(word for word in WORDS if word.isalpha()))
def test_a_planted_key_or_property_is_found(word):
    assert in_javascript(f"const PHRASES = {{ {word}: 1 }};") == {word}
    assert in_javascript(f"return said.legend.{word}.colour;") == {word}


def test_a_word_in_prose_is_not_a_literal():
    assert in_python('"""A hit or a miss."""\nhits = 1') == set()
    assert in_javascript("const hits = 1; // a hit\n// miss: another\nconst text = `${number} hits`;") == set()

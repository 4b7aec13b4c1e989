"""Names say what a thing is: no empty nouns, and a public face that fits in one look."""

from __future__ import annotations

import ast
import re

import sim
from tests.architecture import source

EMPTY_NOUNS = {"base", "handler", "handlers", "helper", "helpers", "manager", "process", "util", "utils"}
PUBLIC_NAMES = 15


def words(name: str) -> set[str]:
    """Words of a snake_case or CamelCase name."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_modules_and_packages_have_telling_names():
    names = {part for path in source.files() for part in path.relative_to(source.SIM).with_suffix("").parts}
    assert not {name for name in names if words(name) & EMPTY_NOUNS}


def test_classes_have_telling_names():
    empty = [
        f"{path.relative_to(source.REPOSITORY)}:{node.lineno} {node.name}"
        for path in source.files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and words(node.name) & EMPTY_NOUNS
    ]
    assert not empty


def test_words_are_found_in_both_spellings():
    assert words("BaseHTTPHandler") == {"base", "http", "handler"}
    assert words("string_utils") == {"string", "utils"}


def test_public_face_is_small_and_complete():
    assert 1 <= len(sim.__all__) <= PUBLIC_NAMES
    assert all(getattr(sim, name) is not None for name in sim.__all__)

"""Names say what a thing is: no empty nouns, and a public face that fits in one look."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

import pytest

import sim
from tests.architecture import source

EMPTY_NOUNS = {"base", "handler", "handlers", "helper", "helpers", "manager", "process", "util", "utils"}
PUBLIC_NAMES = 15

SAME_FILE_NAME = {
    # The chart of a table of numbers has the table's name.
    "agreement.py": {"sim/charts", "sim/metrics"},
    "caching.py": {"sim/charts", "sim/metrics"},
    "response_time.py": {"sim/charts", "sim/metrics"},
    "topology.py": {"sim/charts", "sim/scenario"},
    # The same part of two worlds, simulated time and real sockets, behind the same interface.
    "journey.py": {"sim/engine", "sim/lab"},
    "run.py": {"sim/engine", "sim/lab"},
    "world.py": {"sim/engine", "sim/lab", "sim/nodes"},  # and the interface itself
    # What a file or a table must look like.
    "schema.py": {"sim/scenario", "sim/trace"},
    # The exceptions of a room beside those of the whole package.
    "errors.py": {"sim", "sim/http1"},
}
"""File names that occur twice on purpose, and where: each for the reason above it."""

SAME_CLASS_NAME = {
    # The same part of two worlds, simulated time and real sockets, behind the same interface.
    "Journey": {"sim/engine/journey.py", "sim/lab/journey.py"},
}
"""Class names that occur twice on purpose, and where: each for the reason above it."""

TELLING = re.compile(r"(?:Give|Say|Tell)s?\b")
"""A function returns or writes something, it does not tell anybody: *Return …*, *Whether …*, *Write …*."""


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


def test_one_file_name_one_meaning():
    places = defaultdict(set)
    for path in source.files():
        if path.name != "__init__.py":
            places[path.name].add(path.parent.relative_to(source.REPOSITORY).as_posix())
    assert {name: found for name, found in places.items() if len(found) > 1} == SAME_FILE_NAME


def test_one_class_name_one_meaning():
    places = defaultdict(list)
    for path in source.files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path.relative_to(source.REPOSITORY).as_posix())
    twice = {name: sorted(found) for name, found in places.items() if len(found) > 1}
    assert twice == {name: sorted(found) for name, found in SAME_CLASS_NAME.items()}


def telling_docstrings(room):
    """Places in a room whose docstring begins with a verb of telling."""
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return [
        f"{path.relative_to(source.REPOSITORY)}:{getattr(node, 'lineno', 1)} {said.splitlines()[0]}"
        for path in source.files()
        if path.relative_to(source.SIM).parts[0] == room
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, documented) and TELLING.match(said := ast.get_docstring(node) or "")
    ]


ROOMS = sorted({path.relative_to(source.SIM).parts[0] for path in source.files()})


@pytest.mark.parametrize("room", ROOMS)
def test_docstrings_say_what_a_thing_is_or_returns(room):
    assert not telling_docstrings(room)


def test_words_are_found_in_both_spellings():
    assert words("BaseHTTPHandler") == {"base", "http", "handler"}
    assert words("string_utils") == {"string", "utils"}


def test_public_face_is_small_and_complete():
    assert 1 <= len(sim.__all__) <= PUBLIC_NAMES
    assert all(getattr(sim, name) is not None for name in sim.__all__)

"""Every source file has its test file, in the same place of the tree."""

from __future__ import annotations

import pytest

from tests.architecture import source

TESTS = source.REPOSITORY / "tests"
SOURCES = [path for path in source.files() if path.name != "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(source.SIM)))
def test_source_file_has_its_test_file(path):
    place = path.relative_to(source.SIM)
    expected = TESTS / place.parent / f"test_{path.stem.strip('_')}.py"
    assert expected.is_file(), f"write {expected.relative_to(source.REPOSITORY)} for sim/{place}"
    assert "def test_" in expected.read_text(encoding="utf-8"), f"{expected} holds no test"


def test_every_package_says_what_lives_in_it():
    folders = {path.parent for path in SOURCES}
    silent = [str(folder) for folder in folders if not _introduction(folder)]
    assert not silent, f"__init__.py missing or without a docstring: {silent}"


def _introduction(folder):
    init = folder / "__init__.py"
    return init.is_file() and init.read_text(encoding="utf-8").lstrip().startswith('"""')

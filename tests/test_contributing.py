"""CONTRIBUTING is true: the policy that it walks through works, tells what it says, and its commands are there."""

from __future__ import annotations

import ast
import doctest
import re
from collections import OrderedDict
from collections.abc import Hashable
from pathlib import Path

import pytest

from sim.policies import replacement
from sim.policies.bounded_store import BoundedStore
from sim.policies.registry import Registry
from tests.policies.test_replacement import victims

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
CLASS, STORIES = re.findall(r"^```(?:python|text)\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture
def mru(monkeypatch):
    """The policy of the walk-through, known for one test only: its source is put where the text says."""
    known: Registry[replacement.ReplacementPolicy] = Registry("replacement policy")
    known._classes.update(replacement.registry._classes)
    monkeypatch.setattr(replacement, "registry", known)
    names = {**vars(replacement), "OrderedDict": OrderedDict, "Hashable": Hashable}
    exec(compile(CLASS, "CONTRIBUTING.md", "exec"), names)  # noqa: S102  # the document's own code is what is tested
    return names["MRU"]


def test_the_example_in_its_docstring_is_right(mru):
    test = doctest.DocTestParser().get_doctest(mru.__doc__, {"MRU": mru}, "MRU", None, None)
    assert test.examples
    assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.usefixtures("mru")
def test_its_stories_are_right():
    stories = ast.literal_eval(f"[{STORIES}]")
    assert [victims(name, story) for name, story, _ in stories] == [left for _, _, left in stories]


@pytest.mark.usefixtures("mru")
def test_a_store_follows_it():
    """Readers who go round and round through one page too many: MRU keeps hitting where LRU never does."""
    found = {}
    for policy in ("mru", "lru"):
        store = BoundedStore(4, "objects", policy)
        found[policy] = sum(store.find(key) is not None or not store.put(key, key, 1) for key in "abcde" * 20)
    assert found["mru"] > 50
    assert found["lru"] == 0


def test_files_and_folders_that_it_names_are_there(repository):
    named = [
        path
        for path in re.findall(r"`((?:sim|tests|scenarios|figures|notebooks)/[\w/.-]*)`", TEXT)
        if "/a/" not in path
    ]
    assert len(named) > 10
    assert not [path for path in named if not (repository / path).exists()]


def test_targets_that_it_names_are_there(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^    )make (\w+)", TEXT, re.MULTILINE))
    assert {"test", "check", "figures", "notebooks"} <= targets
    assert not [target for target in targets if f"\n{target}:" not in makefile]

"""CONTRIBUTING is true: the policies that it walks through work, do what it says, and its commands are there."""

from __future__ import annotations

import ast
import doctest
import re
import sys
from pathlib import Path

import pytest

import sim
from sim.policies import guards, transforms
from sim.policies.bounded_store import BoundedStore
from tests.support.policies import victims
from tests.support.registered import forgetting, run_module

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODE = dict(re.findall(r"file `(\w+)\.py`.*?^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
(STORIES,) = re.findall(r"^```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^    \.venv/bin/proxysim (run|replay) (.*)$", TEXT, re.MULTILINE)


@pytest.fixture
def walked_through(monkeypatch, tmp_path):
    """The modules of the text, known for one test only: each is imported as its own file."""
    forgetting(monkeypatch)
    return {name: run_module(source, name, tmp_path, monkeypatch) for name, source in CODE.items()}


@pytest.fixture(autouse=True)
def forget_modules(monkeypatch):
    for name in CODE:
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_it_walks_through_a_replacement_policy_a_guard_and_a_transform():
    assert list(CODE) == ["mru", "opening_hours", "watermark"]


def test_the_examples_in_the_docstrings_are_right(walked_through):
    for name, module in walked_through.items():
        found = [test for test in doctest.DocTestFinder().find(module, name) if test.examples]
        assert found, name
        assert sum(doctest.DocTestRunner().run(test).failed for test in found) == 0


@pytest.mark.usefixtures("walked_through")
def test_the_stories_are_right():
    stories = ast.literal_eval(f"[{STORIES}]")
    assert [victims(name, story) for name, story, _ in stories] == [left for _, _, left in stories]


@pytest.mark.usefixtures("walked_through")
def test_a_store_follows_the_policy():
    """Readers who go round and round through one page too many: MRU keeps hitting where LRU never does."""
    found = {}
    for policy in ("mru", "lru"):
        store = BoundedStore(4, "objects", policy)
        found[policy] = sum(store.find(key) is not None or not store.put(key, key, 1) for key in "abcde" * 20)
    assert found["mru"] > 50
    assert found["lru"] == 0


@pytest.mark.usefixtures("walked_through")
def test_the_guard_and_the_transform_run_as_the_commands_say():
    settings = [re.search(r"--set '?(nodes\.gateway\.(?:guards|transforms)=[^']*)", said) for _, said in COMMANDS]
    guard, transform = [found.group(1) for found in settings if found]
    closed = sim.simulate(sim.load("reverse-proxy", ["run.requests=2000", guard]))
    late = closed.requests["arrival_s"] > 20.1
    assert late.any()
    assert (closed.requests["outcome"][late] == "blocked").all()
    assert (closed.requests["outcome"][closed.requests["arrival_s"] < 19] != "blocked").all()
    marked = sim.simulate(sim.load("reverse-proxy", ["run.requests=50", transform]))
    assert "marked" in set(marked.steps["detail"])
    assert marked.meta["stages"] == {"watermark": transforms.registry.describe()["watermark"]}
    assert "opening_hours" in guards.registry.names


def test_files_and_folders_that_it_names_are_there(repository):
    named = [
        path
        for path in re.findall(r"`((?:sim|tests|scenarios|figures|notebooks)/[\w/.-]*)`", TEXT)
        if "/a/" not in path and "test_mru" not in path
    ]
    assert len(named) > 10
    assert not [path for path in named if not (repository / path).exists()]


def test_targets_that_it_names_are_there(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:`|^    )make (\w+)", TEXT, re.MULTILINE))
    assert {"test", "check", "figures", "notebooks"} <= targets
    assert not [target for target in targets if f"\n{target}:" not in makefile]

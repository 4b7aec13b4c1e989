"""Who may import whom: the contracts of ``pyproject.toml`` hold, and they bite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib

import pytest

LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_logo=True, no_cache=True))"


def lint(folder):
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_every_import_contract_is_kept(repository):
    done = lint(repository)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("policies/registry.py", "import time", "have no clock"),
        ("nodes/client.py", "import numpy", "ask their world"),
        ("metrics/caching.py", "import sim.engine.run", "Results know only"),
        ("engine/run.py", "import sim.metrics.caching", "Rooms import downwards"),
        ("visibility/matrix.py", "import simpy", "SimPy only"),
        ("study.py", "import asyncio", "only where there are real connections"),
        ("http1/pool.py", "import sim.outcomes", "nothing of proxies"),
        ("products/program.py", "import subprocess", "Products write"),
        ("serving/commands.py", "import sim.lab.clock", "Rooms import downwards"),
        ("lab/encryption.py", "import ssl", "only in http1"),
        ("cli.py", "import yaml", "YAML only"),
        ("study.py", "import matplotlib", "matplotlib only"),
        ("trace/table.py", "import sim.nodes", "Rooms import downwards"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(repository, tmp_path, file, line, contract):
    shutil.copytree(repository / "sim", tmp_path / "sim", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "pyproject.toml", tmp_path)
    with (tmp_path / "sim" / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    broken = [said for said in done.stdout.splitlines() if said.endswith("BROKEN")]
    assert any(contract in said for said in broken), done.stdout


def test_every_room_has_its_place_in_the_layers(repository):
    config = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {room.strip(" ()") for layer in layers for room in layer.split("|")}
    there = {path.stem for path in (repository / "sim").iterdir() if path.is_dir() or path.suffix == ".py"}
    rooms = {name for name in there if not name.startswith("_")}
    assert rooms <= placed, f"place these in the layers of pyproject.toml: {sorted(rooms - placed)}"

"""Who may import whom: the contracts of ``pyproject.toml`` hold."""

from __future__ import annotations

import subprocess
import sys
import tomllib

LINT = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_logo=True, no_cache=True))"


def test_every_import_contract_is_kept(repository):
    done = subprocess.run(
        [sys.executable, "-c", LINT], cwd=repository, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_has_its_place_in_the_layers(repository):
    config = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    layers = config["tool"]["importlinter"]["contracts"][0]["layers"]
    placed = {room.strip(" ()") for layer in layers for room in layer.split("|")}
    there = {path.stem for path in (repository / "sim").iterdir() if path.is_dir() or path.suffix == ".py"}
    rooms = {name for name in there if not name.startswith("_")}
    assert rooms <= placed, f"place these in the layers of pyproject.toml: {sorted(rooms - placed)}"

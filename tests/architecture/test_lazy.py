"""Heavy libraries load when they are used: ``import sim`` and ``proxysim --help`` answer at once."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"matplotlib", "pandas", "pyarrow", "scipy"}
CORE = {"networkx", "numpy", "pydantic", "simpy", "yaml"}

IMPORT = "import sim"
CHECK_HELP = """
from sim.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
"""
LOADED = "\nimport sys\nprint('loaded:', *sys.modules)\n"


def loaded(code: str, folder) -> set[str]:
    """Top-level modules that are loaded once the code has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", code + LOADED], cwd=folder, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("code", "unwanted"), [(IMPORT, HEAVY | CORE), (CHECK_HELP, HEAVY | CORE)], ids=["import sim", "--help"]
)
def test_nothing_heavy_is_loaded(repository, code, unwanted):
    assert loaded(code, repository) & unwanted == set()


def test_reading_a_scenario_loads_only_the_core(repository):
    assert loaded("import sim; sim.load('layered')", repository) & HEAVY == set()


def test_simulating_loads_only_the_core(repository):
    code = "import sim; sim.simulate(sim.load('layered', ['run.requests=50', 'run.warm_up=0 s']))"
    assert loaded(code, repository) & HEAVY == set()

"""The same seed makes the same files, byte for byte, in another process and with another seed of Python's hash."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import sim

SAVE = """
import sys, sim
scenario = sim.load(sys.argv[1], ["run.requests=300", "run.warm_up=0 s"])
sim.simulate(scenario, seed=int(sys.argv[2])).save(sys.argv[3])
"""


def saved(repository, folder, name, *, seed=5, hash_seed="random"):
    subprocess.run(
        [sys.executable, "-c", SAVE, name, str(seed), str(folder)],
        cwd=repository,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        timeout=120,
    )
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.mark.parametrize("name", ["layered", "access-log"])
def test_files_of_two_processes_are_the_same_bytes(repository, tmp_path, name):
    one = saved(repository, tmp_path / "one", name, hash_seed="0")
    other = saved(repository, tmp_path / "other", name, hash_seed="4242")
    assert set(one) == {"requests.parquet", "hops.parquet", "steps.parquet", "meta.json"}
    assert one == other


def test_this_process_makes_them_too(repository, tmp_path):
    elsewhere = saved(repository, tmp_path / "there", "layered")
    scenario = sim.load("layered", ["run.requests=300", "run.warm_up=0 s"])
    here = sim.simulate(scenario, seed=5).save(tmp_path / "here")
    assert {path.name: path.read_bytes() for path in here.iterdir()} == elsewhere
    assert sim.Trace.load(here) == sim.simulate(scenario, seed=5)


def test_another_seed_makes_others(repository, tmp_path):
    assert saved(repository, tmp_path / "one", "layered") != saved(repository, tmp_path / "other", "layered", seed=6)

"""The public face: few names, each found where it lives, nothing loaded before it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sim


def test_every_public_name_is_the_real_thing():
    from sim.engine.run import simulate
    from sim.scenario.load import load
    from sim.scenario.schema import Scenario
    from sim.study import compare
    from sim.trace.trace import Trace
    from sim.workload.draw import draw

    found = (sim.simulate, sim.load, sim.Scenario, sim.compare, sim.Trace, sim.draw)
    assert found == (simulate, load, Scenario, compare, Trace, draw)


def test_rooms_are_modules():
    assert (sim.metrics.__name__, sim.visibility.__name__) == ("sim.metrics", "sim.visibility")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'simulat'"):
        sim.simulat  # noqa: B018  # the look-up itself is the test


def test_completion_offers_the_public_names_only():
    assert dir(sim) == sorted(sim.__all__)


def test_names_are_loaded_when_they_are_used(repository):
    look = "print('sim.engine.run' in sys.modules)"
    code = f"import sim, sys; {look}; sim.simulate; {look}"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]

"""Settings as annotated fields, and stages with a fresh memory for each run."""

import pickle

import pytest
from pydantic import ValidationError

from sim.errors import UnknownPolicyError
from sim.policies import balancing, guards, resilience
from sim.policies.stage import Stage, StageRegistry, setting
from sim.units import Seconds


class Pause(Stage):
    """Pause: waits.

    More about it.
    """

    length_s: Seconds = setting("2 s", alias="length")

    def start(self):
        self.count = 0


@pytest.fixture
def stages():
    registry = StageRegistry("stage")
    registry.register("pause")(Pause)
    return registry


def test_a_scenarios_keys_and_units_are_those_of_the_fields(stages):
    assert stages.start(stages.read({"kind": "pause", "length": "20 ms"})).length_s == 0.02
    assert stages.start(stages.read("pause")).length_s == 2.0


def test_each_run_has_a_fresh_memory(stages):
    settings = stages.read("pause")
    one, other = stages.start(settings), stages.start(settings)
    one.count += 1
    assert (one.count, other.count) == (1, 0)


def test_settings_are_frozen_and_alike_if_they_say_the_same(stages):
    settings = stages.read({"kind": "pause", "length": "2000 ms"})
    assert settings == stages.read("pause")
    with pytest.raises(ValidationError):
        settings.length_s = 3.0


def test_settings_survive_pickling():
    settings = balancing.registry.read({"kind": "round_robin", "weights": {"a": 2}})
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_the_sentence_is_the_first_line():
    assert Pause.sentence() == "Pause: waits."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("blocklits", "unknown guard 'blocklits' .did you mean 'blocklist'"),
        ({"kind": "blocklits"}, "did you mean 'blocklist'"),
        ({"hosts": []}, "must name a known guard, or be a mapping with its 'kind': .*blocklist"),
        (7, "must name a known guard"),
    ],
)
def test_an_unknown_stage_is_an_error_that_helps(value, message):
    with pytest.raises(UnknownPolicyError, match=message):
        guards.registry.read(value)


def test_every_problem_of_the_settings_has_its_place():
    with pytest.raises(ValidationError) as caught:
        resilience.registry.read({"kind": "retry", "attempts": 1, "statuses": [200], "wait": 1})
    assert {error["loc"] for error in caught.value.errors()} == {("attempts",), ("statuses", 0), ("wait",)}

"""Presets of links: complete, and possible in this universe."""

from typing import get_args

import pytest

from sim.scenario.presets import PRESETS, PresetName
from sim.scenario.schema import Link


def test_every_name_has_values():
    assert set(PRESETS) == set(get_args(PresetName))


@pytest.mark.parametrize("name", PRESETS)
def test_values_are_possible(name):
    preset = PRESETS[name]
    assert 0 < preset.jitter_s <= preset.delay_s
    assert preset.bandwidth_bytes_per_s > 0
    assert preset.reason.endswith(".")


def test_distance_orders_delays():
    near_to_far = ("lan", "wifi", "dsl", "cross-country", "cross-continent", "satellite")
    delays_s = [PRESETS[name].delay_s for name in near_to_far]
    assert delays_s == sorted(delays_s)
    assert PRESETS["satellite"].delay_s >= 2 * 35_786_000 / 299_792_458  # up to the geostationary orbit and down


def test_single_values_override_a_preset():
    link = Link.model_validate({"from": "a", "to": "b", "preset": "dsl", "delay": "30 ms"})
    assert link.values == PRESETS["dsl"]._replace(delay_s=0.03)

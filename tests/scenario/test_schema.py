"""The models of a scenario: defaults and freezing."""

import pickle

import pytest
from pydantic import ValidationError

from sim.errors import ScenarioError
from sim.scenario.distributions import Zipf
from sim.scenario.load import load
from sim.scenario.schema import Cache, ContentClass, Link
from tests.scenario.campus import spoilt


def test_defaults_are_in_si_units():
    content = ContentClass.model_validate({"host": "a.example", "served_by": "app"})
    assert content.served_by == ("app",)
    assert content.size.mean_bytes == 10 * 1024
    assert content.request_size_bytes == 400.0
    assert content.service_demand.mean_s == 0.0
    assert isinstance(content.popularity, Zipf)
    scenario = load(spoilt())
    assert scenario.run.warm_up_s == 0.0
    assert scenario.nodes["edge"].connections.idle_timeout_s == 60.0
    assert scenario.nodes["edge"].service_demand_s == 0.0
    assert Cache.model_validate({"capacity": "1 MiB"}).replacement == "lru"


def test_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        load(spoilt()).run.requests = 3


def test_the_proxy_protocol_is_off_or_of_a_version():
    for version in ("v1", "v2"):
        assert load(spoilt({"nodes.edge.proxy_protocol": version})).nodes["edge"].proxy_protocol == version
    assert load(spoilt()).nodes["edge"].proxy_protocol is None
    with pytest.raises(ScenarioError, match=r"nodes\.edge\.proxy_protocol: must be one of v1, v2, not 'v3'"):
        load(spoilt({"nodes.edge.proxy_protocol": "v3"}))


def test_a_version_of_tls_may_be_written_as_a_number():
    assert load(spoilt({"links.1.tls": 1.3})).links[1].tls == "1.3"
    with pytest.raises(ScenarioError, match=r"links\.1\.tls: must be one of 1\.2, 1\.3, not 1\.1"):
        load(spoilt({"links.1.tls": 1.1}))


def test_survives_pickling():
    scenario = load("layered")
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.hash == scenario.hash


def test_link_values_without_a_preset_are_ideal():
    values = Link.model_validate({"from": "a", "to": "b"}).values
    assert values[:3] == (0.0, float("inf"), 0.0)

"""The models of a scenario: defaults, freezing and identity."""

import hashlib
import json
import os
import pickle
import subprocess
import sys

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


def test_hash_tells_apart_what_is_simulated_only():
    reference = load(spoilt()).hash
    assert load(spoilt({"title": "Another title", "description": "Text", "name": "x"})).hash == reference
    assert load(spoilt({"links.1.delay": "0.02 s"})).hash == reference
    assert load(spoilt({"links.1.delay": "21 ms"})).hash != reference
    assert load(spoilt({"nodes.edge.cache": {"capacity": "1000 objects"}})).hash != reference


def hash_of_old(scenario):
    """The hash as it was before there was TLS on links or the PROXY protocol."""
    everywhere = {"__all__": {"proxy_protocol"}}
    left_out = {"name": True, "title": True, "description": True, "links": {"__all__": {"tls"}}, "nodes": everywhere}
    said = scenario.model_dump(mode="json", exclude=left_out)
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:12]


def test_the_proxy_protocol_is_off_or_of_a_version():
    told = {load(spoilt({"nodes.edge.proxy_protocol": version})).hash for version in ("v1", "v2")}
    assert len({*told, load(spoilt()).hash}) == 3
    assert load(spoilt()).nodes["edge"].proxy_protocol is None
    assert load(spoilt()).hash == hash_of_old(load(spoilt()))
    with pytest.raises(ScenarioError, match=r"nodes\.edge\.proxy_protocol: must be one of v1, v2, not 'v3'"):
        load(spoilt({"nodes.edge.proxy_protocol": "v3"}))


def test_tls_of_a_link_counts_in_the_hash_and_its_absence_does_not():
    under_tls = {load(spoilt({"links.1.tls": version})).hash for version in ("1.2", "1.3")}
    assert len({*under_tls, load(spoilt()).hash}) == 3
    # Without TLS it is what it was before there was any: traces and figures that are kept say it.
    assert load(spoilt()).hash == hash_of_old(load(spoilt()))


def test_a_version_of_tls_may_be_written_as_a_number():
    assert load(spoilt({"links.1.tls": 1.3})).links[1].tls == "1.3"
    with pytest.raises(ScenarioError, match=r"links\.1\.tls: must be one of 1\.2, 1\.3, not 1\.1"):
        load(spoilt({"links.1.tls": 1.1}))


def test_hash_does_not_depend_on_the_folder(tmp_path):
    hashes = set()
    for folder in ("one", "two"):
        log = tmp_path / folder / "a.log"
        log.parent.mkdir()
        log.write_text("")
        hashes.add(load(spoilt({"nodes.students.arrivals": {"kind": "access_log", "file": str(log)}})).hash)
    assert len(hashes) == 1


def test_hash_is_the_same_in_another_process():
    code = "from sim.scenario.load import load; print(load('layered').hash)"
    for hash_seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        found = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() == load("layered").hash


def test_survives_pickling():
    scenario = load("layered")
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.hash == scenario.hash


def test_link_values_without_a_preset_are_ideal():
    values = Link.model_validate({"from": "a", "to": "b"}).values
    assert values[:3] == (0.0, float("inf"), 0.0)

"""The hash of a scenario: it moves when the simulation does, and with nothing else."""

import os
import subprocess
import sys

import pytest
from pydantic import BaseModel

from sim.policies import balancing, guards
from sim.policies.admission import Admission
from sim.policies.balancing import Balancer
from sim.policies.guards import Guard
from sim.policies.resilience import Resilience
from sim.policies.routing import Router
from sim.policies.stage import Settings
from sim.policies.transforms import Transform
from sim.scenario import identity, schema
from sim.scenario.distributions import Distribution
from sim.scenario.load import load
from sim.scenario.presets import CACHE_CONTROL, PRESETS
from sim.units import Seconds
from sim.workload.draw import draw
from tests.scenario.campus import spoilt
from tests.support.registered import forgetting

TIMES = (
    {"kind": "deterministic", "mean": "2 ms"},
    {"kind": "exponential", "mean": "2 ms"},
    {"kind": "erlang", "mean": "2 ms", "stages": 4},
    {"kind": "lognormal", "mean": "2 ms", "sigma": 1},
    {"kind": "pareto", "mean": "2 ms", "shape": 3},
    {"kind": "empirical", "values": ["2 ms"], "weights": [1]},
)
SIZES = (
    {"kind": "fixed", "mean": "2 kB"},
    {"kind": "lognormal", "mean": "2 kB", "sigma": 1},
    {"kind": "pareto", "mean": "2 kB", "shape": 3},
    {"kind": "empirical", "values": ["2 kB"], "weights": [1]},
)
POPULARITIES = ({"kind": "zipf"}, {"kind": "uniform"}, {"kind": "weighted", "weights": [1] * 1000})
MMPP = {"kind": "mmpp", "quiet_rate": "1/s", "burst_rate": "9/s", "quiet_time": "1 s", "burst_time": "1 s"}
ARRIVALS = (
    {"kind": "poisson", "rate": "15/s"},
    {"kind": "deterministic", "rate": "15/s"},
    {"kind": "piecewise", "points": [{"at": "0 s", "rate": "1/s"}, {"at": "9 s", "rate": "5/s"}]},
    MMPP,
    {"kind": "sessions", "think": "1 s"},
    {"kind": "access_log", "file": "a.log"},
)

STAGES = {
    "guards": [{"kind": "blocklist", "hosts": ["ads.example"], "paths": ["/admin"]}],
    "resilience": [{"kind": "retry"}],
    "transforms": [{"kind": "compress"}],
}
BY_PATH = {"kind": "by_path", "paths": {"/api/": "api"}}
SMALL = {"kind": "below_size", "largest": "1 kB"}


def _rich():
    """A scenario with every class of models in it."""
    data = spoilt({"nodes.edge.cache": {"capacity": "1 MiB", "admission": SMALL}, "links.1.jitter": "1 ms"})
    for proxy in ("edge", "gateway"):
        data["nodes"][proxy] |= STAGES
    data["nodes"]["gateway"] |= {"pools": {"api": {"backends": ["app-1"]}}, "routing": [BY_PATH]}
    for number, arrivals in enumerate(ARRIVALS):
        client = {"role": "client", "proxy": "edge", "addresses": f"10.{number + 20}.0.0/16", "arrivals": arrivals}
        data["nodes"][f"client-{number}"] = client
        data["links"].append({"from": f"client-{number}", "to": "edge", "shared": False})
    for number, demand in enumerate(TIMES):
        choice = {"size": SIZES[number % len(SIZES)], "popularity": POPULARITIES[number % len(POPULARITIES)]}
        host = {"host": f"{number}.example", "served_by": "gateway", "service_demand": demand}
        data["content"][f"class-{number}"] = host | choice
    return schema.Scenario.model_validate(data)


RICH = _rich()
CHOOSES_A_CLASS = {"role", "kind"}  # another value is another model with other settings
WORDING = {"name", "title", "description", "site", "like"}  # labels, and where settings came from
ABSENT = 2.5  # a value that no setting has, in the place of one that is absent


def _settings(value, path=()):
    """Yield the path of every setting."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _settings(getattr(value, name), (*path, name))
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _settings(part, (*path, name))
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        for number, part in enumerate(value):
            yield from _settings(part, (*path, number))
    elif path[-1] not in CHOOSES_A_CLASS:
        yield path


def _held(value, key):
    return getattr(value, key) if isinstance(value, BaseModel) else value[key]


def _changed(value, path):
    """Copy a model with one setting changed."""
    if not path:
        return _other(value)
    key, *rest = path
    part = _changed(_held(value, key), rest)
    if isinstance(value, BaseModel):
        return value.model_copy(update={key: part})
    return {**value, key: part} if isinstance(value, dict) else (*value[:key], part, *value[key + 1 :])


def _other(value):
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return (*value, "x") if isinstance(value, tuple) else ABSENT


def _models(value):
    parts = ()
    if isinstance(value, BaseModel):
        yield type(value)
        parts = [part for _, part in value]
    elif isinstance(value, dict):
        parts = list(value.values())
    elif isinstance(value, tuple):
        parts = value
    for part in parts:
        yield from _models(part)


def _leaves(model):
    here = [below for below in model.__subclasses__() if below.__module__.startswith("sim.")]
    return {leaf for below in here for leaf in _leaves(below)} or {model}


def test_every_class_of_models_is_looked_at():
    known = {leaf for model in (schema.Model, Distribution) for leaf in _leaves(model)}
    held = {model for model in _models(RICH) if not issubclass(model, Settings)}
    assert {model for model in known if model.__module__.startswith("sim.scenario.")} == held


def test_every_kind_of_stage_is_looked_at():
    held = {model.stage for model in _models(RICH) if issubclass(model, Settings)}
    assert {cls.__mro__[1] for cls in held} == {Admission, Balancer, Guard, Resilience, Router, Transform}


SETTINGS = {".".join(map(str, path)): path for path in _settings(RICH)}


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("name", [name for name, path in SETTINGS.items() if path[-1] not in {*WORDING, "preset"}])
def test_every_setting_counts(name):
    changed = _changed(RICH, SETTINGS[name])
    assert changed != RICH
    assert changed.hash != RICH.hash


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("name", [name for name, path in SETTINGS.items() if path[-1] in WORDING])
def test_labels_do_not_count(name):
    changed = _changed(RICH, SETTINGS[name])
    assert changed != RICH
    assert changed.hash == RICH.hash


LAN = PRESETS["lan"]
SAME = {
    "another unit": ({"links.1.delay": "0.02 s"}, {"links.1.delay": "20 ms"}),
    "a default written out": ({"nodes.edge.via": True}, {}),
    "a default with a unit written out": ({"nodes.edge.connections": {"idle_timeout": "1 min"}}, {}),
    "a group of settings written out": ({"nodes.edge.connections": {"keep_alive": True}}, {}),
    "a distribution written out": ({"content.pages.size": {"kind": "fixed", "mean": "10240 B"}}, {}),
    "a short form": (
        {"content.pages.service_demand": "3 ms"},
        {"content.pages.service_demand": {"kind": "deterministic", "mean": "3 ms"}},
    ),
    "a default kind written out": ({"content.pages.popularity": {"kind": "zipf"}}, {}),
    "a preset's values": (
        {"links.0": {"from": "students", "to": "edge", "delay": "250 us", "bandwidth": "1 Gbit/s", "jitter": "50 us"}},
        {},
    ),
    "a preset overridden in full": (
        {"links.1": {"from": "edge", "to": "gateway", "preset": "lan", "delay": "1 ms"}},
        {"links.1": {"from": "edge", "to": "gateway", "delay": "1 ms", "bandwidth": "1 Gbit/s", "jitter": "50 us"}},
    ),
    "an ideal link": (
        {"links.1": {"from": "edge", "to": "gateway"}},
        {"links.1": {"from": "edge", "to": "gateway", "delay": "0 s", "jitter": "0 s", "shared": True}},
    ),
    "each client's own line": ({"links.0.shared": False}, {}),
    "the same address outbound": ({"nodes.gateway.outbound_address": "203.0.113.1"}, {}),
    "all content named": ({"nodes.students.content": ["pages"]}, {}),
    "the usual Cache-Control": ({"content.pages.cache_control": CACHE_CONTROL[False]}, {}),
    "the usual Cache-Control of what is dynamic": (
        {"content.pages.dynamic": True, "content.pages.cache_control": CACHE_CONTROL[True]},
        {"content.pages.dynamic": True},
    ),
    "a product's defaults written out": (
        {"nodes.gateway.like": "haproxy"},
        {"nodes.gateway.forwarded_for": "off", "nodes.gateway.via": False},
    ),
    "texts for people": ({"title": "Another title", "description": "Text", "name": "x"}, {}),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_the_same_in_other_words(one, other):
    assert load(spoilt(one)).hash == load(spoilt(other)).hash


def test_every_kind_of_stage_counts():
    kinds = balancing.registry.names
    assert len({load(spoilt({"nodes.gateway.balancing": kind})).hash for kind in kinds}) == len(kinds) > 2


def test_defaults_of_stages_and_pools_do_not_count():
    short = {"kind": "rate_limit_of_test", "within": "5 s"}
    assert identity._settings(_Stage(**short)) == {"kind": "rate_limit_of_test"}
    assert identity._settings(_Stage(within="6 s")) == {"kind": "rate_limit_of_test", "within": 6.0}
    pools = {"nodes.gateway.backends": None, "nodes.gateway.pools": {"api": {"backends": ["app-1", "app-2"]}}}
    written = {"backends": ["app-1", "app-2"], "balancing": "round_robin"}
    assert load(spoilt(pools)).hash == load(spoilt(pools | {"nodes.gateway.pools": {"api": written}})).hash


class _Stage(Settings):
    kind: str = "rate_limit_of_test"
    within: Seconds = "5 s"


def test_the_order_of_nodes_and_classes_counts():
    first = load("layered")
    second = first.model_copy(update={"content": dict(reversed(first.content.items()))})
    assert list(draw(first, seed=1).target) != list(draw(second, seed=1).target)
    assert first.hash != second.hash
    assert first.hash != first.model_copy(update={"nodes": dict(reversed(first.nodes.items()))}).hash


def test_a_new_optional_setting_moves_no_hash():
    class Newer(schema.Backend):
        colour: str = "blue"

    known = RICH.nodes["app-1"]
    newer = Newer.model_validate(known.model_dump(by_alias=True) | {"connections": {}})
    same = RICH.model_copy(update={"nodes": RICH.nodes | {"app-1": newer}})
    assert same.hash == RICH.hash
    assert _changed(same, ("nodes", "app-1", "colour")).hash != RICH.hash


def test_the_format_is_part_of_it(monkeypatch):
    before = RICH.hash
    monkeypatch.setattr(identity, "FORMAT", identity.FORMAT + 1)
    assert RICH.hash != before


def test_the_folder_of_a_log_does_not_count(tmp_path):
    hashes = set()
    for folder in ("one", "two"):
        log = tmp_path / folder / "a.log"
        log.parent.mkdir()
        log.write_text("")
        hashes.add(load(spoilt({"nodes.students.arrivals": {"kind": "access_log", "file": str(log)}})).hash)
    assert len(hashes) == 1


def test_it_is_the_same_in_another_process():
    code = "from sim.scenario.load import load; print(load('layered').hash)"
    for hash_seed in ("0", "1"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        found = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )
        assert found.stdout.strip() == load("layered").hash


def test_stages_with_equal_settings_are_told_apart_by_their_kind():
    hashes = {load(spoilt({"nodes.gateway.balancing": kind})).hash for kind in ("random", "client_hash", "round_robin")}
    assert len(hashes) == 3


def test_a_new_optional_setting_of_a_stage_moves_no_hash(monkeypatch):
    forgetting(monkeypatch)

    class Old(Guard):
        """Guard: one setting."""

        first: int = 1

    class New(Old):
        """Guard: two settings."""

        second: int = 2

    hashes = []
    for cls in (Old, New):
        monkeypatch.setitem(guards.registry._found, "growing", cls)
        hashes.append(load(spoilt({"nodes.gateway.guards": [{"kind": "growing", "first": 7}]})).hash)
    assert hashes[0] == hashes[1]

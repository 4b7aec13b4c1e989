"""The JSON Schema accepts what loads and refuses what does not."""

import json

import jsonschema
import pytest
import yaml

from sim.policies.replacement import registry
from sim.scenario import library
from sim.scenario.json_schema import json_schema
from tests.scenario.campus import problems_of, spoilt


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(json.dumps(json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", [*library.names(), "base"])
def test_shipped_scenarios_are_valid(validator, name):
    validator.validate(yaml.safe_load(library.path(name).read_text()))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"content.pages.service_demand": "20 ms", "content.pages.size": "10 KiB"},
        {"content.pages.service_demand": {"kind": "erlang", "mean": "20 ms", "stages": 3}},
        {"content.pages.served_by": ["gateway"]},
        {"nodes.edge.cache": {"capacity": "1000 objects", "replacement": "lfu"}},
        {"nodes.students.arrivals": {"kind": "sessions", "think": {"kind": "exponential", "mean": "2 s"}}},
        {"links.1.delay": "1.5e1 ms", "links.1.preset": "satellite"},
        {"nodes.app-1.workers": None, "nodes.app-1.queue_capacity": 3},
    ],
)
def test_right_ones_load_and_are_valid(validator, changes):
    changes = {path: value for path, value in changes.items() if value is not None}
    assert problems_of(changes) == []
    validator.validate(spoilt(changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"run": None},
        {"nodes": None},
        {"contnt": {}},
        {"links.1.delay": 20},
        {"links.1.delay": "20 mss"},
        {"links.1.delay": "-20 ms"},
        {"links.1.delay": "64 MiB"},
        {"links.0.preset": "lann"},
        {"nodes.edge.cache": {"capacity": "1000 objets"}},
        {"nodes.edge.cache": {"capacity": "1 MiB", "replacement": "lur"}},
        {"nodes.edge.cache": {"cpacity": "1 MiB"}},
        {"nodes.edge.role": "proxy"},
        {"nodes.app-1.workers": 0},
        {"content.pages.service_demand": 20},
        {"content.pages.service_demand": {"kind": "exponential"}},
        {"nodes.students.arrivals": {"kind": "access_log", "file": "a.log", "pace": "fast"}},
    ],
)
def test_wrong_ones_neither_load_nor_are_valid(validator, changes):
    assert problems_of(changes)
    assert not validator.is_valid(spoilt(changes))


def test_a_variant_may_leave_out_what_is_required_and_delete(validator):
    validator.validate({"extends": "direct", "nodes": {"edge": {"cache": None}, "old": None}})
    validator.validate({"extends": "direct", "nodes": {"edge": {"cache": {"replacement": "fifo"}}}})
    assert not validator.is_valid({"nodes": {"edge": {"cache": {"replacement": "fifo"}}}})
    assert not validator.is_valid({"extends": "direct", "nodes": {"edge": {"cach": None}}})
    assert not validator.is_valid({"extends": "direct", "links": [{"from": "a"}]})
    assert not validator.is_valid({"extends": 7})


def test_every_key_is_described():
    schema = json_schema()
    silent = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, said in definition.get("properties", {}).items()
        if "description" not in said and key not in ("role", "kind")
    ]
    assert silent == []
    assert all("description" in said for said in schema["properties"].values())


def test_policies_are_those_registered():
    assert json_schema()["$defs"]["Cache"]["properties"]["replacement"]["enum"] == list(registry.names)

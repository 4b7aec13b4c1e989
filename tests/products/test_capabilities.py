"""Settings are found, handed to the writers of a table, or noted."""

from dataclasses import replace
from pathlib import Path

import pytest

import sim
from sim.products import capabilities
from sim.products.capabilities import settings
from sim.products.task import task
from sim.scenario.schema import Connections
from tests.support.configurations import written

RUN = Path("/run")
PRODUCTS = ("nginx", "squid", "haproxy")


def gateway(*said, name="reverse-proxy"):
    return task(sim.load(name, [f"nodes.gateway.{setting}" for setting in said]), "gateway", RUN)


def draft(can, *said, reasons=None):
    return capabilities.draft("Proxyd", gateway(*said), ["all"], can, reasons or {})


def noted(made):
    return {note.path: note.message for note in made.finished([]).unsupported}


def test_settings_are_found_to_any_depth_by_the_keys_of_the_file():
    found = {setting.path: setting for setting in settings(gateway("response_timeout=300 ms").settings)}
    assert {"cache", "cache.capacity", "connections", "connections.idle_timeout", "response_timeout"} <= set(found)
    assert (found["response_timeout"].text, found["cache.shared"].text) == ("300 ms", "true")
    assert not set(found) & {"response_timeout_s", "cache.heuristic"}
    assert "cache.capacity" not in {setting.path for setting in settings(gateway("cache=null").settings)}


def test_numbers_of_a_note_have_their_units():
    stages = ("transforms=[{kind: compress, speed: 5 MB/s, min_length: 20 kB, ratio: 2}]", "service_demand=5 ms")
    texts = {setting.path: setting.text for setting in settings(gateway(*stages).settings)}
    shown = [texts[f"transforms.0.{key}"] for key in ("speed", "min_length", "ratio", "level")]
    assert shown == ["4.77 MiB/s", "19.5 KiB", "2", "6"]
    assert (texts["service_demand"], texts["transforms.0"]) == ("5 ms", "'compress'")


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ({}, set()),
        ({"idle_timeout": "60 s", "max_idle": 64}, set()),
        ({"idle_timeout": "1 min"}, set()),
        ({"idle_timeout": "61 s", "handshake": False}, {"idle_timeout", "handshake"}),
    ],
)
def test_a_setting_is_set_where_it_differs_from_the_default_however_that_is_spelled(said, changed):
    assert {setting.path for setting in settings(Connections(**said)) if setting.is_set} == changed


def test_writers_are_called_in_the_order_of_the_table():
    def writes(made, value):
        made.add("all", f"{made.path} {value}")

    made = draft({"server": writes, "via": writes, "cache.replacement.lru": writes, "cache.replacement.lfu": writes})
    assert made["all"] == ["server ", "via True", "cache.replacement lru"]


def test_what_a_table_lacks_is_noted_with_the_best_reason_there_is():
    own = {"balancing.random": "{product} throws no dice", "balancing": "{product} has no {value}"}
    only = {"via": "server"}
    assert noted(draft(only, "balancing=random", reasons=own))["nodes.gateway.balancing"] == "Proxyd throws no dice"
    assert noted(draft(only, "balancing=client_hash", reasons=own))["nodes.gateway.balancing"] == (
        "Proxyd has no 'client_hash'"
    )
    assert noted(draft(only, "x_real_ip=replace"))["nodes.gateway.x_real_ip"] == (
        "Proxyd cannot be told this; 'replace' is left out"
    )
    assert "nodes.gateway.via" not in noted(draft(only, "via=false"))


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_only_a_simulation_has_is_noted(product):
    said = (
        "service_demand=5 ms",
        "workers=4",
        "cache={capacity: 1 MiB, cautious: true}",
        "connections.handshake=false",
    )
    unsupported = written(product, settings=said)[1]
    assert "not 5 ms" in unsupported["service_demand"]
    assert "not 4" in unsupported["workers"]
    assert {"cache.cautious", "connections.handshake"} <= set(unsupported)
    assert "cache.shared" not in unsupported


@pytest.mark.parametrize(("name", "is_noted"), [("tls-offload", True), ("reverse-proxy", False)])
def test_that_a_configuration_has_no_tls_is_noted_where_a_link_has(name, is_noted):
    made = capabilities.draft("Proxyd", gateway(name=name), [], {}, {})
    assert any("no TLS" in message for message in noted(made).values()) is is_noted


@pytest.mark.parametrize(("name", "is_noted"), [("ca$h", True), ("gateway", False)])
def test_a_name_that_a_configuration_cannot_hold_is_noted(name, is_noted):
    made = capabilities.draft("Proxyd", replace(gateway(), name=name), [], {}, {})
    assert any("goes by the name 'ca-h'" in message for message in noted(made).values()) is is_noted

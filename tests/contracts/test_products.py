"""The law of product writers: whatever a scenario sets shows in the configuration or in its notes.

Settings are found from the fields of the models, so that a new one is held to the law by itself.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

import sim
from sim.policies import admission, balancing, guards, replacement, resilience, transforms
from sim.products import haproxy, nginx, squid
from sim.products.capabilities import FIELDS, NO_EFFECT, REASONS, settings
from sim.products.task import task
from sim.scenario.schema import Cache, Connections, ForwardProxy, Pool, ReverseProxy
from sim.scenario.stages import StageOf

WRITERS = {"nginx": nginx, "squid": squid, "haproxy": haproxy}
NODES = {"reverse-proxy": "gateway", "forward-proxy": "campus-proxy", "pools": "gateway"}
EVERYTHING_ON = (
    "cache={capacity: 8 MiB, collapse: true}",
    "via=true",
    "trusted_proxies=[192.0.2.0/24]",
    "guards=[{kind: blocklist, hosts: [ads.example], paths: [/admin]}]",
    "resilience=[retry]",
    "transforms=[compress]",
)

every_product = pytest.mark.parametrize("product", WRITERS)
every_node = pytest.mark.parametrize("name", NODES)

VALUES = (
    7,
    0.25,
    (502,),
    True,
    False,
    "198.51.100.99",
    "198.51.100.0/24",
    ["198.51.100.0/24"],
    "3 s",
    "3 MiB",
    "3 MB/s",
    "x",
    (),
    None,
)
"""Of these, or of a field's own words, the first that is valid and new is what a setting is changed to."""

OTHERS = {
    "backends": ("app-3", "app-2", "app-1"),
    "pools": {"api": Pool(backends=("app-2",)), "static": Pool(backends=("app-1", "app-3"))},
    "routing": (),
    "routing.0.paths": {"/": "api"},
    "cache.admission": admission.registry.read({"kind": "below_size", "largest": "100 KiB"}),
    "upstream": "isp",
    "guards.0.hosts": ("b.example",),
    "guards.0.paths": ("/b",),
}
"""For settings that name something, or follow a pattern of their own."""

STAGES = ("guards", "resilience", "routing", "transforms")

EITHER = ("backends", "pools", "routing")
"""A reverse proxy has backends, or pools with routing: where one stands, the other one cannot be changed."""

WITH_POOLS = (
    "nodes.gateway.backends=[]",
    "nodes.gateway.pools={api: {backends: [app-1]}, static: {backends: [app-2, app-3]}}",
    "nodes.gateway.routing=[{kind: by_path, paths: {/api/: api, /: static}}]",
)

APPS = [f"{{from: {proxy}, to: app-{number}}}" for proxy in ("campus-proxy", "isp") for number in (1, 2, 3)]
FORWARD_LINKS = [
    "{from: students, to: campus-proxy}",
    "{from: campus-proxy, to: isp}",
    "{from: others, to: isp}",
    *APPS,
]
SECOND_FORWARD_PROXY = (
    "nodes.isp={role: forward_proxy, address: 192.0.2.1}",
    "nodes.others={role: client, proxy: isp, arrivals: {kind: poisson, rate: 5/s}}",
    f"links=[{', '.join(FORWARD_LINKS)}]",
)


def scenario(name):
    """A shipped scenario in which all that a proxy can switch on is on, so that each setting matters."""
    more = {"forward-proxy": SECOND_FORWARD_PROXY, "pools": WITH_POOLS}.get(name, ())
    shipped = "reverse-proxy" if name == "pools" else name
    return sim.load(shipped, [*more, *(f"nodes.{NODES[name]}.{setting}" for setting in EVERYTHING_ON)])


def configured(product, whole, node, proxy):
    """The text and the notes for a proxy with other settings."""
    changed = whole.model_copy(update={"nodes": {**whole.nodes, node: proxy}})
    return WRITERS[product].configuration(task(changed, node, Path("/run/proxysim")))


def words(annotation):
    """The words that an annotation allows, however deep they stand."""
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
    for part in get_args(annotation):
        yield from words(part)


def allowed(info):
    """A field's words: of its type, or of the registry that its JSON Schema lists."""
    schema = {}
    if callable(info.json_schema_extra):
        info.json_schema_extra(schema)
    kinds = [name for part in info.metadata if isinstance(part, StageOf) for name in part._registry.names]
    return [*words(info.annotation), *schema.get("enum", ()), *kinds]


def another_value(path, info, value):
    """A valid value that differs; the value itself where only one is valid."""
    if path in EITHER and not value:
        return value
    if path in OTHERS:
        return OTHERS[path]
    valid = TypeAdapter(info.rebuild_annotation())
    for candidate in (*allowed(info), *VALUES):
        try:
            other = valid.validate_python(candidate)
        except ValidationError:
            continue
        if other != value:
            return other
    # A role has one valid value, and a model that cannot be absent is changed setting by setting.
    assert allowed(info) == [value] or isinstance(value, BaseModel), f"{path}: VALUES has none that is valid here"
    return value


def flips(model: BaseModel, prefix: str = ""):
    """The path of each setting of a model that has another valid value, and the model with that one changed."""
    for field, info in type(model).model_fields.items():
        path, value = f"{prefix}{info.alias or field}", getattr(model, field)
        other = another_value(path, info, value)
        if other != value:
            yield path, model.model_copy(update={field: other})
        if isinstance(value, BaseModel):
            for below, part in flips(value, f"{path}."):
                yield below, model.model_copy(update={field: part})
        for number, stage in enumerate(value if isinstance(value, tuple) else ()):
            for below, part in flips(stage, f"{path}.{number}.") if isinstance(stage, BaseModel) else ():
                yield below, model.model_copy(update={field: (*value[:number], part, *value[number + 1 :])})


def silent(product, whole, node):
    """Paths of settings that change neither the configuration nor its notes."""
    proxy = whole.nodes[node]
    before = configured(product, whole, node, proxy)
    return {path for path, flipped in flips(proxy) if configured(product, whole, node, flipped) == before}


def left_out(product, whole, node):
    """Settings of stages that a product lacks: each stage is noted as a whole."""
    found = list(settings(whole.nodes[node]))
    lacking = [
        f"{stage.path}." for stage in found if stage.path.split(".")[0] in STAGES and not reads(product, stage.names)
    ]
    return {path for path, _ in flips(whole.nodes[node]) if path.startswith(tuple(lacking))}


def reads(product, names):
    """Whether a product's table has one of these names."""
    return any(name in WRITERS[product].CAN for name in names)


@every_product
@every_node
def test_each_setting_changes_the_text_or_the_notes(product, name):
    whole, node = scenario(name), NODES[name]
    assert silent(product, whole, node) == {*NO_EFFECT, *left_out(product, whole, node)}


@pytest.mark.parametrize(
    ("names", "role"), [(("reverse-proxy", "pools"), ReverseProxy), (("forward-proxy",), ForwardProxy)]
)
def test_each_setting_is_flipped(names, role):
    def paths(model, prefix):
        return {f"{prefix}{info.alias or field}" for field, info in model.model_fields.items()}

    flipped = {path for name in names for path, _ in flips(scenario(name).nodes[NODES[name]])}
    models = {"": role, "cache.": Cache, "connections.": Connections}
    stages = {"guards.0.": "blocklist", "resilience.0.": "retry", "transforms.0.": "compress"}
    for (prefix, kind), registry in zip(
        stages.items(), (guards.registry, resilience.registry, transforms.registry), strict=True
    ):
        models[prefix] = registry.models()[kind]
    expected = set().union(*(paths(model, prefix) for prefix, model in models.items()))
    fixed = {"role", "connections", *(f"{prefix}kind" for prefix in stages)}
    assert flipped - {"balancing.weights", "routing.0.paths"} == expected - fixed


class Bolder(ReverseProxy):
    """A proxy with a setting that no writer knows."""

    bold: bool = Field(False, description="Whether it is bold.")
    curfew_s: float = Field(0.0, alias="curfew", description="When it closes.")
    guards: tuple[Any, ...] = Field((), description="Stages.")


def bolder(**fields):
    whole = scenario("reverse-proxy")
    proxy = whole.nodes["gateway"]
    made = Bolder.model_construct(**{field: getattr(proxy, field) for field in type(proxy).model_fields} | fields)
    return whole.model_copy(update={"nodes": {**whole.nodes, "gateway": made}})


def notes(product, whole):
    """Messages by path below the gateway."""
    made = configured(product, whole, "gateway", whole.nodes["gateway"])
    return {note.path.removeprefix("nodes.gateway").lstrip("."): note.message for note in made.unsupported}


@every_product
def test_a_new_setting_is_noted_by_itself(product):
    assert not {"bold", "curfew"} & set(notes(product, bolder()))
    said = notes(product, bolder(bold=True, curfew_s=0.02))
    assert said["bold"].endswith("cannot be told this; true is left out")
    assert said["curfew"].endswith("cannot be told this; 20 ms is left out")
    assert not {"bold", "curfew"} & silent(product, bolder(), "gateway")


@every_product
def test_a_writer_that_forgets_a_new_setting_breaks_the_law(product, monkeypatch):
    monkeypatch.setitem(WRITERS[product].CAN, "bold", lambda made, value: None)
    assert silent(product, bolder(), "gateway") == {*NO_EFFECT, *left_out(product, bolder(), "gateway"), "bold"}


@every_product
def test_a_stage_that_a_product_cannot_be_told_is_noted_with_its_number(product):
    said = notes(product, bolder(guards=(SimpleNamespace(kind="curfew"), SimpleNamespace(kind="doorman"))))
    assert "'curfew'" in said["guards.0"]
    assert "'doorman'" in said["guards.1"]


@every_product
def test_a_stage_that_a_product_can_be_told_is_written_once_for_each_entry(product, monkeypatch):
    entries = tuple(SimpleNamespace(kind="curfew", hour=hour) for hour in (22, 23))
    monkeypatch.setitem(WRITERS[product].CAN, "guards.curfew", lambda made, stage: made.note(f"at {stage.hour}"))
    said = notes(product, bolder(guards=entries))
    assert (said["guards.0"], said["guards.1"]) == ("at 22", "at 23")


@every_product
@pytest.mark.parametrize("kind", ["balancing", "cache.replacement"])
def test_a_policy_of_ones_own_is_noted(product, kind, monkeypatch):
    registry, base = {
        "balancing": (balancing.registry, balancing.Balancer),
        "cache.replacement": (replacement.registry, object),
    }[kind]
    monkeypatch.setitem(registry._found, "my_own", type("MyOwn", (base,), {"__doc__": "Mine."}))
    whole = sim.load("reverse-proxy", ["nodes.gateway.cache={capacity: 8 MiB}", f"nodes.gateway.{kind}=my_own"])
    assert "'my_own'" in notes(product, whole)[kind]


KINDS = {
    "role": ("forward_proxy", "reverse_proxy"),
    "balancing": balancing.registry.names,
    "cache.replacement": replacement.registry.names,
    "cache.admission": admission.registry.names,
    "guards": guards.registry.names,
    "resilience": resilience.registry.names,
    "transforms": transforms.registry.names,
}


def known_names():
    for name, node in NODES.items():
        for setting in settings(scenario(name).nodes[node]):
            yield setting.name
            yield from (f"{setting.name}.{kind}" for kind in KINDS.get(setting.name, ()))
    yield "balancing.round_robin.weights"


@every_product
def test_tables_name_settings_that_there_are(product):
    writer = WRITERS[product]
    assert set(writer.CAN) | set(writer.CANNOT) | set(NO_EFFECT) | set(REASONS) | set(FIELDS) <= set(known_names())
    others = {name: other for name, other in writer.CAN.items() if isinstance(other, str)}
    assert all(callable(writer.CAN[other]) for other in others.values())
    assert not set(writer.CAN) & (set(writer.CANNOT) | set(NO_EFFECT)), "either a product can, or it cannot"


@every_product
def test_a_written_policy_is_not_the_default_of_the_product(product):
    """Each policy that a product has makes a configuration of its own."""
    whole = scenario("reverse-proxy")
    can = [
        name.removeprefix("balancing.")
        for name in WRITERS[product].CAN
        if name.count(".") == 1 and name.startswith("balancing.")
    ]
    proxy = whole.nodes["gateway"]
    texts = {
        configured(
            product, whole, "gateway", proxy.model_copy(update={"balancing": balancing.registry.read(policy)})
        ).text
        for policy in can
    }
    assert len(texts) == len(can) > 1

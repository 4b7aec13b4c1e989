"""The identity of a scenario: what is simulated, in one canonical form, independent of the wording of the file.

The hash stands in every trace and on every picture, so it should move only when the simulation does.  Three things
keep it still:

1. What is derived when a setting is absent (a link's preset, the usual Cache-Control) is written out first, and what
   only labels or draws a scenario (names, texts, sites) is taken out.
2. Settings at their defaults are left out, so that a new optional setting moves no hash of an older scenario.
3. `FORMAT` is part of it: it grows by one when a default or the meaning of a setting changes.

Keys of settings are sorted.  Nodes, pools and content classes keep their order, because it numbers the clients and
decides which class a random number picks: two orders are two simulations.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, create_model

from sim.scenario.presets import CACHE_CONTROL

if TYPE_CHECKING:
    from sim.scenario.schema import Client, ContentClass, Link, Node, Scenario

FORMAT = 1
"""Part of every hash: a changed default would otherwise give two different simulations the same one."""

_DIGITS = 12
_TAGS = ("role", "kind")
"""Fields that select the model: two kinds of stages at their defaults differ in nothing else."""


def digest(scenario: Scenario) -> str:
    """Return the hash of what is simulated.

    Parameters
    ----------
    scenario : Scenario
        Any scenario; its parts need not fit together.

    Returns
    -------
    str
        First 12 hexadecimal digits of the SHA-256 of its canonical JSON.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> scenario = load.load(library.path("direct"))
    >>> digest(scenario) == digest(scenario.model_copy(update={"title": "Another title"}))
    True
    """
    written = _written_out(scenario)
    said = {
        "format": FORMAT,
        "run": _settings(written.run),
        "nodes": [[name, _settings(node)] for name, node in written.nodes.items()],
        "links": [_settings(link) for link in written.links],
        "content": [[name, _settings(content)] for name, content in written.content.items()],
    }
    canonical = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:_DIGITS]


def _written_out(scenario: Scenario) -> Scenario:
    nodes = {name: _node(node, tuple(scenario.content)) for name, node in scenario.nodes.items()}
    links = tuple(_link(link, scenario.nodes) for link in scenario.links)
    content = {name: _content(one) for name, one in scenario.content.items()}
    return scenario.model_copy(update={"nodes": nodes, "links": links, "content": content})


def _node(node: Node, every_class: tuple[str, ...]) -> Node:
    """Return a node without its site, which is for drawing, and without settings that repeat what absence means."""
    if node.role == "client":
        return _client(node, every_class)
    if node.role == "backend":
        return node.model_copy(update={"site": ""})
    # ``like`` filled in settings when the file was read: these count, not where they came from.
    same = node.outbound_address == node.address
    return node.model_copy(
        update={"site": "", "like": None, "outbound_address": None if same else node.outbound_address}
    )


def _client(client: Client, every_class: tuple[str, ...]) -> Client:
    return client.model_copy(update={"site": "", "content": None if client.content == every_class else client.content})


def _link(link: Link, nodes: Mapping[str, Node]) -> Link:
    """Return a link with the values of its preset."""
    ends = [nodes[name].role for name in (link.from_node, link.to_node) if name in nodes]
    values = link.values
    bandwidth = values.bandwidth_bytes_per_s
    return link.model_copy(
        update={
            "preset": None,
            "delay_s": values.delay_s,
            "jitter_s": values.jitter_s,
            "bandwidth_bytes_per_s": bandwidth if isfinite(bandwidth) else None,
            "shared": "client" not in ends if link.shared is None else link.shared,
        }
    )


def _content(content: ContentClass) -> ContentClass:
    usual = content.cache_control == CACHE_CONTROL[content.dynamic]
    return content.model_copy(update={"cache_control": None if usual else content.cache_control})


def _settings(model: BaseModel) -> Any:
    """Return the settings of a model that differ from their defaults, as JSON values."""
    return _pruned(model, model.model_dump(mode="json"))


def _pruned(value: Any, dumped: Any) -> Any:
    """Return a dumped value without defaults; the value itself is walked beside it, for it knows its models."""
    if isinstance(value, BaseModel):
        defaults = _defaults(type(value))
        changed = {name: held for name, held in value if name not in defaults or held != defaults[name]}
        return {name: _pruned(held, dumped[name]) for name, held in changed.items()}
    if isinstance(value, Mapping):
        return [[name, _pruned(held, dumped[name])] for name, held in value.items()]
    if isinstance(value, tuple | list):
        return [_pruned(one, other) for one, other in zip(value, dumped, strict=True)]
    return dumped


@cache
def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return the default of each optional setting as a model holds it: in SI units where it is written as '5 s'."""
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in model.model_fields.items()
        if not field.is_required() and name not in _TAGS
    }
    # Only a model validates its defaults, and one without the required fields can be made without values.
    return dict(create_model(f"{model.__name__}Defaults", __config__=ConfigDict(validate_default=True), **fields)())

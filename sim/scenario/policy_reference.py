"""All policies that a scenario may name, with their settings: reference documentation made from the registries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pydantic_core import PydanticUndefined

from sim.policies import admission, balancing, guards, replacement, resilience, routing, transforms
from sim.policies.registry import Registry
from sim.policies.stage import Settings, Stage

REGISTRIES: Mapping[str, Registry[Any]] = {
    "guards": guards.registry,
    "routing": routing.registry,
    "balancing": balancing.registry,
    "resilience": resilience.registry,
    "transforms": transforms.registry,
    "cache.admission": admission.registry,
    "cache.replacement": replacement.registry,
}
"""The registries by the key of a proxy at which their policies are written, in the order in which they act."""


class SettingText(NamedTuple):
    """One setting of a policy: its key, its default as a scenario would write it ("required" if none), its meaning."""

    key: str
    default: str
    meaning: str


class PolicyText(NamedTuple):
    """One policy: the key at which it is written, its name, its sentence, and its settings."""

    key: str
    name: str
    sentence: str
    settings: tuple[SettingText, ...]


def policies() -> Iterator[PolicyText]:
    """Yield all registered policies, those of the user among them.

    Examples
    --------
    >>> [policy.name for policy in policies() if policy.key == "resilience"]
    ['retry']
    >>> [setting.key for policy in policies() if policy.name == "compress" for setting in policy.settings]
    ['ratio', 'speed', 'level', 'min_length']
    """
    for key, registry in REGISTRIES.items():
        for name, sentence in registry.describe().items():
            cls = registry.classes[name]
            settings = tuple(_settings(cls.settings(name))) if issubclass(cls, Stage) else ()
            yield PolicyText(key, name, sentence, settings)


def _settings(model: type[Settings]) -> Iterator[SettingText]:
    for name, field in model.model_fields.items():
        if name != "kind":
            default = "required" if field.default is PydanticUndefined else _written(field.default)
            yield SettingText(field.alias or name, default, field.description or "")


def _written(default: object) -> str:
    """Return a default as YAML would have it."""
    if isinstance(default, tuple):
        return f"[{', '.join(map(str, default))}]"
    return str(default)

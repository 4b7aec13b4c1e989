"""Stages in a scenario: validated by the registry of their kind, so that a new stage needs no change here.

`StageOf` is used in annotations, as in ``tuple[Annotated[Settings, StageOf(guards.registry)], ...]``.  It validates a
stage's name or mapping, serializes it for hashes, and describes all registered stages in the JSON Schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, SerializationInfo, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from sim.policies.stage import Settings, StageRegistry


class StageOf:
    """Annotation of the settings of one stage of a kind.

    Parameters
    ----------
    registry : StageRegistry
        Of the kind.

    Examples
    --------
    >>> from typing import Annotated
    >>> from pydantic import TypeAdapter
    >>> from sim.policies import guards
    >>> read = TypeAdapter(Annotated[Settings, StageOf(guards.registry)]).validate_python
    >>> read({"kind": "blocklist", "hosts": ["ads.example"]}).hosts
    ('ads.example',)
    """

    def __init__(self, registry: StageRegistry[Any]) -> None:
        self._registry = registry

    def models(self) -> tuple[type[BaseModel], ...]:
        """Return the models of all stages of the kind, for error messages about unknown keys."""
        return tuple(self._registry.models().values())

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: Any, _: ValidationInfo) -> Settings:
            return self._registry.read(value)

        return core_schema.with_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(_written, info_arg=True)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        described = [_without_references(model.model_json_schema()) for model in self.models()]
        names = {"type": "string", "enum": list(self._registry.names)}
        for one in described:
            one["required"] = ["kind", *(name for name in one.get("required", ()) if name != "kind")]
        return {"anyOf": [names, *described]}


def _written(settings: Settings, info: SerializationInfo) -> dict[str, Any]:
    """Return the settings in the same form as the rest of the scenario, always with the kind."""
    values = settings.model_dump(mode=info.mode, by_alias=info.by_alias, exclude_defaults=info.exclude_defaults)
    return {"kind": settings.kind, **values}


def _without_references(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with its definitions inlined: it becomes part of another one, where references would break."""
    definitions = schema.get("$defs", {})

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return inlined(definitions[part["$ref"].rpartition("/")[2]])
        return {key: inlined(value) for key, value in part.items() if key != "$defs"}

    return inlined(dict(schema))  # type: ignore[no-any-return]

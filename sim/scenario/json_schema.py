"""The scenario file as JSON Schema 2020-12, with which editors complete, explain and check a file while it is typed.

A file that extends no other must be complete.  A file that ``extends`` another may omit any required key and may delete
a key with ``null``; it is validated against a second, looser copy of every definition.
"""

from __future__ import annotations

from typing import Any, cast

from sim.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_EXTENDS = {
    "type": "string",
    "minLength": 1,
    "description": "A scenario file beside this one, or a shipped scenario, of which this is a variant: mappings are "
    "merged, lists and single values replaced, null deletes a key.",
    "examples": ["base.yaml", "direct"],
}
_VARIANT = "Variant"

Schema = dict[str, Any]


def json_schema() -> Schema:
    """Return the JSON Schema of the scenario file.

    Returns
    -------
    dict
        With the keys, units, defaults and descriptions of all settings, registered policies included.

    Examples
    --------
    >>> schema = json_schema()
    >>> schema["title"], schema["properties"]["run"]["description"]
    ('proxysim scenario', 'How long it runs, and what part of it counts.')
    """
    whole = cast("Schema", _plain(Scenario.model_json_schema(by_alias=True)))
    definitions: Schema = whole.pop("$defs")
    required: list[str] = whole.pop("required")
    variant = _looser(whole)
    variant["properties"]["extends"] = _EXTENDS
    loose = {f"{name}{_VARIANT}": _looser(definition) for name, definition in definitions.items()}
    return {
        "$schema": DIALECT,
        "title": "proxysim scenario",
        "description": "A scenario file of proxysim.",
        "type": "object",
        "properties": {"extends": _EXTENDS, **_explained(whole["properties"])},
        "if": {"required": ["extends"]},
        "then": {"properties": variant["properties"], "additionalProperties": False},
        "else": {"properties": whole["properties"], "required": required, "additionalProperties": False},
        "$defs": {**definitions, **loose},
    }


def _plain(schema: Any) -> Any:
    """Return a schema without OpenAPI's ``discriminator`` and without titles that only repeat the key."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    noise = [key for key in ("discriminator", "title") if key == "discriminator" or isinstance(schema.get(key), str)]
    return {key: _plain(value) for key, value in schema.items() if key not in noise}


def _explained(properties: Schema) -> Schema:
    """Return the descriptions alone, for editors that ignore ``if``; both branches repeat the properties in full."""
    return {name: {"description": said["description"]} for name, said in properties.items() if "description" in said}


def _looser(schema: Any) -> Any:
    """Return a copy of a schema in which no key is required, every key may be null, and references lead to such copies.

    The items of lists stay as they are: a variant's list replaces the whole list of its base.
    """
    if isinstance(schema, list):
        return [_looser(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("required", "minProperties")}
    loose = {key: value if key in ("items", "default") else _looser(value) for key, value in kept.items()}
    if "$ref" in loose:
        loose["$ref"] += _VARIANT
    if "oneOf" in loose:  # several may match where role or kind is left to the base
        loose["anyOf"] = loose.pop("oneOf")
    for key in ("properties", "patternProperties"):
        if isinstance(loose.get(key), dict):
            loose[key] = {name: _or_null(said) for name, said in loose[key].items()}
    return loose


def _or_null(schema: Schema) -> Schema:
    described: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    return {**described, "anyOf": [schema, {"type": "null"}]}

"""The scenario file as JSON Schema 2020-12, so that editors complete, explain and check it while one types.

A file that stands on its own must be complete.  A file that ``extends`` another may leave out any required key
and may delete a key with ``null``; it is held against a second, looser copy of every definition.
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
    """Describe the scenario file.

    Returns
    -------
    dict
        A JSON Schema with the keys, units, defaults and descriptions of the file.

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
    """Drop what only OpenAPI knows, and titles that only repeat the key."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    noise = [key for key in ("discriminator", "title") if key == "discriminator" or isinstance(schema.get(key), str)]
    return {key: _plain(value) for key, value in schema.items() if key not in noise}


def _explained(properties: Schema) -> Schema:
    """Keep the descriptions, for editors that look only at the top; both branches say the rest."""
    return {name: {"description": said["description"]} for name, said in properties.items() if "description" in said}


def _looser(schema: Any) -> Any:
    """Copy a schema so that nothing is required, null is allowed for every key, and references lead to such copies.

    Entries of a list stay as they are: a list replaces the whole of the other.
    """
    if isinstance(schema, list):
        return [_looser(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("required", "minProperties")}
    loose = {key: value if key in ("items", "default") else _looser(value) for key, value in kept.items()}
    if "$ref" in loose:
        loose["$ref"] += _VARIANT
    if "oneOf" in loose:  # without the role or kind, more than one may fit
        loose["anyOf"] = loose.pop("oneOf")
    for key in ("properties", "patternProperties"):
        if isinstance(loose.get(key), dict):
            loose[key] = {name: _or_null(said) for name, said in loose[key].items()}
    return loose


def _or_null(schema: Schema) -> Schema:
    described: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    return {**described, "anyOf": [schema, {"type": "null"}]}

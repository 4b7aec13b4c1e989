"""Pydantic's errors as problems in plain words: path as in the file, value, what is allowed, nearest name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel, ValidationError

from sim.errors import Problem, SimError, nearest
from sim.scenario.stages import StageOf
from sim.scenario.yaml_text import join

_LONGEST_VALUE = 60


class _Location(NamedTuple):
    """The place of an error: its path in the file, the value there, and the models that may have been meant."""

    path: str
    value: object
    models: tuple[type[BaseModel], ...]


def translate(error: ValidationError, model: type[BaseModel], data: Mapping[str, Any]) -> list[Problem]:
    """Translate pydantic's errors into problems.

    Parameters
    ----------
    error : ValidationError
        Raised by `model` for `data`.
    model : type of BaseModel
        The model of the whole file.
    data : mapping
        The file's data: pydantic's error does not hold the value around a missing key.

    Returns
    -------
    list of Problem
        One for each error, without lines.

    Examples
    --------
    >>> from sim.scenario.schema import Link
    >>> data = {"from": "a", "to": "b", "dely": "20 ms"}
    >>> try:
    ...     Link.model_validate(data)
    ... except ValidationError as error:
    ...     print(*translate(error, Link, data))
    dely: unknown key 'dely' (did you mean 'delay'?)
    """
    return [_problem(details, model, data) for details in error.errors(include_url=False)]


def _problem(details: Any, model: type[BaseModel], data: Mapping[str, Any]) -> Problem:
    kind = details["type"]
    place = _locate(details["loc"], model, data, stop_before_last=kind == "missing")
    last = str(details["loc"][-1]) if details["loc"] else ""
    if details["loc"][-1:] == ("[key]",) and not isinstance(details.get("ctx", {}).get("error"), ValueError):
        return Problem(place.path, _NAME_RULE, "use letters, digits, '-' and '_'")
    if kind == "extra_forbidden":
        known = _keys(place.models) | ({"extends"} if place.path == last else set())
        return Problem(place.path, f"unknown key {last!r}", nearest(last, known))
    if kind == "missing":
        return Problem(place.path, f"missing key {last!r}", _description(place.models, last))
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(place, details)
    return Problem(place.path, *_message(kind, place.value, details.get("ctx", {}), details["msg"]))


_NAME_RULE = "a name has at most 64 characters, no dots, and no space at its beginning"


def _locate(
    loc: tuple[str | int, ...], model: type[BaseModel], data: Mapping[str, Any], *, stop_before_last: bool
) -> _Location:
    """Follow pydantic's location to a path of the file.

    pydantic puts the name of a union's member (such as ``forward_proxy``) among the keys.  It does not stand in the
    file, so it only narrows down which models may have been meant.
    """
    path, value, models = "", data, (model,)  # type: str, Any, tuple[type[BaseModel], ...]
    for position, step in enumerate(loc):
        if stop_before_last and position == len(loc) - 1:
            break
        if _stands_in(value, step):
            path, value = join(path, step), value[step]
            models = _of_kind(_models_of_field(models, str(step)) or models, value)
        else:
            models = tuple(one for one in models if _tag(one) == step) or models
    return _Location(path, value, models)


def _of_kind(models: tuple[type[BaseModel], ...], value: object) -> tuple[type[BaseModel], ...]:
    """Return the models that are meant by a mapping that says its kind itself."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return tuple(one for one in models if kind is not None and _tag(one) == kind) or models


def _stands_in(value: object, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and step < len(value)


def _models_of_field(models: tuple[type[BaseModel], ...], key: str) -> tuple[type[BaseModel], ...]:
    fields = (field for model in models for name, field in model.model_fields.items() if key == (field.alias or name))
    mentioned = (part for field in fields for part in (field.annotation, *field.metadata))
    return tuple(dict.fromkeys(found for part in mentioned for found in _models_in(part)))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield all models that an annotation mentions, at any depth of unions, lists and mappings."""
    if isinstance(annotation, StageOf):
        yield from annotation.models()
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _tag(model: type[BaseModel]) -> str | None:
    """Return the value of ``role`` or ``kind`` that selects a model; None if none does."""
    for name in ("role", "kind"):
        field = model.model_fields.get(name)
        if field is not None and get_origin(field.annotation) is Literal:
            return str(get_args(field.annotation)[0])
    return None


def _keys(models: tuple[type[BaseModel], ...]) -> set[str]:
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def _description(models: tuple[type[BaseModel], ...], key: str) -> str:
    for model in models:
        for name, field in model.model_fields.items():
            if key == (field.alias or name):
                return (field.description or "").rstrip(".")
    return ""


def _wrong_kind(place: _Location, details: Any) -> Problem:
    """Return the problem of a mapping whose ``role`` or ``kind`` is missing or unknown."""
    key = details["ctx"]["discriminator"].strip("'")
    tags = sorted(filter(None, (_tag(model) for model in place.models)))
    if details["type"] == "union_tag_not_found" or not isinstance(place.value, dict):
        return Problem(place.path, f"missing key {key!r}", f"one of {', '.join(tags)}")
    found = str(place.value.get(key))
    return Problem(
        join(place.path, key), f"{key} {found!r} is not known; allowed: {', '.join(tags)}", _near(found, tags)
    )


def _near(name: str, known: list[str]) -> str:
    hint = nearest(name, known)
    return hint if hint.startswith("did you mean") else ""


_TEMPLATES: Mapping[str, str] = {
    "greater_than": "must be greater than {gt:g}, not {value}",
    "greater_than_equal": "must be at least {ge:,g}, not {value}",
    "less_than": "must be less than {lt:,g}, not {value}",
    "less_than_equal": "must be at most {le:,}, not {value}",
    "finite_number": "must be a finite number, not {value}",
    "too_short": "needs at least {min_length} {entries}, not {actual_length}",
    "too_long": "may have at most {max_length}, not {actual_length}",
    "string_too_long": "may have at most {max_length} characters",
}

_EXPECTED: tuple[tuple[str, str], ...] = (
    ("int_", "must be a whole number, not {value}"),
    ("float_", "must be a number, not {value}"),
    ("bool_", "must be true or false, not {value}"),
    ("string_type", "must be a text, not {value}"),
    ("string_pattern_mismatch", "{value} is not a name that can stand here"),
    ("tuple_type", "must be a list, not {value}"),
    ("list_type", "must be a list, not {value}"),
    ("dict_type", "must be a mapping of keys to values, not {value}"),
    ("model_", "must be a mapping of keys to values, not {value}"),
)
"""Messages by the beginning of pydantic's name for the error: it has several for one expected type."""


def _message(kind: str, value: object, context: Mapping[str, Any], otherwise: str) -> tuple[str, str]:
    """Return message and hint for an error about a single value."""
    # An error of our own validators is clear already; it is pydantic's wording that needs translation.
    cause = context.get("error")
    if isinstance(cause, SimError):
        return cause.message, cause.hint
    if isinstance(cause, ValueError):
        return str(cause), ""
    if kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(context["expected"]))
        return f"must be one of {', '.join(allowed)}, not {shown(value)}", _near(str(value), allowed)
    if kind in _TEMPLATES:
        said = {**context, "entries": "entry" if context.get("min_length") == 1 else "entries"}
        return _TEMPLATES[kind].format(value=shown(value), **said), ""
    for beginning, template in _EXPECTED:
        if kind.startswith(beginning):
            return template.format(value=shown(value)), ""
    return f"{otherwise}, not {shown(value)}", ""


def shown(value: object) -> str:
    """Return a value's text for a message.

    Parameters
    ----------
    value : object
        Any value that YAML can hold.

    Returns
    -------
    str
        Of at most 60 characters; mappings and lists by their kind only.

    Examples
    --------
    >>> shown("abc"), shown(None), shown({"a": 1}), len(shown("x" * 1000))
    ("'abc'", 'nothing', 'a mapping', 60)
    """
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"

"""Single values set from outside: ``--set nodes.edge.cache.capacity="64 MiB"``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.errors import Problem, nearest
from sim.scenario import yaml_text
from sim.scenario.layers import Layer, Position, anchor_logs, plain
from sim.scenario.yaml_text import join


def set_all(layer: Layer, overrides: Sequence[str] | Mapping[str, Any]) -> None:
    """Set values on top of a scenario's data.

    Parameters
    ----------
    layer : Layer
        Its data and positions are changed, and its problems added to.
    overrides : sequence of str, or mapping of str to object
        ``"PATH=VALUE"``, the value read as YAML; or paths and values.  ``null`` deletes a key.

    Examples
    --------
    >>> layer = Layer("example", {"run": {"requests": 10}})
    >>> set_all(layer, ["run.requests=20", "run.warm_up=5 s"])
    >>> layer.data
    {'run': {'requests': 20, 'warm_up': '5 s'}}
    """
    for path, value in _read(overrides, layer):
        _set(layer, path, value)


def _read(given: Sequence[str] | Mapping[str, Any], layer: Layer) -> Iterator[tuple[str, Any]]:
    if isinstance(given, Mapping):
        yield from ((str(path), plain(value)) for path, value in given.items())
        return
    for text in (given,) if isinstance(given, str) else given:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            hint = "write PATH=VALUE, such as run.requests=1000"
            layer.problems.append(Problem("", f"override {text!r} is not of the form PATH=VALUE", hint))
            continue
        try:
            document = yaml_text.parse(value)
        except yaml_text.UnreadableTextError as error:
            layer.problems.append(Problem(path, f"value {value!r} {error.problem.message}", error.problem.hint))
            continue
        layer.problems += [Problem(path, problem.message, problem.hint) for problem in document.problems]
        yield path.strip(), document.data


def _set(layer: Layer, path: str, value: Any) -> None:
    """Set one value; an unknown key further down is reported when the merged data are validated."""
    *parents, last = path.split(".")
    place: Any = layer.data
    walked = ""
    for depth, key in enumerate(parents):
        place = _step(layer, place, key, walked, create=depth == 0 or walked not in ("nodes", "content"))
        walked = join(walked, key)
        if place is None:
            return
    if isinstance(place, list):
        index = _index(layer, place, last, walked)
        if index is not None:
            place[index] = value
    elif value is None:
        place.pop(last, None)
    else:
        place[last] = value
    # A later problem with this value must not be reported with the line that the value no longer comes from.
    for stale in [known for known in layer.marks if known == path or known.startswith(f"{path}.")]:
        del layer.marks[stale]
    layer.marks[path] = Position("override", None)
    anchor_logs(layer.data, Path())


def _step(layer: Layer, place: Any, key: str, walked: str, *, create: bool) -> Any:
    """Return the container under a key.

    A missing key is created as a mapping where the schema will judge it.  The names of nodes and content classes must
    exist, for a misspelt one would otherwise become a new, incomplete node: this is a problem, and None is returned.
    """
    if isinstance(place, list):
        index = _index(layer, place, key, walked)
        return None if index is None else _as_container(place, index)
    if key not in place and not create:
        layer.problems.append(Problem(join(walked, key), f"unknown name {key!r} in {walked}", nearest(key, place)))
        return None
    place.setdefault(key, {})
    return _as_container(place, key)


def _as_container(place: Any, key: Any) -> Any:
    """Return the container under a key, after replacing a single value by an empty mapping."""
    if not isinstance(place[key], dict | list):
        place[key] = {}
    return place[key]


def _index(layer: Layer, place: list[Any], key: str, walked: str) -> int | None:
    if key.isdecimal() and int(key) < len(place):
        return int(key)
    last = f"; its entries are {walked}.0 to {walked}.{len(place) - 1}" if place else "; it is empty"
    layer.problems.append(Problem(join(walked, key), f"{walked} is a list{last}"))
    return None

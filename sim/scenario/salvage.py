"""The readable parts of a faulty scenario, so that one bad node does not hide the problems of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from sim.scenario.schema import ContentClass, Link, Node, Run, Scenario


@dataclass(frozen=True)
class PartialScenario:
    """The parts of a scenario that could be read.

    Attributes
    ----------
    nodes : mapping of str to Node
        By name, in the order of the file.
    links : mapping of int to Link
        By their index in the file's list, from 0, which an unreadable link leaves out.
    content : mapping of str to ContentClass
        By name.
    run : Run or None
        None if it could not be read.
    unreadable : frozenset of str
        Names of nodes and content classes that stand in the file but could not be read: a reference to one of them
        is not a misspelt name.
    is_complete : bool
        Whether everything could be read.
    """

    nodes: Mapping[str, Node]
    links: Mapping[int, Link]
    content: Mapping[str, ContentClass]
    run: Run | None
    unreadable: frozenset[str] = frozenset()
    is_complete: bool = True


def partial_of(scenario: Scenario) -> PartialScenario:
    """Return the parts of a scenario that could be read as a whole.

    Parameters
    ----------
    scenario : Scenario
        Valid by itself, whether or not its parts fit together.

    Returns
    -------
    PartialScenario
        All its parts, complete.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> sorted(partial_of(load.load(library.path("direct"))).content)
    ['api', 'pages']
    """
    return PartialScenario(scenario.nodes, dict(enumerate(scenario.links)), scenario.content, scenario.run)


def salvage(data: Mapping[str, Any]) -> PartialScenario:
    """Validate each part of a faulty scenario by itself and keep the valid ones.

    Parameters
    ----------
    data : mapping
        The file's data, of any shape.

    Returns
    -------
    PartialScenario
        The valid parts, with the names of the others.

    Examples
    --------
    >>> partial = salvage({"nodes": {"app": {"role": "backend", "address": "192.0.2.1"}, "x": {"role": "?"}}})
    >>> sorted(partial.nodes), sorted(partial.unreadable), partial.is_complete
    (['app'], ['x'], False)
    """
    nodes = _mapping(data.get("nodes"))
    content = _mapping(data.get("content"))
    links = data.get("links")
    good_nodes: dict[str, Node] = _readable(nodes, TypeAdapter(Node))
    good_content: dict[str, ContentClass] = _readable(content, TypeAdapter(ContentClass))
    good_links: dict[int, Link] = _readable(
        dict(enumerate(links)) if isinstance(links, list) else {}, TypeAdapter(Link)
    )
    run: dict[str, Run] = _readable({"run": data.get("run")}, TypeAdapter(Run))
    unreadable = (nodes.keys() - good_nodes.keys()) | (content.keys() - good_content.keys())
    return PartialScenario(
        good_nodes, good_links, good_content, run.get("run"), frozenset(unreadable), is_complete=False
    )


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _readable(values: Mapping[Any, Any], model: TypeAdapter[Any]) -> dict[Any, Any]:
    good: dict[Any, BaseModel] = {}
    for key, value in values.items():
        try:
            good[key] = model.validate_python(value)
        except ValidationError:
            continue
    return good

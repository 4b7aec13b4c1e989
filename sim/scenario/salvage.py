"""What could be read of a scenario, so that one bad node does not hide what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from sim.scenario.schema import ContentClass, Link, Node, Run, Scenario


@dataclass(frozen=True)
class Parts:
    """The readable parts of a scenario.

    Attributes
    ----------
    nodes : mapping of str to Node
        By name.
    links : mapping of int to Link
        By their place in the file's list, from 0.
    content : mapping of str to ContentClass
        By name.
    run : Run or None
        None if it could not be read.
    unreadable : frozenset of str
        Names of nodes and content classes that stand in the file but could not be read: they are no unknown
        names, yet nothing more is known of them.
    whole : bool
        Whether everything could be read.
    """

    nodes: Mapping[str, Node]
    links: Mapping[int, Link]
    content: Mapping[str, ContentClass]
    run: Run | None
    unreadable: frozenset[str] = frozenset()
    whole: bool = True


def of(scenario: Scenario) -> Parts:
    """Take a scenario apart.

    Parameters
    ----------
    scenario : Scenario
        A scenario that could be read as a whole.

    Returns
    -------
    Parts
        All its parts.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> sorted(of(load.load(library.path("direct"))).content)
    ['api', 'pages']
    """
    return Parts(scenario.nodes, dict(enumerate(scenario.links)), scenario.content, scenario.run)


def salvage(data: Mapping[str, Any]) -> Parts:
    """Read what can be read of a faulty scenario.

    Parameters
    ----------
    data : mapping
        What stands in the file.

    Returns
    -------
    Parts
        The parts that could be read.

    Examples
    --------
    >>> parts = salvage({"nodes": {"app": {"role": "backend", "address": "192.0.2.1"}, "x": {"role": "?"}}})
    >>> sorted(parts.nodes), sorted(parts.unreadable), parts.whole
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
    return Parts(good_nodes, good_links, good_content, run.get("run"), frozenset(unreadable), whole=False)


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

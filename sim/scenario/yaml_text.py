"""YAML text to plain mappings, lists and scalars, with the line of each value.

Only PyYAML's composer is used, never its constructors, which could create any object.  Plain scalars are those of YAML
1.2: of words only ``true``, ``false`` and ``null`` are special, so that ``forwarded_for: off`` is the text "off".
Hostile texts are refused while they are read, before they take memory: deep nesting, and aliases that expand to far
more values than the file holds ("billion laughs").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from sim.errors import Problem

DEEPEST = 50
"""Levels of nesting that are allowed; a scenario needs about six."""

MOST_ALIASED = 100_000
"""How many values aliases may repeat in one text."""


class UnreadableTextError(Exception):
    """Text of which nothing can be read.

    Parameters
    ----------
    problem : Problem
        The reason, with the line where known.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass
class Document:
    """The data of a YAML text.

    Attributes
    ----------
    data : object
        Dictionaries with string keys, lists, strings, numbers, booleans and None.
    lines : dict of str to int
        Line of each value by its dotted path, from 1.
    problems : list of Problem
        Problems that leave the rest readable, such as a key written twice.
    """

    data: Any = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def parse(text: str) -> Document:
    r"""Read YAML text.

    Parameters
    ----------
    text : str
        One YAML document.

    Returns
    -------
    Document
        Its data is None if the text is empty.

    Raises
    ------
    UnreadableTextError
        If it is not YAML, nested too deep, or if its aliases expand to too many values.

    Examples
    --------
    >>> document = parse("nodes:\n  edge: {capacity: 64 MiB, on: 1}")
    >>> document.data
    {'nodes': {'edge': {'capacity': '64 MiB', 'on': 1}}}
    >>> document.lines["nodes.edge.capacity"]
    2
    """
    try:
        root = _Reader(text).get_single_node()
    except yaml.YAMLError as error:
        raise UnreadableTextError(_syntax_problem(error)) from None
    return Document() if root is None else _Builder().build(root)


def join(path: str, key: object) -> str:
    """Return a dotted path extended by one key.

    Parameters
    ----------
    path : str
        Empty at the top of the document.
    key : object
        A mapping's key, or an index into a list.

    Returns
    -------
    str
        Such as ``links.0``.

    Examples
    --------
    >>> join("links", 0), join("", "run")
    ('links.0', 'run')
    """
    return f"{path}.{key}" if path else str(key)


class _Reader(yaml.SafeLoader):
    """PyYAML's composer with the scalars of YAML 1.2 and a limit on depth."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise UnreadableTextError(Problem("", f"nested more than {DEEPEST} levels deep", line=self.line + 1))
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


_FLOAT = r"[-+]?(?:(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
_PLAIN: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "bool": (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    "null": (r"~|null|Null|NULL|", lambda _: None),
    "int": (r"[-+]?[0-9]{1,4000}", int),
    "float": (_FLOAT, lambda text: float(text.replace(".inf", "inf").replace(".nan", "nan"))),
    "str": (r"", str),
}
_Reader.yaml_implicit_resolvers = {}  # those of YAML 1.1 would read "off" as False and "12:30" as 750
for _kind in ("bool", "null", "int", "float"):
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_PLAIN[_kind][0]})$"), None)


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        return Problem("", "contains control characters; is it a binary file?")
    mark = getattr(error, "problem_mark", None)
    said = [getattr(error, "context", None), getattr(error, "problem", None)]
    message = ", ".join(part for part in said if part) or str(error)
    hint = "indent with spaces; quote texts that contain ': ' or begin with a sign"
    return Problem("", f"is not YAML: {message}", hint, None if mark is None else mark.line + 1)


class _Builder:
    """Converts composed nodes into a `Document`."""

    def __init__(self) -> None:
        self.document = Document()
        self._seen: set[int] = set()
        self._open: set[int] = set()
        self._repeated = 0

    def build(self, root: yaml.Node) -> Document:
        self.document.data = self._value(root, "")
        return self.document

    def _value(self, node: yaml.Node, path: str) -> object:
        self._count(node)
        self.document.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._open.add(id(node))
        made: object
        if isinstance(node, yaml.MappingNode):
            self._require_tag(node, "map", path)
            made = self._mapping(node, path)
        else:
            self._require_tag(node, "seq", path)
            made = [self._value(child, join(path, index)) for index, child in enumerate(node.value)]
        self._open.discard(id(node))
        return made

    def _mapping(self, node: yaml.MappingNode, path: str) -> dict[str, object]:
        made: dict[str, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._report(key_node, path, "a key must be a word, not a list or mapping")
                continue
            key = str(key_node.value)
            if key in made:
                self._report(key_node, join(path, key), f"key {key!r} is written twice", "keep one of them")
                continue
            made[key] = self._value(value_node, join(path, key))
            self.document.lines[join(path, key)] = key_node.start_mark.line + 1
        return made

    def _scalar(self, node: yaml.ScalarNode, path: str) -> object:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        _, convert = _PLAIN.get(kind, ("", str))
        if kind not in _PLAIN:
            self._report(node, path, f"the tag {node.tag!r} is not allowed")
        try:
            return convert(node.value)
        except ValueError:
            self._report(node, path, f"{node.value!r} does not fit its tag")
            return None

    def _require_tag(self, node: yaml.Node, kind: str, path: str) -> None:
        if node.tag != f"tag:yaml.org,2002:{kind}":
            self._report(node, path, f"the tag {node.tag!r} is not allowed")

    def _count(self, node: yaml.Node) -> None:
        """Count the values that aliases repeat; a value that is met for the first time stands in the text itself."""
        line = node.start_mark.line + 1
        if id(node) in self._open:
            raise UnreadableTextError(Problem("", "an alias refers to a value around it", line=line))
        self._repeated += id(node) in self._seen
        self._seen.add(id(node))
        if self._repeated > MOST_ALIASED:
            raise UnreadableTextError(Problem("", f"aliases expand to more than {MOST_ALIASED:,} values", line=line))

    def _report(self, node: yaml.Node, path: str, message: str, hint: str = "") -> None:
        self.document.problems.append(Problem(path, message, hint, node.start_mark.line + 1))

"""Files as layers: a file's data, with the line of each value, merged over the file that it extends.

``extends`` puts a layer on top of another: mappings are merged, lists and single values replaced, ``null``
deletes a key, and a mapping whose ``role`` or ``kind`` changes is replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sim.errors import Problem, ScenarioError, nearest
from sim.scenario import library, yaml_text
from sim.scenario.problems import shown

LARGEST_FILE_BYTES = 2**20
_NOT_INHERITED = ("name",)


class Position(NamedTuple):
    """Where a value was written: the file's name, and the line counted from 1; None for an override."""

    source: str
    line: int | None


@dataclass
class Layer:
    """A scenario's data before validation, with the position of each value and the problems found so far.

    Attributes
    ----------
    source : str
        The file's name, for messages.
    data : dict
        Its data, merged over those that it extends.
    marks : dict of str to Position
        Position of each value by its dotted path.
    problems : list of Problem
        Problems that leave the rest readable.
    """

    source: str
    data: dict[str, Any]
    marks: dict[str, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def fail(source: object, message: str, hint: str = "", line: int | None = None) -> ScenarioError:
    """Return the error for a file of which nothing can be read.

    Parameters
    ----------
    source : object
        The file, as the user named it.
    message, hint : str
        What is wrong, and how to correct it.
    line : int, optional
        Line of the problem, from 1.

    Returns
    -------
    ScenarioError
        With this one problem.

    Examples
    --------
    >>> print(fail("a.yaml", "is empty"))
    a.yaml: 1 problem
      is empty
    """
    return ScenarioError([Problem("", message, hint, line)], source=str(source))


def find(source: str | Path) -> Path:
    """Return the file that a user named.

    Parameters
    ----------
    source : str or Path
        A file, or the name of a shipped scenario; an existing file wins over a shipped scenario of the same name.

    Returns
    -------
    Path
        It may still be unreadable or a directory.

    Raises
    ------
    ScenarioError
        If there is neither.

    Examples
    --------
    >>> find("direct").name
    'direct.yaml'
    """
    known = library.names()
    try:
        there = Path(source).is_file()
    except ValueError:
        raise fail(repr(str(source)), "is not a file name") from None
    if not there and str(source) in [*known, "base"]:
        return library.path(str(source))
    if not there and not Path(source).exists():
        hint = nearest(Path(source).stem, known) if known else ""
        raise fail(source, "there is no such file, and no shipped scenario of that name", hint)
    return Path(source)


def _read_text(file: Path) -> str:
    if file.is_dir():
        raise fail(file, "is a directory, not a scenario", "name a file inside it")
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise fail(file, f"cannot be read: {error.strerror}") from None
    if len(raw) > LARGEST_FILE_BYTES:
        raise fail(file, "is larger than 1 MiB, too large for a scenario")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise fail(file, "is not a text in UTF-8; is it a binary file?") from None


def from_file(file: Path, chain: tuple[Path, ...] = ()) -> Layer:
    """Read a file and the files that it extends.

    Parameters
    ----------
    file : Path
        A scenario file, complete or a variant.
    chain : tuple of Path, optional
        The files that extend this one, so that a loop is found.

    Returns
    -------
    Layer
        The merged data, without the key ``extends``.

    Raises
    ------
    ScenarioError
        If a file cannot be read at all, or if the files extend each other in a loop.

    Examples
    --------
    >>> layer = from_file(library.path("layered"))
    >>> sorted(layer.data)[:3], layer.marks["title"].line
    (['content', 'description', 'links'], 2)
    """
    real = file.resolve()
    if real in chain:
        names = [step.name for step in (*chain[chain.index(real) :], real)]
        raise fail(chain[0], f"extends goes in a loop: {' → '.join(names)}")
    try:
        document = yaml_text.parse(_read_text(file))
    except yaml_text.UnreadableTextError as error:
        raise ScenarioError([error.problem], source=str(file)) from None
    if document.data is None:
        raise fail(file, "is empty", "see 'proxysim show direct' for a scenario to start from")
    if not isinstance(document.data, dict):
        raise fail(file, f"must be a mapping of keys to values, not {shown(document.data)}", line=1)
    marks = {path: Position(str(file), line) for path, line in document.lines.items()}
    problems = list(document.problems)
    layer = Layer(str(file), anchor_logs(document.data, file.parent), marks, problems)
    return _extended(layer, file.parent, (*chain, real))


def from_mapping(source: Mapping[str, Any]) -> Layer:
    """Return the layer of data given from Python.

    Parameters
    ----------
    source : mapping
        Written as in a file, with units; relative paths start at the working directory.  It is not changed.

    Returns
    -------
    Layer
        The data, merged over the file that they extend; without lines.

    Examples
    --------
    >>> from_mapping({"run": {"requests": 10}}).data
    {'run': {'requests': 10}}
    """
    data = plain(source)
    layer = Layer("scenario", anchor_logs(data, Path()))
    return _extended(layer, Path(), ())


def plain(value: Any) -> Any:
    """Return a copy of a value in the types that reading a file gives.

    Parameters
    ----------
    value : object
        Mappings, lists, tuples and scalars.

    Returns
    -------
    object
        Dictionaries with string keys, lists and scalars.

    Examples
    --------
    >>> plain({1: ("a", "b")})
    {'1': ['a', 'b']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def anchor_logs(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Make the paths of access logs absolute.

    Parameters
    ----------
    data : dict
        A scenario's data; changed in place.
    folder : Path
        The folder of the scenario's file, at which relative paths start.

    Returns
    -------
    dict
        The same object.

    Examples
    --------
    >>> data = {"nodes": {"visitors": {"arrivals": {"kind": "access_log", "file": "a.log"}}}}
    >>> anchor_logs(data, Path("/logs"))["nodes"]["visitors"]["arrivals"]["file"]
    '/logs/a.log'
    """
    for _, arrivals in named_logs(data):
        arrivals["file"] = str((folder / Path(arrivals["file"]).expanduser()).resolve())
    return data


def named_logs(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the populations that replay a log.

    Parameters
    ----------
    data : mapping
        A scenario's data, not yet validated.

    Yields
    ------
    (str, dict)
        Name of the client node, and its ``arrivals``.

    Examples
    --------
    >>> list(named_logs({"nodes": {"a": {"arrivals": {"file": "x"}}, "b": {}}}))
    [('a', {'file': 'x'})]
    """
    nodes = data.get("nodes")
    for name, node in nodes.items() if isinstance(nodes, dict) else ():
        arrivals = node.get("arrivals") if isinstance(node, dict) else None
        if isinstance(arrivals, dict) and isinstance(arrivals.get("file"), str):
            yield name, arrivals


# --- extends ----------------------------------------------------------------------------------------------


def _extended(layer: Layer, folder: Path, chain: tuple[Path, ...]) -> Layer:
    """Return a layer merged over the one that it extends; itself if it extends none."""
    if "extends" not in layer.data:
        return layer
    name = layer.data.pop("extends")
    if not isinstance(name, str) or not name:
        mark = layer.marks.get("extends", Position("", None))
        message = f"must be the name of a file, not {shown(name)}"
        layer.problems.append(Problem("extends", message, "write extends: base.yaml", mark.line))
        return layer
    base = from_file(_find_base(layer, name, folder), chain)
    for key in _NOT_INHERITED:
        base.data.pop(key, None)
    return Layer(
        layer.source,
        _merged(base.data, layer.data),
        {**base.marks, **layer.marks},
        [*base.problems, *layer.problems],
    )


def _find_base(layer: Layer, name: str, folder: Path) -> Path:
    beside = folder / name
    if beside.is_file():
        return beside
    try:
        return library.path(name)
    except ScenarioError:
        beside_names = [file.name for file in folder.glob("*.yaml")]
        line = layer.marks.get("extends", Position("", None)).line
        hint = nearest(name, [*beside_names, *library.names()])
        raise ScenarioError(
            [Problem("extends", f"there is no file {name!r} beside it", hint, line)], source=layer.source
        ) from None


def _merged(base: dict[str, Any], top: dict[str, Any]) -> dict[str, Any]:
    """Return two mappings merged; neither is changed."""
    # Another role or kind has other settings: those of the base would be unknown keys there.
    if any(key in base and key in top and base[key] != top[key] for key in ("role", "kind")):
        return _without_nulls(top)
    made = dict(base)
    for key, value in top.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, dict):
            below = made.get(key)
            made[key] = _merged(below if isinstance(below, dict) else {}, value)
        else:
            made[key] = value
    return made


def _without_nulls(mapping: dict[str, Any]) -> dict[str, Any]:
    return _merged({}, mapping)

"""From a file to a checked scenario, with all problems reported at once.

Theory of operation.  A file is read into a *layer*: its data, and the line of each value (``layers``).  Overrides are
set on top (``overrides``).  The merged data are then validated by ``schema`` and ``checks``: earlier, a variant that
replaces a wrong value of its base would be rejected.  Finally each problem gets the line where its value was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, salvage
from sim.scenario.layers import Layer, find, from_file, from_mapping, named_logs
from sim.scenario.overrides import set_all
from sim.scenario.problems import translate
from sim.scenario.schema import Scenario


def load(source: str | Path | Mapping[str, Any], overrides: Sequence[str] | Mapping[str, Any] = ()) -> Scenario:
    """Read, complete and check a scenario.

    Parameters
    ----------
    source : str, Path or mapping
        A file, the name of a shipped scenario, or the data, written as in a file.
    overrides : sequence of str, or mapping of str to object
        ``"nodes.edge.cache.capacity=64 MiB"``, the value read as YAML; or paths and values.

    Returns
    -------
    Scenario
        Valid, and checked as a whole.

    Raises
    ------
    ScenarioError
        With all problems, each with its path, its line where known, and a hint.

    Examples
    --------
    >>> scenario = load("forward-proxy", ["nodes.campus-proxy.cache.capacity=64 MiB"])
    >>> scenario.nodes["campus-proxy"].cache.capacity
    Capacity(amount=67108864, unit='bytes')
    """
    layer = from_mapping(source) if isinstance(source, Mapping) else from_file(find(source), ())
    set_all(layer, overrides)
    layer.data.setdefault("name", "" if isinstance(source, Mapping) else Path(layer.source).stem)
    return _checked(layer)


def _checked(layer: Layer) -> Scenario:
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(layer.data)
        found = checks.problems(scenario)
    except ValidationError as error:
        found = translate(error, Scenario, layer.data) + checks.problems(salvage.salvage(layer.data))
    found += _logs_missing(layer.data)
    problems = [*layer.problems, *(_with_line(problem, layer) for problem in found)]
    if scenario is None or problems:
        raise ScenarioError(sorted(dict.fromkeys(problems), key=lambda one: one.line or 0), source=layer.source)
    return scenario


def _with_line(problem: Problem, layer: Layer) -> Problem:
    """Return a problem with the line of its value, or of the nearest mapping around it."""
    path = problem.path
    while path and path not in layer.marks:
        path = path.rpartition(".")[0]
    mark = layer.marks.get(path) if path else None
    if mark is None or mark.line is None:
        return problem
    if mark.source == layer.source:
        return Problem(problem.path, problem.message, problem.hint, mark.line)
    place = f"written in {mark.source}, line {mark.line}"
    return Problem(problem.path, problem.message, f"{problem.hint}; {place}" if problem.hint else place)


def _logs_missing(data: Mapping[str, Any]) -> list[Problem]:
    return [
        Problem(f"nodes.{name}.arrivals.file", f"there is no file {arrivals['file']!r}", "name an access log")
        for name, arrivals in named_logs(data)
        if not Path(arrivals["file"]).is_file()
    ]

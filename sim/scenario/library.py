"""The scenarios that are shipped with proxysim, found in a checkout and in an installed package."""

from __future__ import annotations

from pathlib import Path

from sim.errors import Problem, ScenarioError, nearest

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "_shipped" / "scenarios", _PACKAGE.parent / "scenarios")
"""Where they may lie: inside an installed package, or beside ``sim/`` in a checkout."""

_INCOMPLETE = ("base",)
"""Files that others extend and that cannot be run by themselves."""


def names() -> list[str]:
    """Return the names of the shipped scenarios.

    Returns
    -------
    list of str
        In alphabetical order; empty if none was installed.

    Examples
    --------
    >>> "direct" in names(), "base" in names()
    (True, False)
    """
    return [name for name in sorted(_files()) if name not in _INCOMPLETE]


def path(name: str) -> Path:
    """Return the file of a shipped scenario.

    Parameters
    ----------
    name : str
        One of `names`, or ``base``, which others extend.

    Returns
    -------
    Path
        An existing file.

    Raises
    ------
    ScenarioError
        If no shipped scenario has that name.

    Examples
    --------
    >>> path("direct").name
    'direct.yaml'
    """
    files = _files()
    if name not in files:
        hint = nearest(name, names()) if files else "no scenarios are installed"
        raise ScenarioError([Problem("", f"there is no shipped scenario {name!r}", hint)], source=name)
    return files[name]


def _files() -> dict[str, Path]:
    for folder in _FOLDERS:
        if folder.is_dir():
            return {file.stem: file for file in folder.glob("*.yaml")}
    return {}

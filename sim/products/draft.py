"""A configuration in the making: lines by section, and notes on what a product cannot be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sim.errors import Problem
from sim.products.task import Task


class Configuration(NamedTuple):
    """A product's configuration.

    Attributes
    ----------
    text : str
        The file.
    unsupported : tuple of Problem
        Notes: what the scenario sets and the file leaves out or only comes near, each with its path in the scenario.
    """

    text: str
    unsupported: tuple[Problem, ...]


class ConfigurationDraft:
    """Lines by section, and notes; the writers of settings fill it in any order.

    Parameters
    ----------
    product : str
        The product, as it is spelled in notes.
    task : Task
        What it is configured for.
    sections : sequence of str
        Names of the configuration's sections.  A line for any other one is a mistake of the writer, hence a KeyError.

    Attributes
    ----------
    path : str
        The setting that is being written, below its node: where a note belongs.

    Examples
    --------
    >>> from pathlib import Path
    >>> from sim.products.task import task
    >>> from sim.scenario import library, load
    >>> gateway = task(load.load(library.path("reverse-proxy")), "gateway", Path("/run"))
    >>> draft = ConfigurationDraft("nginx", gateway, ["http"])
    >>> draft.path = "server"
    >>> draft.add("http", "server_tokens off;")
    >>> draft.note("nginx writes 'nginx' as Server")
    >>> draft["http"], draft.finished([]).unsupported[0].path
    (['server_tokens off;'], 'nodes.gateway.server')
    """

    def __init__(self, product: str, task: Task, sections: Sequence[str]) -> None:
        self.product = product
        self.task = task
        self.path = ""
        self._sections: dict[str, list[str]] = {section: [] for section in sections}
        self._notes: list[Problem] = []

    def add(self, section: str, *lines: str) -> None:
        """Append lines to a section."""
        self._sections[section] += lines

    def __getitem__(self, section: str) -> list[str]:
        return self._sections[section]

    def note(self, message: str, path: str | None = None) -> None:
        """Note that a setting is left out, or what is done in its place.

        Parameters
        ----------
        message : str
            One sentence.
        path : str, optional
            The setting, below the node, or empty for the node as a whole; the one being written if absent.
        """
        below = self.path if path is None else path
        self._notes.append(Problem(f"nodes.{self.task.name}.{below}" if below else f"nodes.{self.task.name}", message))

    def finished(self, lines: Iterable[str]) -> Configuration:
        """Return the configuration made of these lines, with the notes."""
        return Configuration("\n".join([*lines, ""]), tuple(self._notes))

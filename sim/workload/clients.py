"""The clients of all populations: dense ids, each with an address of its own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario import topology
from sim.scenario.schema import Client, Scenario
from sim.workload.columns import Clients
from sim.workload.texts import Texts


def populations(scenario: Scenario) -> dict[str, Client]:
    """Return the client nodes of a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.

    Returns
    -------
    dict of str to Client
        By name, in the scenario's order.
    """
    return {name: node for name, node in scenario.nodes.items() if isinstance(node, Client)}


def clients(scenario: Scenario, logged: Mapping[str, int] | None = None) -> Clients:
    """Return all clients under dense ids, population after population.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    logged : mapping of str to int, optional
        Number of clients in the log of each population that replays one.  They get the addresses of the population's
        block in the order of their first request.

    Returns
    -------
    Clients
        Addresses are computed when they are asked for.

    Raises
    ------
    ScenarioError
        If a block has fewer addresses than there are clients.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> known = clients(load.load(library.path("direct")))
    >>> known.populations, len(known.population_of), known.addresses[19]
    (('students',), 20, '10.1.0.20')
    """
    found = populations(scenario)
    counts = [(logged or {}).get(name, node.count) for name, node in found.items()]
    blocks = [topology.client_addresses(scenario, name) for name in found]
    problems = [
        Problem(
            f"nodes.{name}.addresses",
            f"{node.addresses} has {len(block):,} addresses for {count:,} clients",
            "give a larger block",
        )
        for (name, node), count, block in zip(found.items(), counts, blocks, strict=True)
        if count > len(block)
    ]
    if problems:
        raise ScenarioError(problems, source=scenario.name or "scenario")
    population_of = np.repeat(np.arange(len(found), dtype=np.int16), counts)
    starts = tuple(np.cumsum([0, *counts[:-1]]).tolist())
    return Clients(tuple(found), population_of, Texts(sum(counts), _Addresses(starts, tuple(blocks))))


@dataclass(frozen=True, slots=True)
class _Addresses:
    starts: tuple[int, ...]
    blocks: tuple[Sequence[str], ...]

    def __call__(self, client: int) -> str:
        population = bisect_right(self.starts, client) - 1
        return self.blocks[population][client - self.starts[population]]

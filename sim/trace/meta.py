"""Meta data of a trace: where it comes from, its nodes and its edges."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from math import inf
from typing import Any

import networkx as nx

from sim.scenario.schema import Backend, Client, Proxy, Scenario
from sim.trace.files import FORMAT
from sim.workload.columns import Workload

PACKAGES = ("proxysim", "numpy", "networkx", "simpy", "pydantic")


def describe(
    scenario: Scenario,
    graph: nx.DiGraph[str],
    workload: Workload,
    *,
    engine: str,
    world: str,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """Describe a run in plain JSON values.

    Parameters
    ----------
    scenario : Scenario
        What was run.
    graph : networkx.DiGraph
        Its topology.
    workload : Workload
        The requests.
    engine, world : str
        Which engine ran it, and in what world: simulated, lab, ….
    notes : sequence of str
        Caveats for readers, beyond the workload's own notes.

    Returns
    -------
    dict
        Provenance, nodes with role and addresses, edges with delay and bandwidth.
    """
    edges = sorted((held["edge"] for _, _, held in graph.edges(data=True)), key=lambda edge: edge.index)
    return {
        "format": FORMAT,
        "scenario": {"name": scenario.name, "title": scenario.title, "hash": scenario.hash},
        "seed": workload.seed,
        "replication": workload.replication,
        "engine": engine,
        "world": world,
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "cut_short": False,
        "warm_up_s": scenario.run.warm_up_s,
        "issued": len(workload),
        "end_s": 0.0,
        "notes": [*workload.notes, *notes],
        "nodes": {name: _node(name, scenario, graph, workload) for name in scenario.nodes},
        "stages": {
            settings.kind: settings.stage.sentence()
            for node in scenario.nodes.values()
            if isinstance(node, Proxy)
            for settings in node.stages
        },
        "edges": [
            {
                "sender": edge.sender,
                "receiver": edge.receiver,
                "delay_s": edge.delay_s,
                "bandwidth_bytes_per_s": None if edge.bandwidth_bytes_per_s == inf else edge.bandwidth_bytes_per_s,
                "jitter_s": edge.jitter_s,
                "tls": edge.tls,
                "tls_round_trips": edge.tls_round_trips,
            }
            for edge in edges
        ],
    }


def _node(name: str, scenario: Scenario, graph: nx.DiGraph[str], workload: Workload) -> dict[str, Any]:
    settings = scenario.nodes[name]
    said: dict[str, Any] = {
        "role": settings.role,
        "site": settings.site,
        "addresses": list(graph.nodes[name]["addresses"]),
        "workers": None,
        "discipline": None,
        "cache": None,
    }
    if isinstance(settings, Client):
        number = workload.clients.populations.index(name)
        said |= {"count": int((workload.clients.population_of == number).sum()), "block": settings.addresses}
    if isinstance(settings, Backend):
        said |= {"workers": settings.workers, "discipline": settings.discipline}
    if isinstance(settings, Proxy):
        said["transforms"] = [transform.kind for transform in settings.transforms]
        if settings.has_work:
            said |= {"workers": settings.workers, "discipline": "fifo"}
        if settings.cache:
            capacity = settings.cache.capacity
            said["cache"] = {
                "capacity": capacity.amount,
                "unit": capacity.unit,
                "replacement": settings.cache.replacement,
            }
    return said


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"

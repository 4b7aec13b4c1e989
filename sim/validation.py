"""Does the simulation agree with reality?  The same requests simulated and over real sockets, compared row by row."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.engine.run import simulate
from sim.errors import SimError, nearest
from sim.lab import substitutes
from sim.lab.run import measure
from sim.metrics.agreement import Agreement, agreement
from sim.metrics.comparable import Ignored, any_of
from sim.scenario import topology
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.trace.trace import Trace
from sim.workload.columns import Workload
from sim.workload.draw import draw
from sim.workload.serial import at_instants, chained

LAB = "lab"

PRODUCTS = ("nginx", "squid", "haproxy")

REALITIES = (LAB, *PRODUCTS)
"""What the simulation can be compared with: the lab's own nodes over sockets, or real products between them."""

MARGIN_S = 0.02
"""Time between an answer and the next request of a serial replay, in seconds."""

SHORT_LIFE_S = 60.0
"""A stored answer that is fresh for longer than this outlives any validation."""

REQUESTS, REPEATS = 20, 2

Progress = Callable[[int, int], None]


def validate(
    scenario: Scenario | str | Path,
    *,
    against: str = LAB,
    requests: int = REQUESTS,
    repeats: int = REPEATS,
    seed: int = 1,
    model: Scenario | None = None,
    progress: Progress | None = None,
) -> Agreement:
    """Simulate and measure the same requests, one after the other, and compare both.

    Parameters
    ----------
    scenario : Scenario, str or Path
        What is measured: a scenario, its file, or the name of a shipped one.
    against : {"lab", "nginx", "squid", "haproxy"}
        Reality: the scenario's nodes over sockets, or that product in the place of the proxies that it can stand for.
    requests : int
        How many of the workload's first requests.
    repeats : int
        How often they are measured.
    seed : int
        Seed of the draw.
    model : Scenario, optional
        What is simulated, if that is to differ from what is measured: to see that a wrong model is found out.
    progress : callable of (done, total), optional
        Called with how many requests are measured, of how many.

    Returns
    -------
    Agreement
        What was found, with all runs.

    Raises
    ------
    SimError
        If the scenario cannot be run, or a number makes no sense.
    KeyboardInterrupt
        If it is interrupted before the first real run is complete; later, those that are complete count.

    Examples
    --------
    >>> found = validate("reverse-proxy", requests=2, repeats=1)
    >>> found.is_exact, found.measured[0].meta["world"]
    (True, 'lab')
    """
    _hold_to_sense(against, requests, repeats)
    real = scenario if isinstance(scenario, Scenario) else load(scenario)
    products: dict[str, str] = {}
    if against != LAB:
        real = substitutes.likened(real, against)
        products = dict.fromkeys(substitutes.replaceable(real, against), against)
    workload = serial_replay(real, requests, seed, beside=model)
    simulated = simulate(model or real, workload)
    measured: list[Trace] = []
    for repeat in range(repeats):
        tell = _shifted(progress, repeat, repeats)
        trace = measure(real, workload, one_by_one=True, products=products, progress=tell)
        if trace.is_cut_short:
            break
        measured.append(trace)
    if not measured:
        raise KeyboardInterrupt
    classes = {row: workload.content_class(row).name for row in range(len(workload))}
    notes = [*_notes(real), *substitutes.unsaid(real, products)]
    return agreement(simulated, measured, classes=classes, blind=_blind(real, products), reality=against, notes=notes)


def serial_replay(scenario: Scenario, requests: int, seed: int = 1, *, beside: Scenario | None = None) -> Workload:
    """Make a scenario's first requests into ones that come one after the other.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    requests : int
        How many.
    seed : int
        Seed of the draw.
    beside : Scenario, optional
        Another one that is to run the same requests: each waits until the one before it is over in both.

    Returns
    -------
    Workload
        Each is issued at a fixed instant: when the one before it is over in the simulation, and `MARGIN_S` later.

    Examples
    --------
    >>> trace = simulate(load("layered"), serial_replay(load("layered"), 2)).tables["requests"]
    >>> float(trace.numbers("arrival_s")[1] - trace.numbers("completion_s")[0]).__round__(9)
    0.02
    """
    one_by_one = chained(draw(scenario, seed), requests, MARGIN_S)
    gaps_s = [np.diff(_chain_s(each, one_by_one)) for each in (scenario, beside or scenario)]
    return at_instants(one_by_one, np.concatenate([np.zeros(1), np.cumsum(np.maximum(*gaps_s))]))


def _chain_s(scenario: Scenario, one_by_one: Workload) -> NDArray[np.float64]:
    """Return the instants at which the requests of a chain are issued, in seconds."""
    # However long that takes: a scenario's duration is about its own arrivals.
    as_long_as_it_takes = scenario.run.model_copy(update={"duration_s": None, "requests": len(one_by_one)})
    endless = scenario.model_copy(update={"run": as_long_as_it_takes})
    return simulate(endless, one_by_one, steps=False).tables["requests"].numbers("arrival_s")


def _blind(scenario: Scenario, products: Mapping[str, str]) -> Ignored:
    """Return what a product does not report, or decides in its own way: its steps, and which node it asks."""
    graph = topology.build(scenario)
    groups = [
        {following: graph.nodes[following]["addresses"][0] for following in graph.successors(node)} for node in products
    ]
    return Ignored(products, any_of(groups, products))


def _notes(scenario: Scenario) -> list[str]:
    """Return notes on what the simulation does not imitate, where that may matter."""
    lives_s = [
        float(seconds)
        for content in scenario.content.values()
        for seconds in re.findall(r"(?:max-age|s-maxage)=(\d+)", content.cache_control or "")
    ]
    if not lives_s or min(lives_s) >= SHORT_LIFE_S:
        return []
    return ["Date and Age hold whole seconds: in reality a stored answer may be found stale up to a second earlier"]


def _hold_to_sense(against: str, requests: int, repeats: int) -> None:
    if against not in REALITIES:
        raise SimError(f"there is no reality {against!r}", hint=nearest(against, REALITIES))
    for name, value in (("requests", requests), ("repeats", repeats)):
        if value < 1:
            raise SimError(f"{name} must be at least 1, not {value}")


def _shifted(progress: Progress | None, repeat: int, repeats: int) -> Progress | None:
    """Return a callback that reports one of several runs as a part of all of them."""
    if progress is None:
        return None
    tell = progress
    return lambda done, total: tell(repeat * total + done, repeats * total)

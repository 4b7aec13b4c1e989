"""Throws all dice of a scenario before it runs.

Each column of each population has its own named stream (see ``streams``), so that a design with a further node
is compared on the very same requests.  Popularity is drawn for each population and content class alone: what one
population repeats is what it asked for itself.

How ``run.requests`` is shared out: open arrivals are taken earliest first, whatever their population; closed
sessions get the same number each, as nearly as possible.  Where both kinds of population stand side by side, each
population's part of the whole is the same, open ones together and closed ones together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, routes
from sim.scenario.distributions import MMPP, AccessLog, Sessions
from sim.scenario.schema import Client, Scenario
from sim.workload import arrivals, demands, recorded
from sim.workload.catalogue import Kind, number_targets, response_fields
from sim.workload.clients import clients, populations
from sim.workload.columns import TargetClass, Workload
from sim.workload.recorded import Recording
from sim.workload.rows import Rows, draw_rows
from sim.workload.sessions import Timing, closed_timing
from sim.workload.streams import Streams


def draw(scenario: Scenario, seed: int = 1, replication: int = 0) -> Workload:
    """Draw all requests of a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    seed : int
        Seed of the study; the same seed gives the same workload, to the bit.
    replication : int
        Number of the replication, from 0; all are independent.

    Returns
    -------
    Workload
        One row per request, in the order of arrival (ties: order of the populations in the scenario); after them
        the requests of closed sessions whose time depends on an answer, in the order of (round, session).

    Raises
    ------
    ScenarioError
        If the scenario does not hold together, holds more than 10^8 requests, or none.
    AccessLogError
        If an access log cannot be read.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> workload = draw(load.load(library.path("direct"), ["run.requests=500"]), seed=1)
    >>> len(workload), bool((np.diff(workload.arrival_s) >= 0).all()), workload.clients.addresses[0]
    (500, True, '10.1.0.1')
    """
    _refuse(checks.problems(scenario) or _problems(scenario), scenario)
    drawn = _Draw(scenario, Streams(seed, replication))
    timings = drawn.timings()
    total = sum(map(len, timings.values()))
    if total > checks.MOST_REQUESTS:
        _refuse([Problem("run", f"{total:,} requests; at most {checks.MOST_REQUESTS:,} are allowed")], scenario)
    if not total:
        _refuse([Problem("run", "no request is issued before the end", "let it last longer")], scenario)
    return drawn.workload(timings)


def _refuse(problems: list[Problem], scenario: Scenario) -> None:
    if problems:
        raise ScenarioError(problems, source=scenario.name or "scenario")


def _problems(scenario: Scenario) -> list[Problem]:
    """Find what would take for ever to draw."""
    run, found = scenario.run, []
    for name, node in populations(scenario).items():
        law, path = node.arrivals, f"nodes.{name}.arrivals"
        if isinstance(law, MMPP):
            rate_per_s = (law.quiet_rate_per_s + law.burst_rate_per_s) / 2
            length_s = min(run.duration_s or np.inf, (run.requests or np.inf) / rate_per_s)
            if length_s / (law.quiet_time_s + law.burst_time_s) > checks.MOST_REQUESTS:
                found.append(Problem(path, "it would switch its state more than 10^8 times", "let the states last longer"))
        elif isinstance(law, Sessions) and run.requests is None and run.duration_s is not None:
            mean_s = demands.mean_s(law.think)
            if node.count * run.duration_s > checks.MOST_REQUESTS * mean_s:
                message = f"its sessions might issue more than 10^8 requests in {run.duration_s:g} s"
                found.append(Problem(path, message, "give 'requests' for the run, or let them think longer"))
    return found


@dataclass(frozen=True, eq=False)
class _Part:
    """One population's part of the workload."""

    timing: Timing
    rows: Rows
    balance_draw: NDArray[np.float64]
    link_draw: NDArray[np.uint64]


class _Draw:
    """One draw: what its steps have in common."""

    def __init__(self, scenario: Scenario, streams: Streams) -> None:
        self.scenario = scenario
        self.streams = streams
        self.populations = populations(scenario)
        self.recordings = {
            name: recorded.read(node.arrivals, scenario.run.requests)
            for name, node in self.populations.items()
            if isinstance(node.arrivals, AccessLog)
        }

    def timings(self) -> dict[str, Timing]:
        """Draw when each population's requests are issued."""
        sessions = {name: count for name, node in self.populations.items() if (count := _sessions(node))}
        open_names = [name for name in self.populations if name not in sessions]
        requests = self.scenario.run.requests
        closed: Mapping[str, int | None] = dict.fromkeys(sessions)
        if requests is not None:
            closed_requests = requests * len(sessions) // len(self.populations)
            closed = _evenly(closed_requests, sessions)
            requests -= closed_requests
        timings = {name: self._timing(name, closed.get(name, requests)) for name in self.populations}
        return timings | _earliest({name: timings[name] for name in open_names}, requests)

    def _timing(self, name: str, count: int | None) -> Timing:
        node, duration_s = self.populations[name], self.scenario.run.duration_s
        law = node.arrivals
        if isinstance(law, AccessLog):
            return self.recordings[name].timing(law, count, duration_s)
        if isinstance(law, Sessions):
            return closed_timing(law.think, self.streams.generator(f"think/{name}"), node.count, count, duration_s)
        return _open(arrivals.times(law, self.streams.generator(f"arrivals/{name}"), count, duration_s))

    def workload(self, timings: Mapping[str, Timing]) -> Workload:
        """Draw what the requests ask for, and put all populations together."""
        kinds = [
            Kind(TargetClass(name, content.host, response_fields(content), content.dynamic))
            for name, content in self.scenario.content.items()
        ]
        kind_of = {name: number for number, name in enumerate(self.scenario.content)}
        parts = [self._part(name, timing, kinds, kind_of) for name, timing in timings.items()]
        return _merge(self, parts, kinds)

"""Draws all random numbers of a scenario before it runs.

Each column of each population has its own named stream (see ``streams``), so that a design with a further node
gets the very same requests.  Targets are drawn for each pair of population and content class: temporal locality
means that a population repeats its own requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, routes
from sim.scenario.distributions import MMPP, AccessLog, Sessions
from sim.scenario.schema import Client, Run, Scenario
from sim.workload import clients, demands, recorded
from sim.workload.catalogue import NamedClass, number_targets, response_fields
from sim.workload.columns import Clients, TargetClass, Workload
from sim.workload.population_rows import draw_rows
from sim.workload.recorded import Recording
from sim.workload.schedule import schedule
from sim.workload.sessions import Timing
from sim.workload.streams import Streams

Columns = dict[str, Any]


def draw(scenario: Scenario, seed: int = 1, replication: int = 0) -> Workload:
    """Draw all requests of a scenario.

    Parameters
    ----------
    scenario : Scenario
        The scenario.
    seed : int
        Seed of the study, not negative; the same seed gives the same workload, bit for bit.
    replication : int
        Number of the replication, from 0; replications are independent.

    Returns
    -------
    Workload
        One row per request, in the order of arrival (ties: order of the populations in the scenario); after them
        the requests of closed sessions whose time depends on a response, in the order of (round, session).

    Raises
    ------
    ScenarioError
        If the parts of the scenario do not fit together, or if it has more than 10^8 requests, or none.
    AccessLogError
        If an access log cannot be read.

    Examples
    --------
    >>> from sim.scenario import library, load
    >>> workload = draw(load.load(library.path("direct"), ["run.requests=500"]), seed=1)
    >>> len(workload), bool((np.diff(workload.arrival_s) >= 0).all()), workload.clients.addresses[0]
    (500, True, '10.1.0.1')
    """
    _refuse(scenario, checks.problems(scenario) or _endless(scenario))
    streams = Streams(seed, replication)
    populations = clients.populations(scenario)
    recordings = {
        name: recorded.read(node.arrivals, scenario.run.requests)
        for name, node in populations.items()
        if isinstance(node.arrivals, AccessLog)
    }
    timings = schedule(scenario.run, populations, recordings, streams)
    _refuse(scenario, _out_of_range(sum(map(len, timings.values()))))
    logged = {name: len(found.log.client_names) for name, found in recordings.items()}
    all_clients = clients.clients(scenario, logged)
    kinds = _kinds(scenario)
    parts = [_part(scenario, name, timings[name], streams, recordings.get(name), kinds) for name in populations]
    _number(parts, all_clients)
    columns = _in_order(parts)
    catalogue, target = number_targets(kinds, columns.pop("kind"), columns.pop("number"))
    return Workload(
        **columns,
        target=target,
        catalogue=catalogue,
        clients=all_clients,
        seed=seed,
        replication=replication,
        scenario_hash=scenario.hash,
        notes=tuple(note for found in recordings.values() for note in found.log.notes),
    )


def _refuse(scenario: Scenario, problems: Sequence[Problem]) -> None:
    if problems:
        raise ScenarioError(problems, source=scenario.name or "scenario")


def _endless(scenario: Scenario) -> list[Problem]:
    """Return a problem for each population whose draw would take too long or too much memory."""
    found = {name: _why_endless(node, scenario.run) for name, node in clients.populations(scenario).items()}
    hint = "set 'requests' of the run, or longer times"
    return [Problem(f"nodes.{name}.arrivals", message, hint) for name, message in found.items() if message]


def _why_endless(node: Client, run: Run) -> str:
    law, duration_s = node.arrivals, run.duration_s if run.duration_s is not None else np.inf
    if isinstance(law, MMPP):
        slowest_s = (run.requests or np.inf) / max(law.quiet_rate_per_s, law.burst_rate_per_s)
        if min(duration_s, slowest_s) / (law.quiet_time_s + law.burst_time_s) > checks.MOST_REQUESTS:
            return f"the rate would change more than {checks.MOST_REQUESTS:,} times"
    elif isinstance(law, Sessions) and run.requests is None:
        too_many = node.count * duration_s > checks.MOST_REQUESTS * demands.mean_s(law.think)
        if too_many:
            return f"the sessions might issue more than {checks.MOST_REQUESTS:,} requests in {duration_s:g} s"
    return ""


def _out_of_range(total: int) -> list[Problem]:
    if not total:
        return [Problem("run", "no request is issued before the end", "make the run longer, or raise the rates")]
    if total > checks.MOST_REQUESTS:
        message = f"there are {total:,} requests; at most {checks.MOST_REQUESTS:,} are allowed"
        return [Problem("run", message, "limit 'requests'")]
    return []


def _kinds(scenario: Scenario) -> list[NamedClass]:
    """Return the content classes that are drawn; those of logs are appended later."""
    drawing = (node for node in clients.populations(scenario).values() if not isinstance(node.arrivals, AccessLog))
    asked = {name for node in drawing for name in routes.asked_for(node, scenario.content)}
    return [
        NamedClass(TargetClass(name, content.host, response_fields(content), content.dynamic))
        for name, content in scenario.content.items()
        if name in asked
    ]


def _part(
    scenario: Scenario,
    name: str,
    timing: Timing,
    streams: Streams,
    recording: Recording | None,
    kinds: list[NamedClass],
) -> Columns:
    """Draw a population's columns; a replayed log appends the classes of its targets to `kinds`."""
    node = clients.populations(scenario)[name]
    if recording is None:
        kind_of = {kind.shared.name: number for number, kind in enumerate(kinds) if kind.names is None}
        rows = draw_rows(name, node, scenario.content, timing, streams, kind_of)
    else:
        (class_name,) = routes.asked_for(node, scenario.content)
        content = scenario.content[class_name]
        rows = recorded.rows(name, recording, content, len(timing), streams, len(kinds))
        kinds += recorded.kinds(class_name, content, recording.log)
    balance_draw = streams.generator(f"balance/{name}").random(len(timing))
    link_draw = streams.generator(f"link/{name}").integers(2**64, size=len(timing), dtype=np.uint64)
    return {**vars(timing), **vars(rows), "balance_draw": balance_draw, "link_draw": link_draw}


def _number(parts: Sequence[Columns], all_clients: Clients) -> None:
    """Replace ids of clients and sessions within a population by ids within the workload."""
    first_session = 0
    for population, part in enumerate(parts):
        first_client = np.searchsorted(all_clients.population_of, population)
        part["client"] = (part["client"] + first_client).astype(np.int32)
        session = part["session"]
        part["session"] = np.where(session < 0, -1, session + first_session).astype(np.int32)
        first_session += int(session.max(initial=-1)) + 1


def _in_order(parts: Sequence[Columns]) -> Columns:
    """Return the rows of all populations together, sorted by arrival, then by (round, session)."""
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    arrival_s = np.nan_to_num(columns["arrival_s"], nan=np.inf)
    order = np.lexsort((columns.pop("turn"), arrival_s))  # stable: ties stay in the order of the populations
    return {name: column[order] for name, column in columns.items()}

"""Runs a scenario in simulated time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain
from typing import Any

import networkx as nx
import numpy as np

from sim.engine.kernel import ISSUE, PARKED, Kernel, Wait
from sim.engine.links import ConnectionPool
from sim.engine.stations import FifoStation, SharingStation
from sim.engine.world import Party, Route, SimulatedWorld, Station
from sim.messages import NO_FIELDS, Request, Response, make_draws, make_request
from sim.nodes.build import build
from sim.nodes.world import Node
from sim.scenario import topology
from sim.scenario.schema import Backend, Client, Proxy, Scenario
from sim.trace.meta import describe
from sim.trace.recorder import Recorder
from sim.trace.trace import Trace
from sim.workload.columns import METHODS, TargetClass, Workload
from sim.workload.draw import draw

Progress = Callable[[int, int], None]
"""Told now and then how many requests are over, and how many there are."""

Coroutine = Generator[Wait, None, Response]

_Row = tuple[float, int, str, str, str, str, TargetClass, int, float, int, float, int]
"""Arrival, client, population, address, method, URL, class, size, demand, size of the answer, two draws."""

CHUNK_ROWS = 4096
PROGRESS_ROWS = 2048


def simulate(
    scenario: Scenario,
    workload: Workload | None = None,
    *,
    seed: int = 1,
    steps: bool = True,
    progress: Progress | None = None,
) -> Trace:
    """Run a scenario in simulated time.

    Parameters
    ----------
    scenario : Scenario
        What to run.
    workload : Workload, optional
        The requests; drawn from the scenario and the seed if absent.
    seed : int
        Seed of the draw; without effect if a workload is given.
    steps : bool
        Whether the numbered steps are recorded too; without them a run is quicker.
    progress : callable of (done, total), optional
        Told now and then how far the run is.

    Returns
    -------
    Trace
        The same for the same scenario and workload, to the bit.  If the run is interrupted (Ctrl-C) it holds
        the requests that were complete and is marked as cut short.

    Raises
    ------
    ScenarioError
        If the scenario cannot be run.

    Examples
    --------
    >>> import sim
    >>> trace = sim.simulate(sim.load("direct", ["run.requests=100"]))
    >>> len(trace.requests)
    100
    """
    graph = topology.build(scenario)
    if workload is None:
        workload = draw(scenario, seed)
    run = _Run(scenario, graph, workload, Recorder(steps=steps), progress)
    cut_short = False
    try:
        run.kernel.advance()
    except KeyboardInterrupt:
        cut_short = True
    meta = describe(scenario, graph, workload, engine="simpy", world="simulated")
    issued = int(np.count_nonzero(~np.isnan(run.arrival_s)))
    meta |= {"cut_short": cut_short, "end_s": run.kernel.time_s, "issued": issued}
    return run.recorder.trace(workload, run.arrival_s, meta)


class _Run:
    """One run: issues requests at their times and takes note of their ends."""

    def __init__(
        self, scenario: Scenario, graph: nx.DiGraph, workload: Workload, recorder: Recorder, progress: Progress | None
    ) -> None:
        self.kernel = Kernel(self._finished)
        self.recorder = recorder
        self.arrival_s = workload.arrival_s.copy()
        self._workload = workload
        self._end_s = scenario.run.duration_s
        self._progress = progress
        self._over = 0
        self._world = _world(scenario, graph, self.kernel, recorder)
        self._sessions = _sessions(workload)
        self._issued = 0
        self._open = _rows(workload, 0, int(np.count_nonzero(~np.isnan(workload.arrival_s))))
        self._prepare_next()

    def send(self, _: None) -> Wait:
        """Issue the request whose time has come: the kernel resumes a run as it resumes a coroutine."""
        coroutine = self._next
        time_s, kind = coroutine.send(None)
        self.kernel.schedule_at(time_s, kind, self._issued, coroutine)
        self._issued += 1
        self._prepare_next()
        return PARKED

    def _prepare_next(self) -> None:
        # Only the next arrival stands in the heap, which so stays as small as what is in flight.
        row = next(self._open, None)
        if row is not None:
            arrival_s, self._next = self._started(self._issued, row)
            self.kernel.schedule_at(arrival_s, ISSUE, self._issued, self)

    def _started(self, request_id: int, row: _Row) -> tuple[float, Coroutine]:
        arrival_s, client, population, address, method, url, kind, size, demand_s, answer_bytes, draw, bits = row
        draws = make_draws((demand_s, answer_bytes, kind.response_fields, draw, bits))
        request = make_request((request_id, method, url, kind.host, NO_FIELDS, size, draws))
        return arrival_s, self._world.start(request, population, client, address)

    def _finished(self, request_id: int, response: Response) -> None:
        self.recorder.finished(request_id, self.kernel.time_s, response)
        if self._sessions:
            self._continue_session(request_id)
        self._over += 1
        if self._progress and self._over % PROGRESS_ROWS == 0:
            self._progress(self._over, len(self._workload))

    def _continue_session(self, request_id: int) -> None:
        rows = self._sessions.get(int(self._workload.session[request_id]))
        following = next(rows, None) if rows is not None else None
        if following is None:
            return
        issue_s = self.kernel.time_s + float(self._workload.think_s[following])
        if self._end_s is None or issue_s <= self._end_s:
            self.arrival_s[following] = issue_s
            _, coroutine = self._started(following, next(_rows(self._workload, following, following + 1)))
            self.kernel.schedule_at(issue_s, ISSUE, following, coroutine)


def _sessions(workload: Workload) -> dict[int, Iterator[int]]:
    """Give for each closed session the rows that it issues itself, in order."""
    rows = np.flatnonzero(np.isnan(workload.arrival_s))
    session = workload.session[rows]
    by_session = rows[np.argsort(session, kind="stable")]
    numbers, starts = np.unique(np.sort(session), return_index=True)
    parts = np.split(by_session, starts[1:])
    return {int(number): iter(part.tolist()) for number, part in zip(numbers, parts, strict=False)}


def _rows(workload: Workload, first: int, last: int) -> Iterator[_Row]:
    """Give the rows of a workload as Python values; a chunk at a time, so that they never are there all at once."""
    return chain.from_iterable(
        _chunk(workload, slice(start, min(start + CHUNK_ROWS, last))) for start in range(first, last, CHUNK_ROWS)
    )


def _chunk(workload: Workload, part: slice) -> Iterator[_Row]:
    catalogue, clients = workload.catalogue, workload.clients
    client, target = workload.client[part], workload.target[part]
    methods = (*METHODS, "OTHER")
    return zip(
        workload.arrival_s[part].tolist(),
        client.tolist(),
        [clients.populations[i] for i in clients.population_of[client].tolist()],
        [clients.addresses[i] for i in client.tolist()],
        [methods[i] for i in workload.method[part].tolist()],
        [catalogue.urls[i] for i in target.tolist()],
        [catalogue.classes[i] for i in catalogue.class_of[target].tolist()],
        workload.request_bytes[part].tolist(),
        workload.service_demand_s[part].tolist(),
        workload.response_bytes[part].tolist(),
        workload.balance_draw[part].tolist(),
        workload.link_draw[part].tolist(),
        strict=True,
    )


def _world(scenario: Scenario, graph: nx.DiGraph, kernel: Kernel, recorder: Recorder) -> SimulatedWorld:
    parties = {
        name: _party(node, scenario.nodes[name], graph.nodes[name]["addresses"], kernel)
        for name, node in build(scenario, graph).items()
    }
    edges: Sequence[topology.Edge] = sorted((held["edge"] for *_, held in graph.edges(data=True)))
    routes = [
        Route(edge, parties[edge.sender], parties[edge.receiver], _pool(scenario, edge)) for edge in edges
    ]
    return SimulatedWorld(kernel, recorder, parties, routes)


def _party(node: Node, settings: Any, addresses: tuple[str, ...], kernel: Kernel) -> Party:
    if isinstance(settings, Client):
        return Party(node, None, "")
    station: Station | None = None
    if isinstance(settings, Backend):
        make = FifoStation if settings.discipline == "fifo" else SharingStation
        station = make(kernel, settings.workers, settings.queue_capacity)
    elif isinstance(settings, Proxy) and settings.service_demand_s:
        station = FifoStation(kernel, settings.workers)
    return Party(node, station, addresses[-1])


def _pool(scenario: Scenario, edge: topology.Edge) -> ConnectionPool:
    sender, receiver = scenario.nodes[edge.sender], scenario.nodes[edge.receiver]
    return ConnectionPool(sender.connections, receiver.connections, edge.delay_s)

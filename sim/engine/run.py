"""Runs a scenario in simulated time."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice

import networkx as nx
import numpy as np

from sim.engine.journey import Journey
from sim.engine.kernel import ISSUE, Kernel, Wait
from sim.engine.network import SimulatedNode, build_network
from sim.engine.world import SimulatedWorld
from sim.messages import Request, Response
from sim.scenario import topology
from sim.scenario.schema import Scenario
from sim.trace.meta import describe
from sim.trace.recorder import Recorder
from sim.trace.trace import Trace
from sim.workload.columns import Workload
from sim.workload.draw import draw
from sim.workload.requests import looked_up, requests

Progress = Callable[[int, int], None]
"""Called now and then with the number of requests that are over, and of all."""

_Row = tuple[float, Request, SimulatedNode, int, str]
"""When a request is issued, what it is, and which client issues it: population, number and address."""

CHUNK_ROWS = 4096
PROGRESS_ROWS = 2048
AHEAD_ROWS = 15
"""How many requests are scheduled together with the one whose time has come."""


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
    run = SimulationRun(scenario, graph, workload, Recorder(steps=steps), progress)
    cut_short = False
    try:
        run.advance()
    except KeyboardInterrupt:
        cut_short = True
    meta = describe(scenario, graph, workload, engine="simpy", world="simulated")
    issued = int(np.count_nonzero(~np.isnan(run.arrival_s)))
    meta |= {"cut_short": cut_short, "end_s": run.recorder.end_s, "issued": issued}
    return run.recorder.trace(workload, run.arrival_s, meta)


class SimulationRun:
    """One run: issues requests at their times, and goes on with sessions when their requests end.

    Parameters
    ----------
    scenario : Scenario
        What to run.
    graph : networkx.DiGraph
        Its topology.
    workload : Workload
        The requests.
    recorder : Recorder
        Records what happens.
    progress : callable of (done, total), optional
        As for `simulate`.

    Attributes
    ----------
    arrival_s : ndarray, shape (requests,)
        When each request was issued, in seconds; NaN if it was not, or not yet.
    kernel : Kernel
        The clock.
    recorder : Recorder
        As given.
    """

    def __init__(
        self,
        scenario: Scenario,
        graph: nx.DiGraph[str],
        workload: Workload,
        recorder: Recorder,
        progress: Progress | None,
    ) -> None:
        self._sessions = _sessions(workload)
        self.kernel = Kernel(self._ended if self._sessions else recorder.ended)
        self.recorder = recorder
        self.arrival_s = workload.arrival_s.copy()
        self._workload = workload
        self._end_s = scenario.run.duration_s
        self._progress = progress
        self._reported_rows = 0
        nodes, edges = build_network(scenario, graph, self.kernel)
        self._world = SimulatedWorld(self.kernel, recorder, list(nodes.values()), edges)
        self._populations = [nodes[name] for name in workload.clients.populations]
        self._open = self._rows(0, int(np.count_nonzero(~np.isnan(workload.arrival_s))))
        self._await_next()

    def advance(self) -> None:
        """Run to the end."""
        with _few_collections():
            self.kernel.advance()

    def send(self, _: None) -> Wait:
        """Issue the requests whose time has come: the kernel resumes a run as it resumes a coroutine."""
        issue = self._world.issue
        issue(*self._next)
        for row in islice(self._open, AHEAD_ROWS):
            issue(*row)
        self._await_next()
        self._report_progress()
        return None

    def _await_next(self) -> None:
        # Few arrivals stand in the heap, which so stays about as small as what is in flight.
        row = next(self._open, None)
        if row is not None:
            self._next = row
            self.kernel.enter((row[0], ISSUE, row[1].request_id, self))

    def _report_progress(self) -> None:
        if self._progress and self.recorder.requests - self._reported_rows >= PROGRESS_ROWS:
            self._reported_rows = self.recorder.requests
            self._progress(self._reported_rows, len(self._workload))

    def _ended(self, journey: Journey, response: Response) -> None:
        self.recorder.ended(journey, response)
        self._report_progress()
        rows = self._sessions.get(int(self._workload.session[journey.request_id]))
        following = next(rows, None) if rows is not None else None
        if following is None:
            return
        issue_s = journey.time_s + float(self._workload.think_s[following])
        if self._end_s is None or issue_s <= self._end_s:
            self.arrival_s[following] = issue_s
            _, request, population, client, client_ip = next(self._rows(following, following + 1))
            self._world.issue(issue_s, request, population, client, client_ip)

    def _rows(self, first: int, last: int) -> Iterator[_Row]:
        """Return requests with their clients; they are made a chunk at a time, so that never all are in memory."""
        return chain.from_iterable(
            self._chunk(slice(start, min(start + CHUNK_ROWS, last))) for start in range(first, last, CHUNK_ROWS)
        )

    def _chunk(self, part: slice) -> Iterator[_Row]:
        workload, clients = self._workload, self._workload.clients
        client = workload.client[part]
        return zip(
            workload.arrival_s[part].tolist(),
            requests(workload, part),
            [self._populations[i] for i in clients.population_of[client].tolist()],
            client.tolist(),
            looked_up(clients.addresses, client),
            strict=True,
        )


@contextmanager
def _few_collections() -> Iterator[None]:
    """Let the garbage collector rest: a run makes no cycles, and objects in flight are looked at in vain."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _sessions(workload: Workload) -> dict[int, Iterator[int]]:
    """Return for each closed session the rows that wait for an answer, in order."""
    rows = np.flatnonzero(np.isnan(workload.arrival_s))
    session = workload.session[rows]
    by_session = rows[np.argsort(session, kind="stable")]
    numbers, starts = np.unique(np.sort(session), return_index=True)
    parts = np.split(by_session, starts[1:])
    return {int(number): iter(part.tolist()) for number, part in zip(numbers, parts, strict=False)}

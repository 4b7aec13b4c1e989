"""Measures a scenario: its nodes over real sockets on loopback, the same requests, the same trace."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from ipaddress import ip_network
from typing import Any

import networkx as nx
import numpy as np

from sim.errors import SimError
from sim.http1.endpoints import Networks
from sim.http1.pool import ConnectionPool
from sim.http1.server import serve
from sim.lab import substitutes
from sim.lab.addresses import Addresses
from sim.lab.clock import Clock, run, undisturbed
from sim.lab.encryption import wanted
from sim.lab.hop import LabEdge
from sim.lab.journey import Journey
from sim.lab.lab_node import GRACE_S, LabNode
from sim.lab.world import Lab
from sim.messages import Request, Response
from sim.nodes.build import build
from sim.nodes.line import Line
from sim.nodes.pool_terms import pool_terms
from sim.scenario import topology
from sim.scenario.schema import Proxy, Scenario
from sim.trace.meta import describe
from sim.trace.recorder import Recorder
from sim.trace.table import Table, Words
from sim.trace.trace import Trace
from sim.units import format_seconds
from sim.workload.columns import Workload
from sim.workload.draw import draw
from sim.workload.requests import looked_up, requests

Progress = Callable[[int, int], None]
"""Told now and then how many requests are over, and how many there are."""

LEAD_S = 0.05
"""Time between the last preparation and the scenario's start, in seconds."""

LATE_S = 0.1
"""A request that is issued so late is worth a note."""

ROUNDS = 3
"""A transport that is closed needs a few rounds of the loop until its socket is."""

REHEARSALS = 20
SPARE_FILES = 200
CHUNK_ROWS = 1024


def measure(
    scenario: Scenario,
    workload: Workload | None = None,
    *,
    seed: int = 1,
    one_by_one: bool = False,
    products: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Trace:
    """Run a scenario over real sockets, in real time.

    Parameters
    ----------
    scenario : Scenario
        What to run.
    workload : Workload, optional
        The requests; drawn from the scenario and the seed if absent.
    seed : int
        Seed of the draw; without effect if a workload is given.
    one_by_one : bool
        Whether a request waits for the one before it even if its time has come: for a serial workload, so that
        a slow machine does not let two of them meet.
    products : mapping of str to str, optional
        Proxies in whose place a real product is: ``nginx``, ``squid`` or ``haproxy``, by name of the node.
    progress : callable of (done, total), optional
        Told after each request how far the run is.

    Returns
    -------
    Trace
        With ``lab`` as its world, times as measured, and addresses as the kernel reported them.  If the run is
        interrupted (Ctrl-C) it holds the requests that were complete and is marked as cut short.

    Raises
    ------
    ScenarioError
        If the scenario cannot be run.
    SimError
        If this machine cannot run it.

    Examples
    --------
    >>> import sim
    >>> trace = measure(sim.load("direct", ["run.requests=3", "nodes.students.arrivals.rate=100/s"]))
    >>> len(trace.requests), trace.meta["world"]
    (3, 'lab')
    """
    graph = topology.build(scenario)
    if workload is None:
        workload = draw(scenario, seed)
    bench = Bench(scenario, graph, workload, products=products or {}, one_by_one=one_by_one, progress=progress)
    with _enough_files(workload), undisturbed():
        return run(bench.measure)


class Bench:
    """One run of the lab.

    Parameters
    ----------
    scenario : Scenario
        What to run.
    graph : networkx.DiGraph
        Its topology.
    workload : Workload
        The requests.
    products, one_by_one, progress
        As for `measure`.
    """

    def __init__(
        self,
        scenario: Scenario,
        graph: nx.DiGraph[str],
        workload: Workload,
        *,
        products: Mapping[str, str],
        one_by_one: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._products = products
        self._scenario = scenario
        self._graph = graph
        self._workload = workload
        self._one_by_one = one_by_one
        self._progress = progress
        self._arrival_s = workload.arrival_s.copy()
        self._sessions = _sessions(workload)
        self._done = 0
        self._latest_s = 0.0

    async def measure(self) -> Trace:
        """Start all nodes, let the clients issue their requests, stop all nodes, and return the trace."""
        addresses = _addresses(self._graph, self._workload)
        clock = Clock(asyncio.get_running_loop())
        nodes = {
            name: LabNode(None if name in self._products else node, name, self._scenario.nodes[name], addresses, clock)
            for name, node in build(self._scenario, self._graph).items()
        }
        encryption = wanted(self._scenario, (addresses.here(ip) for ip in _ips(self._graph)))
        routes = _routes(self._scenario, self._graph)
        self._lab = Lab(clock, Recorder(), addresses, nodes, routes, encryption)
        self._populations = [nodes[name] for name in self._workload.clients.populations]
        cut_short = False
        scenario, graph, workload = self._scenario, self._graph, self._workload
        async with _open(self._lab), substitutes.running(self._lab, scenario, graph, workload, self._products):
            await _rehearse()
            clock.start(LEAD_S)
            tasks: set[asyncio.Task[None]] = set()
            try:
                await self._issue_all(tasks)
            except asyncio.CancelledError:
                cut_short = True
                await _cancel(tasks)
            await _cancel(self._lab.tasks)
        return self._trace(cut_short=cut_short)

    async def _issue_all(self, tasks: set[asyncio.Task[None]]) -> None:
        failed: list[asyncio.Task[None]] = []

        def over(task: asyncio.Task[None]) -> None:
            tasks.discard(task)
            if not task.cancelled() and task.exception() is not None:
                failed.append(task)

        for request in self._open_arrivals():
            issue_s = float(self._arrival_s[request.request_id])
            if self._lab.clock.now() < issue_s:
                await self._lab.clock.until(issue_s)
            task = asyncio.create_task(self._session(request, issue_s))
            tasks.add(task)
            task.add_done_callback(over)
            if self._one_by_one:
                await asyncio.wait([task])
        while tasks or self._lab.tasks:
            await asyncio.wait([*tasks, *self._lab.tasks])
        for task in failed:
            task.result()

    def _open_arrivals(self) -> Iterator[Request]:
        last = int(np.count_nonzero(~np.isnan(self._workload.arrival_s)))
        for start in range(0, last, CHUNK_ROWS):
            yield from requests(self._workload, slice(start, min(start + CHUNK_ROWS, last)))

    async def _session(self, request: Request, issue_s: float) -> None:
        """Issue a request, and after it those that its session issues itself."""
        completion_s = await self._issue(request, max(issue_s, self._earliest_s()))
        rows = self._sessions.get(int(self._workload.session[request.request_id]), iter(()))
        for row in rows:
            issue_s = completion_s + float(self._workload.think_s[row])
            if self._scenario.run.duration_s is not None and issue_s > self._scenario.run.duration_s:
                return
            await self._lab.clock.until(issue_s)
            completion_s = await self._issue(next(requests(self._workload, slice(row, row + 1))), issue_s)

    def _earliest_s(self) -> float:
        """Return the earliest time of the next request: after the last one, if they go one by one."""
        return self._last_s if self._one_by_one else 0.0

    _last_s = 0.0

    async def _issue(self, request: Request, issue_s: float) -> float:
        workload, row = self._workload, request.request_id
        client = int(workload.client[row])
        address = next(iter(looked_up(workload.clients.addresses, workload.client[row : row + 1])))
        self._arrival_s[row] = issue_s
        self._latest_s = max(self._latest_s, self._lab.clock.now() - issue_s)
        journey = Journey(self._lab.clock, self._lab.recorder, request, client, address, issue_s)
        self._last_s = await self._lab.issue(journey, self._populations[int(workload.clients.population_of[client])])
        self._done += 1
        if self._progress:
            self._progress(self._done, len(workload))
        return self._last_s

    def _lateness(self) -> list[str]:
        if self._latest_s < LATE_S:
            return []
        said = f"this machine could not keep up: requests were issued up to {format_seconds(self._latest_s)} late"
        return [f"{said}, which counts as response time"]

    def _trace(self, *, cut_short: bool) -> Trace:
        lab, workload = self._lab, self._workload
        meta = describe(self._scenario, self._graph, workload, engine="asyncio", world="lab")
        issued = int(np.count_nonzero(~np.isnan(self._arrival_s)))
        meta |= {"cut_short": cut_short, "end_s": lab.recorder.end_s, "issued": issued, "surprises": lab.discrepancies}
        meta |= {"products": dict(self._products), "epoch_s": lab.clock.epoch_s}
        for node in self._products:  # of its workers nothing is known
            meta["nodes"][node] |= {"workers": None, "discipline": None}
        meta["notes"] = [*meta["notes"], *substitutes.unsaid(self._scenario, self._products), *self._lateness()]
        return _with_ends(lab.recorder.trace(workload, self._arrival_s, meta), lab)


def _addresses(graph: nx.DiGraph[str], workload: Workload) -> Addresses:
    return Addresses(_ips(graph), workload.clients.addresses)


def _ips(graph: nx.DiGraph[str]) -> list[str]:
    return [address for name in graph for address in graph.nodes[name]["addresses"]]


def _routes(scenario: Scenario, graph: nx.DiGraph[str]) -> list[LabEdge]:
    return [_route(scenario, edge) for edge in sorted((held["edge"] for *_, held in graph.edges(data=True)))]


def _route(scenario: Scenario, edge: topology.Edge) -> LabEdge:
    sender = scenario.nodes[edge.sender]
    tells = int(sender.proxy_protocol[1:]) if isinstance(sender, Proxy) and sender.proxy_protocol else 0
    return LabEdge(edge, Line(edge), pool_terms(scenario, edge), tells)


def _sessions(workload: Workload) -> dict[int, list[int]]:
    """Return for each closed session the rows that it issues itself, in order."""
    sessions: dict[int, list[int]] = {}
    for row in np.flatnonzero(np.isnan(workload.arrival_s)).tolist():
        sessions.setdefault(int(workload.session[row]), []).append(row)
    return sessions


@asynccontextmanager
async def _open(lab: Lab) -> AsyncIterator[None]:
    """Have all servers listen for as long as the block lasts; whatever happens, all of them are stopped."""
    try:
        for node in lab.nodes.values():
            routes = [route for route in lab.routes if route.edge.receiver == node.name]
            versions = sorted({route.edge.tls for route in routes if route.edge.tls and not route.proxy_version})
            await node.open(lab.answer, lab.encryption, versions, _proxies_in_front(lab, routes))
        yield
    finally:
        for node in lab.nodes.values():
            await node.close()
        await _settle()


def _proxies_in_front(lab: Lab, routes: Iterable[LabEdge]) -> dict[str, Networks]:
    """Return the addresses of the proxies that send PROXY headers to a node, by TLS version."""
    told: dict[str, Networks] = {}
    for route in routes:
        if route.proxy_version:
            block = ip_network(lab.nodes[route.edge.sender].outbound_ip)
            told[route.edge.tls] = (*told.get(route.edge.tls, ()), block)
    return told


async def _settle() -> None:
    """Let the loop finish what it has begun by itself, such as a connection that it was just accepting."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=GRACE_S)
    for _ in range(ROUNDS):
        await asyncio.sleep(0)


async def _rehearse() -> None:
    """Exchange a few messages beforehand, so that nothing is loaded or compiled during the measurement."""

    async def echo(request: Request, _: Any) -> Response:
        return Response(200, request.fields, 0, body=b"ready")

    async with serve(echo, "127.0.0.1", 0) as server:
        pool = ConnectionPool()
        for number in range(REHEARSALS):
            asked = Request(number, "GET", "http://rehearsal.example/", "rehearsal.example", (("x-number", "1"),))
            await pool.send(asked, (server.ip, server.port))
        await pool.close()


async def _cancel(tasks: set[asyncio.Task[None]]) -> None:
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)


@contextmanager
def _enough_files(workload: Workload) -> Iterator[None]:
    """Raise the number of files that this program may have open: each client's connection is two of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * len(np.unique(workload.client)) + SPARE_FILES
    if hard != resource.RLIM_INFINITY and wanted > hard:
        raise SimError(
            f"{wanted:,} connections at once are more than this machine allows ({hard:,})",
            hint="measure fewer requests, or raise the limit (ulimit -n)",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _with_ends(trace: Trace, lab: Lab) -> Trace:
    """Replace the scenario's addresses by those that the kernel reported."""
    hops = trace.tables["hops"]
    request_id = hops.numbers("request_id")
    first = np.searchsorted(request_id, request_id)
    places = zip(request_id.tolist(), (np.arange(len(hops)) - first).tolist(), strict=True)
    found = [lab.ends.get(place) for place in places]
    columns = {name: hops[name] for name in hops}
    for number, name in enumerate(("source_ip", "destination_ip")):
        promised = hops.words(name).texts()
        columns[name] = Words.of(promised[row] if ends is None else ends[number] for row, ends in enumerate(found))
    return Trace(trace.tables["requests"], Table(columns), trace.tables["steps"], trace.meta)

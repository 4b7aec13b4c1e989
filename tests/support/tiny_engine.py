"""A second engine, small and slow, that steps the same nodes.

It shares with the SimPy engine the nodes, the workload and the rule for ties, and nothing else: stations are
queues of waiting coroutines, a line is a station with one worker, a deadline is a token that has become
stale, and rows are plain tuples.  The two must agree bit for bit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf, isnan, nan
from typing import Any

from sim.messages import Draws, Request, Response
from sim.nodes.build import build
from sim.nodes.world import DeadlinePassedError
from sim.outcomes import CACHE_STATUS_WORDS
from sim.rules.forwarding import field_value
from sim.rules.scalar import jitter_draw
from sim.scenario import topology
from sim.scenario.schema import Backend, Client
from sim.workload.columns import METHODS

DEPART, RETURN, OPEN, ARRIVE, DEADLINE, ISSUE = range(2, 8)


class TooLate(BaseException):
    def __init__(self, owner):
        self.owner = owner


class Pause:
    """Awaited: goes on at a time, or (without one) when somebody says so."""

    def __init__(self, time_s=None, kind=None):
        self.said = (time_s, kind)

    def __await__(self):
        yield self.said


@dataclass
class Activity:
    """One request's coroutine, or a background task of it; what was scheduled under an older token is void."""

    request_id: int
    coroutine: Any
    counters: dict = field(default_factory=lambda: {"hops": 0, "tasks": 0})
    task: int = 0
    token: int = 0


@dataclass
class Queue:
    """Workers with waiting places, as explicit as can be."""

    engine: TinyEngine
    workers: int
    places: float = inf
    busy: int = 0
    waiting: deque = field(default_factory=deque)

    def has_place(self):
        return self.busy < self.workers or len(self.waiting) < self.places

    async def work(self, demand_s, activity):
        """Wait and be served; give the time at which service started."""
        if self.busy == self.workers:
            ticket = [activity, demand_s, None, activity.token]
            self.waiting.append(ticket)
            await Pause()
            return ticket[2]
        self.busy += 1
        start_s = self.engine.now_s
        self.engine.at(start_s + demand_s, DEPART, activity, self.leave)
        await Pause(start_s + demand_s, DEPART)
        return start_s

    def leave(self):
        self.busy -= 1
        if self.waiting:
            ticket = self.waiting.popleft()
            activity, demand_s, _, token = ticket
            ticket[2] = start_s = self.engine.now_s
            self.busy += 1
            self.engine.at(start_s + demand_s, DEPART, activity, self.leave)
            # Who gave up meanwhile is served all the same, but goes on no more.
            self.engine.resume_at(start_s + demand_s, DEPART, activity, token)


@dataclass
class Shared:
    """Processor sharing: every change moves the next departure."""

    engine: TinyEngine
    workers: int
    places: float = inf
    jobs: list = field(default_factory=list)
    attained_s: float = 0.0
    updated_s: float = 0.0
    alarm: int = 0

    def has_place(self):
        return len(self.jobs) < self.workers + self.places

    def rate(self):
        return min(1.0, self.workers / len(self.jobs)) if self.jobs else 0.0

    def update(self):
        self.attained_s += (self.engine.now_s - self.updated_s) * self.rate()
        self.updated_s = self.engine.now_s

    async def work(self, demand_s, activity):
        start_s = self.engine.now_s
        self.update()
        job = (self.attained_s + demand_s, (activity.request_id, activity.task), activity)
        self.jobs.append(job)
        self.set_alarm()
        try:
            await Pause()
        except TooLate:
            if job in self.jobs:
                self.update()
                self.jobs.remove(job)
                self.set_alarm()
            raise
        return start_s

    def set_alarm(self):
        self.alarm += 1
        if self.jobs:
            finish_s, _, activity = min(self.jobs, key=lambda job: job[:2])
            number = self.alarm
            time_s = self.engine.now_s + max(0.0, finish_s - self.attained_s) / self.rate()
            self.engine.at(time_s, DEPART, activity, lambda: self.ring(number))

    def ring(self, number):
        if number != self.alarm:
            return
        self.attained_s = min(job[0] for job in self.jobs)
        self.updated_s = self.engine.now_s
        for job in sorted((job for job in self.jobs if job[0] <= self.attained_s), key=lambda job: job[:2]):
            self.jobs.remove(job)
            self.engine.resume_at(self.engine.now_s, DEPART, job[2])
        self.set_alarm()


@dataclass
class Wire:
    """One direction of one line: a queue for its bandwidth, then propagation."""

    edge: Any
    free_at_s: float = 0.0

    def arrival_s(self, now_s, size_bytes, bits, direction):
        if self.edge.bandwidth_bytes_per_s != inf:
            now_s = self.free_at_s = max(now_s, self.free_at_s) + size_bytes / self.edge.bandwidth_bytes_per_s
        jitter_s = self.edge.jitter_s
        if jitter_s:
            return now_s + (self.edge.delay_s + jitter_s * (2 * jitter_draw(bits, self.edge.index, direction) - 1))
        return now_s + self.edge.delay_s


class TinyExchange:
    """What a node is handed: see `sim.nodes.world.World`."""

    def __init__(self, engine, name, activity, client, client_ip, number, peer_ip):
        self.engine, self.name, self.asked_by = engine, name, activity
        self.client, self.client_ip, self.number = client, client_ip, number
        self.peer_ip = peer_ip
        self.waiting_s = self.service_s = self.collapse_wait_s = 0.0

    epoch_s = 0.0

    def now(self):
        return self.engine.now_s

    def step(self, step, detail="", stage=""):
        activity, said = self.engine.running, (self.name, int(step), step.name.lower(), stage, self.number, detail)
        self.engine.steps.append(((activity.request_id, self.engine.now_s, *said), activity.task))

    async def serve(self, demand_s):
        station = self.engine.stations[self.name]
        if not station.has_place():
            return False
        arrival_s, activity = self.engine.now_s, self.engine.running
        start_s = await station.work(demand_s, activity)
        if activity is self.asked_by:
            self.waiting_s += start_s - arrival_s
            self.service_s += self.engine.now_s - start_s
        return True

    async def wait(self, gate):
        if not gate.is_open:
            activity, came_s = self.engine.running, self.engine.now_s
            gate.waiting.append((activity, activity.token))
            try:
                await Pause()
            except TooLate:
                gate.waiting[:] = [one for one in gate.waiting if one[0] is not activity]
                raise
            finally:
                if activity is self.asked_by:
                    self.collapse_wait_s += self.engine.now_s - came_s

    def open(self, gate):
        gate.is_open = True
        while gate.waiting:
            activity, token = gate.waiting.pop(0)
            self.engine.resume_at(self.engine.now_s, OPEN, activity, token)

    def spawn(self, awaitable):
        by = self.engine.running
        by.counters["tasks"] += 1
        begun = Activity(by.request_id, awaitable, by.counters, by.counters["tasks"])
        self.engine.resume_at(self.engine.now_s, ISSUE, begun)

    async def within(self, seconds, awaitable):
        owner, over, activity = object(), [], self.engine.running

        def pass_by():
            if not over:
                self.engine.throw(activity, TooLate(owner))

        self.engine.at(self.engine.now_s + seconds, DEADLINE, activity, pass_by)
        try:
            return await awaitable
        except TooLate as late:
            if late.owner is owner:
                raise DeadlinePassedError from None
            raise
        finally:
            over.append(True)

    async def send(self, request, edge, attempt=0):
        engine, is_client = self.engine, isinstance(self.engine.scenario.nodes[edge.sender], Client)
        activity = engine.running
        number = activity.counters["hops"]
        activity.counters["hops"] += 1
        source_ip = self.client_ip if is_client else engine.graph.nodes[edge.sender]["addresses"][-1]
        inner = TinyExchange(engine, edge.receiver, activity, self.client, self.client_ip, number, source_ip)
        sent_s, received_s, answered_s = engine.now_s, nan, nan
        connect_s, reused, response = 0.0, True, Response(0, (), 0, error="http_response_timeout")
        is_for_one = is_client or getattr(engine.scenario.nodes[edge.sender], "proxy_protocol", None)
        pool_key, bits = (edge.index, self.client if is_for_one else 0), request.draws.link_draw
        wires = engine.wires(edge, 0 if edge.shared or not is_client else self.client)
        try:
            connect_s, reused = engine.connect(edge, pool_key)
            if connect_s and (edge.bandwidth_bytes_per_s != inf or edge.jitter_s):
                await Pause(sent_s + connect_s, RETURN)
            received_s = wires[0].arrival_s(sent_s + connect_s, request.size_bytes, bits, 0)
            await Pause(received_s, ARRIVE)
            response = await engine.nodes[edge.receiver].handle(request, inner)
            answered_s = engine.now_s
            await Pause(wires[1].arrival_s(answered_s, response.size_bytes, bits, 1), RETURN)
            engine.keep(edge, pool_key, answered_s)
        except TooLate:
            response = Response(0, (), 0, error="http_response_timeout")
            received_s = received_s if received_s <= engine.now_s else nan
            raise
        finally:
            ends = (activity.request_id, number, self.number, attempt, activity.task)
            ends += (edge.sender, edge.receiver, source_ip)
            times = (sent_s, received_s, answered_s, engine.now_s)
            tcp_s = min(connect_s, 2 * edge.delay_s)
            times += (tcp_s, connect_s - tcp_s, inner.waiting_s, inner.service_s, inner.collapse_wait_s)
            said = (request.size_bytes, response.size_bytes, response.status, CACHE_STATUS_WORDS[response.cache_status])
            names = ("x-forwarded-for", "x-real-ip", "forwarded", "via")
            carried = (*(field_value(request.fields, name) for name in names), request.proxied_for, request.host)
            engine.hops.append((*ends, *times, reused, *said, *carried, response.error))
        return response


class TinyEngine:
    """Runs a workload; afterwards `requests`, `hops` and `steps` hold rows as tuples."""

    def __init__(self, scenario, workload):
        self.scenario, self.workload = scenario, workload
        self.graph = topology.build(scenario)
        self.nodes = build(scenario, self.graph)
        self.now_s, self.queue, self.number, self.running = 0.0, [], 0, None
        self.requests, self.hops, self.steps = [], [], []
        self.idle, self._wires = {}, {}
        self.stations = {name: self.station(node) for name, node in scenario.nodes.items()}
        self.sessions = {}
        self.arrival_s = workload.arrival_s.tolist()
        for row, arrival_s in enumerate(self.arrival_s):
            if isnan(arrival_s):
                self.sessions.setdefault(int(workload.session[row]), deque()).append(row)
            else:
                self.issue_at(arrival_s, row)

    def station(self, node):
        if isinstance(node, Client):
            return None
        if not isinstance(node, Backend):
            return Queue(self, node.workers)
        make = Queue if node.discipline == "fifo" else Shared
        return make(self, node.workers, inf if node.queue_capacity is None else node.queue_capacity)

    def at(self, time_s, kind, activity, action):
        self.number += 1
        heappush(self.queue, (time_s, kind, activity.request_id, activity.task, self.number, action))

    def resume_at(self, time_s, kind, activity, token=None):
        token = activity.token if token is None else token
        self.at(time_s, kind, activity, lambda: token == activity.token and self.advance(activity))

    def throw(self, activity, reason):
        activity.token += 1
        self.advance(activity, reason)

    def advance(self, activity, reason=None):
        activity.token += 1
        self.running = activity
        try:
            time_s, kind = activity.coroutine.throw(reason) if reason else activity.coroutine.send(None)
        except StopIteration as stop:
            if not activity.task:
                self.finished(activity.request_id, stop.value)
            return
        if time_s is not None:
            self.resume_at(time_s, kind, activity)

    def issue_at(self, time_s, row):
        self.arrival_s[row] = time_s
        self.at(time_s, ISSUE, Activity(row, None), lambda: self.issue(row))

    def issue(self, row):
        w = self.workload
        client, target = int(w.client[row]), int(w.target[row])
        content = w.catalogue.classes[w.catalogue.class_of[target]]
        draws = Draws(
            float(w.service_demand_s[row]),
            int(w.response_bytes[row]),
            content.response_fields,
            float(w.balance_draw[row]),
            int(w.link_draw[row]),
        )
        method = (*METHODS, "OTHER")[w.method[row]]
        request = Request(row, method, w.catalogue.urls[target], content.host, (), int(w.request_bytes[row]), draws)
        population = w.clients.populations[w.clients.population_of[client]]
        ip = w.clients.addresses[client]
        activity = Activity(row, None)
        world = TinyExchange(self, population, activity, client, ip, -1, ip)
        activity.coroutine = self.nodes[population].handle(request, world)
        self.advance(activity)

    def finished(self, request_id, response):
        self.requests.append((request_id, self.arrival_s[request_id], self.now_s, response.status, response.size_bytes))
        rest = self.sessions.get(int(self.workload.session[request_id]))
        if rest:
            row = rest.popleft()
            time_s = self.now_s + float(self.workload.think_s[row])
            end_s = self.scenario.run.duration_s
            if end_s is None or time_s <= end_s:
                self.issue_at(time_s, row)

    def wires(self, edge, line):
        key = (edge.index, line)
        if key not in self._wires:
            self._wires[key] = (Wire(edge), Wire(edge))
        return self._wires[key]

    def connect(self, edge, key):
        mine = self.scenario.nodes[edge.sender].connections
        if not mine.handshake:
            return 0.0, True
        kept = self.idle.setdefault(key, [])
        kept[:] = [until_s for until_s in kept if self.now_s < until_s]
        if kept:
            kept.pop()
            return 0.0, True
        # TCP's round trip, and then TLS's.
        return 2 * edge.delay_s * (1 + {"": 0, "1.2": 2, "1.3": 1}[edge.tls]), False

    def keep(self, edge, key, answered_s):
        mine, theirs = (self.scenario.nodes[name].connections for name in (edge.sender, edge.receiver))
        kept = self.idle.setdefault(key, [])
        if mine.handshake and mine.keep_alive and theirs.keep_alive and len(kept) < mine.max_idle:
            kept.append(min(self.now_s + mine.idle_timeout_s, answered_s + (theirs.idle_timeout_s - edge.delay_s)))

    def run(self):
        while self.queue:
            self.now_s, *_, action = heappop(self.queue)
            action()
        self.requests.sort()
        self.hops.sort(key=lambda row: row[:2])
        self.steps = [row for row, aside in sorted(self.steps, key=lambda said: (*said[0][:2], said[1]))]
        return self

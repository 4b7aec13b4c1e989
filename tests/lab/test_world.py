"""The world of real sockets: what nodes may ask of it, and what it notices by itself."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import numpy as np
import pytest

from sim.http1.pool import ConnectionPool
from sim.lab import run as lab_run
from sim.lab import world as lab_world
from sim.lab.filler import MARK
from sim.messages import Request
from sim.nodes.backend import BackendNode
from sim.nodes.client import ClientNode
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.nodes.world import DeadlinePassedError, Gate
from tests.support.lab import measured, scenario

QUICK = "nodes.students.arrivals.rate=200/s"


def collapsing(handle):
    """One request for a target goes on, the others wait for it, some of them not for long."""

    async def collapsed(self, request, world):
        gates = self.__dict__.setdefault("gates", {})
        before = gates.get(request.target)
        if before is None:
            mine = gates[request.target] = Gate()
            try:
                return await handle(self, request, world)
            finally:
                del gates[request.target]
                world.open(mine)
        with suppress(DeadlinePassedError):
            await world.within(0.02 if request.request_id % 2 else 10.0, world.wait(before))
        return await handle(self, request, world)

    return collapsed


def refreshing(handle):
    """After an answer some ask again aside, and that again."""

    async def again(self, request, world, times):
        await handle(self, request, world)
        if times:
            world.spawn(again(self, request, world, times - 1))

    async def refreshed(self, request, world):
        response = await handle(self, request, world)
        if request.request_id % 3 == 0:
            world.spawn(again(self, request, world, 1))
        return response

    return refreshed


def test_who_waits_at_a_gate_is_held_until_it_opens(monkeypatch):
    monkeypatch.setattr(ReverseProxyNode, "handle", collapsing(ReverseProxyNode.handle))
    trace = measured("reverse-proxy", QUICK, "content.pages.objects=2", "content.api.objects=1", requests=40)
    held = trace.hops.query("receiver == 'gateway'")["collapse_wait_s"]
    assert (held > 0.005).sum() >= 5
    assert trace.requests["status"].tolist() == [200] * 40


def test_a_gate_that_is_open_holds_nobody():
    async def passes():
        gate = Gate()
        gate.is_open = True
        async with asyncio.timeout(1):  # to wait for ever would be no failure
            await lab_world.LabWorld(None, None, None, None, "").wait(gate)

    asyncio.run(passes())


@pytest.mark.parametrize("node", [ReverseProxyNode, BackendNode, ClientNode])
def test_what_is_begun_aside_goes_on_while_nobody_waits(monkeypatch, node):
    monkeypatch.setattr(node, "handle", refreshing(node.handle))
    trace = measured("reverse-proxy", QUICK, requests=12)
    if node is not BackendNode:  # a backend asks nobody
        assert set(trace.hops["task"]) == {0, 1, 2}
    ends = trace.hops.query("task > 0").groupby("request_id", observed=True)["returned_s"].max()
    completions = trace.requests.set_index("request_id")["completion_s"]
    assert (ends > completions[ends.index]).all()
    assert len(trace.requests) == 12


def test_all_that_is_under_way_ends_with_whoever_waits_for_it(monkeypatch):
    trace = measured("layered", QUICK, "nodes.students.response_timeout=60 ms", requests=30)
    gone = trace.hops[trace.hops["status"] == 0]
    assert len(gone) > 5
    ends = gone.groupby("request_id", observed=True)["returned_s"]
    assert np.allclose(ends.max() - ends.min(), 0.0, atol=0.02)
    assert set(gone["error"]) == {"http_response_timeout"}


def test_answers_say_on_the_wire_what_caches_did(monkeypatch):
    carry, got = lab_world.Lab.carry, []

    async def overheard(self, hop):
        response = await carry(self, hop)
        if hop.route.terms.of_clients:
            got.append((hop.response.cache_status.name, dict(response.fields)))
        return response

    monkeypatch.setattr(lab_world.Lab, "carry", overheard)
    measured("reverse-proxy", QUICK, "content.pages.objects=1", one_by_one=True, requests=8)
    assert {status for status, _ in got} >= {"HIT", "URI_MISS"}
    for status, fields in got:
        assert ("; hit" in fields["cache-status"]) == (status == "HIT") == ("age" in fields)


def test_a_message_that_came_otherwise_than_it_was_sent_is_noticed(monkeypatch):
    marked = lab_world.marked
    monkeypatch.setattr(
        lab_world, "marked", lambda request, mark: marked(request._replace(fields=(("x-forged", "1"),)), mark)
    )
    trace = lab_run.measure(scenario("direct", QUICK, requests=25))
    assert len(trace.meta["surprises"]) == lab_world.MOST_DISCREPANCIES
    assert "request 0, exchange 0: sent" in trace.meta["surprises"][0]


@pytest.mark.parametrize(("mark", "status"), [((), 403), (((MARK, "0.99"),), None)])
def test_who_belongs_to_no_exchange_is_not_served(monkeypatch, mark, status):
    found = []
    real = lab_run._rehearse

    async def stranger(lab):
        pool = ConnectionPool()
        asked = Request(0, "GET", "http://www.example.org/", "www.example.org", mark)
        try:
            found.append((await pool.send(asked, lab.nodes["app-1"].place)).status)
        except lab_world.UpstreamError as fault:
            found.append(None)
            assert fault.error == "connection_terminated"
        await pool.close()

    issue_all = lab_run.Bench._issue_all

    async def with_a_stranger(self, tasks):
        await stranger(self._lab)
        await issue_all(self, tasks)

    monkeypatch.setattr(lab_run.Bench, "_issue_all", with_a_stranger)
    trace = lab_run.measure(scenario("direct", QUICK, requests=2))
    assert found == [status]
    assert len(trace.requests) == 2
    assert real is lab_run._rehearse

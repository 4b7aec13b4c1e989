"""Messages, work and deadlines in simulated time, on one chain: client – gateway – app.

All times are sums of powers of two, so that they are exact.  The only request is issued at 1 s.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import sim
from sim.engine.kernel import Kernel
from sim.engine.network import SimulatedNode
from sim.engine.world import SimulatedWorld
from sim.messages import Response
from sim.nodes.reverse_proxy import ReverseProxyNode
from sim.nodes.world import DeadlinePassedError, Gate
from sim.scenario.schema import Scenario
from sim.trace.recorder import Recorder
from tests.support.parties import backend
from tests.support.scripted_world import request
from tests.support.tiny_engine import TinyEngine

NO_HANDSHAKE = {"handshake": False}


def chain(*, client=(), gateway=(), app=(), links=({}, {}), **run):
    """A scenario; a request takes 0.25 s to the gateway, 0.125 s to the app, and 1 s of work there."""
    arrivals = {"kind": "deterministic", "rate": "1/s"}
    content = {"host": "a.example", "served_by": "gateway", "service_demand": "1 s", "size": "1 KiB", "dynamic": True}
    named = {
        "students": {"role": "client", "arrivals": arrivals, "connections": NO_HANDSHAKE, **dict(client)},
        "gateway": {
            "role": "reverse_proxy",
            "address": "192.0.2.1",
            "backends": ["app"],
            "connections": NO_HANDSHAKE,
            **dict(gateway),
        },
        "app": {"role": "backend", "address": "192.0.2.2", **dict(app)},
    }
    said = [
        {"from": "students", "to": "gateway", "delay": "250 ms", **links[0]},
        {"from": "gateway", "to": "app", "delay": "125 ms", **links[1]},
    ]
    run = {"requests": 1, **run}
    return Scenario.model_validate({"run": run, "nodes": named, "links": said, "content": {"pages": content}})


def hops(trace, *columns):
    """Rows of some columns, as tuples."""
    return list(trace.hops[list(columns)].itertuples(index=False, name=None))


TIMES = ("sent_s", "received_s", "answered_s", "returned_s")


def test_a_request_there_and_back():
    trace = sim.simulate(chain())
    assert hops(trace, "sender", "receiver") == [("students", "gateway"), ("gateway", "app")]
    assert hops(trace, *TIMES) == [(1.0, 1.25, 2.5, 2.75), (1.25, 1.375, 2.375, 2.5)]
    assert hops(trace, "waiting_s", "service_s") == [(0.0, 0.0), (0.0, 1.0)]
    assert trace.requests["completion_s"].tolist() == [2.75]


def test_the_app_is_a_queue():
    trace = sim.simulate(chain(client={"arrivals": {"kind": "deterministic", "rate": "2/s"}}, requests=3))
    at_app = trace.hops[trace.hops["receiver"] == "app"]
    assert at_app["received_s"].tolist() == [0.875, 1.375, 1.875]
    assert at_app["waiting_s"].tolist() == [0.0, 0.5, 1.0]
    assert at_app["answered_s"].tolist() == [1.875, 2.875, 3.875]


def test_the_gateways_own_work_comes_before_it_forwards():
    trace = sim.simulate(chain(gateway={"service_demand": "500 ms"}))
    assert hops(trace, "sent_s", "service_s") == [(1.0, 0.5), (1.75, 1.0)]


def test_opening_a_connection_comes_before_the_request_and_once_only():
    seldom = {"connections": {"handshake": True}, "arrivals": {"kind": "deterministic", "rate": "0.25/s"}}
    trace = sim.simulate(chain(client=seldom, requests=2))
    own = trace.hops[trace.hops["sender"] == "students"]
    assert own["connect_s"].tolist() == [0.5, 0.0]
    assert own["connection_reused"].tolist() == [False, True]
    assert own["received_s"].tolist() == [4.75, 8.25]
    assert own["transfer_s"].tolist() == [0.5, 0.5]


def test_messages_take_their_time_on_a_thin_line():
    # 400 B there and 1024 B back at 1024 B/s.
    trace = sim.simulate(chain(links=({"bandwidth": "8192 bit/s"}, {})))
    there_s, back_s = 400 / 1024, 1.0
    assert hops(trace, "sent_s", "received_s")[0] == (1.0, 1.25 + there_s)
    assert trace.requests["completion_s"].tolist() == [2.75 + there_s + back_s]


def test_the_gateway_gives_up_and_says_so():
    trace = sim.simulate(chain(gateway={"response_timeout": "500 ms"}))
    trace.check()
    assert hops(trace, "status", "error") == [(504, "http_response_timeout"), (0, "http_response_timeout")]
    own, lost = hops(trace, *TIMES)
    assert own == (1.0, 1.25, 1.75, 2.0)
    assert lost[:2] + lost[3:] == (1.25, 1.375, 1.75)
    assert np.isnan(lost[2])
    assert trace.requests["response_bytes"].tolist() == [200]


def test_what_was_still_on_its_way_at_the_deadline_was_never_received():
    trace = sim.simulate(chain(gateway={"response_timeout": "62.5 ms"}))
    trace.check()
    assert trace.hops["received_s"].isna().tolist() == [False, True]
    assert trace.hops["returned_s"].tolist() == [1.5625, 1.3125]


def test_an_answer_in_time_calls_the_deadline_off():
    patient = sim.simulate(chain(client={"response_timeout": "4 s"}, gateway={"response_timeout": "2 s"}))
    assert patient.tables["hops"] == sim.simulate(chain()).tables["hops"]
    # The clock would go on to 5 s if the deadlines still meant something.
    assert patient.end_s == 2.75


def test_an_answer_at_the_very_deadline_is_in_time():
    trace = sim.simulate(chain(client={"response_timeout": "1750 ms"}))
    assert trace.requests["status"].tolist() == [200]


def test_an_outer_deadline_passes_through_an_inner_one():
    trace = sim.simulate(chain(client={"response_timeout": "750 ms"}, gateway={"response_timeout": "2 s"}))
    trace.check()
    # The gateway, which would have made a 504 of its own deadline, has no part in this one.
    assert hops(trace, "status", "returned_s") == [(0, 1.75), (0, 1.75)]
    assert trace.hops["answered_s"].isna().all()
    assert trace.requests["status"].tolist() == [0]
    assert trace.requests["error"].tolist() == ["http_response_timeout"]


def test_an_inner_deadline_leaves_the_outer_one_waiting():
    trace = sim.simulate(chain(client={"response_timeout": "2 s"}, gateway={"response_timeout": "500 ms"}))
    assert trace.requests["status"].tolist() == [504]
    both = chain(client={"response_timeout": "875 ms"}, gateway={"response_timeout": "500 ms"})
    # The gateway's 504 leaves at 1.75 s and would be there at 2 s; the client gives up at 1.875 s.
    trace = sim.simulate(both)
    assert hops(trace, "status", "returned_s") == [(0, 1.875), (0, 1.75)]


def test_the_outer_of_two_deadlines_at_the_same_moment_comes_first():
    scenario = chain(
        client={"response_timeout": "500 ms"}, gateway={"response_timeout": "500 ms"}, links=({"delay": "0 s"}, {})
    )
    trace = sim.simulate(scenario)
    trace.check()
    assert trace.requests["status"].tolist() == [0]
    assert TinyEngine(scenario, sim.draw(scenario)).run().requests == [(0, 1.0, 1.5, 0, 0)]


def test_a_refusal_may_return_when_the_lost_answer_would_have():
    # The app's answer would be at the gateway at 3.25 s; given up at 3 s, its 504 is at the client at 3.25 s too.
    patience = {"client": {"response_timeout": "8 s"}, "gateway": {"response_timeout": "1750 ms"}}
    trace = sim.simulate(chain(**patience, links=({}, {"delay": "500 ms"})))
    trace.check()
    assert trace.requests[["completion_s", "status"]].to_numpy().tolist() == [[3.25, 504]]


def a_long_and_a_short_one(scenario, issued_s):
    """Run two requests: one at 1 s, which needs 4 s of work, and one that needs 1 s."""
    workload = sim.draw(scenario)
    times = {"arrival_s": np.array([1.0, issued_s]), "service_demand_s": np.array([4.0, 1.0])}
    trace = sim.simulate(scenario, replace(workload, **times))
    trace.check()
    assert trace.requests["status"].tolist() == [0, 200]
    return trace.hops.iloc[3]


def test_a_fifo_worker_finishes_what_nobody_waits_for():
    at_app = a_long_and_a_short_one(chain(client={"response_timeout": "3 s"}, requests=2), 4.0)
    # The first gave up at 4 s, but keeps the worker from 1.375 s to 5.375 s.
    assert (at_app["received_s"], at_app["waiting_s"], at_app["answered_s"]) == (4.375, 1.0, 6.375)


def test_a_sharing_station_is_left_by_who_gives_up():
    shared = {"discipline": "processor_sharing"}
    at_app = a_long_and_a_short_one(chain(client={"response_timeout": "3 s"}, app=shared, requests=2), 3.0)
    # At half the rate from 3.375 s until the first gives up at 4 s, and then alone.
    assert at_app["answered_s"] == 4.0 + (1.0 - 0.3125)


def test_a_deadline_of_one_request_does_not_touch_another():
    mixed = {"response_timeout": "1625 ms", "arrivals": {"kind": "deterministic", "rate": "2/s"}}
    trace = sim.simulate(chain(client=mixed, requests=3, app={"workers": 2, "speed": 1.0}))
    trace.check()
    # Each would need 1.75 s.
    assert trace.requests["completion_s"].tolist() == [2.125, 2.625, 3.125]


@pytest.mark.parametrize("name", ["direct", "layered"])
def test_without_steps_the_rest_is_the_same(name):
    scenario = sim.load(name, ["run.requests=300"])
    loud, silent = sim.simulate(scenario), sim.simulate(scenario, steps=False)
    assert silent.tables["requests"] == loud.tables["requests"]
    assert silent.tables["hops"] == loud.tables["hops"]
    assert (len(silent.steps), silent.meta["recorded"]) == (0, ["requests", "hops"])
    assert len(loud.steps) > 2 * len(loud.hops)
    silent.check()


def test_steps_are_told_at_the_time_of_their_node():
    steps = sim.simulate(chain()).steps
    told = list(steps[["node", "step", "time_s"]].itertuples(index=False, name=None))
    assert told[0] == ("students", 1, 1.0)
    assert ("app", 1, 1.375) in told
    assert ("app", 2, 2.375) in told
    assert told[-2:] == [("gateway", 6, 2.5), ("students", 2, 2.75)]


def issue(node):
    """Let a node without workers answer a request as if it were a client; give what came back."""
    answers = []
    kernel = Kernel(lambda _, answer: answers.append((kernel.time_s, answer)))
    party = SimulatedNode(node, None, "", runs_ahead=False)
    SimulatedWorld(kernel, Recorder(), [party], []).issue(1.0, request(), party, 0, "10.0.0.1")
    kernel.advance()
    return answers


class Node:
    name = "node"

    def __init__(self, does):
        self._does = does

    async def handle(self, _, world):
        return await self._does(world)


def test_a_node_learns_the_time_and_who_asked():
    async def looks(world):
        return world.now(), world.peer_ip

    assert issue(Node(looks)) == [(1.0, (1.0, "10.0.0.1"))]


def test_a_node_that_fails_within_a_deadline_fails_as_it_is():
    async def breaks(world):
        async def fails():
            raise ValueError("a fault")

        await world.within(1.0, fails().__await__())

    with pytest.raises(ValueError, match="a fault"):
        issue(Node(breaks))


def test_whoever_has_no_workers_cannot_serve():
    with pytest.raises(RuntimeError, match="app has no workers"):
        issue(backend())


def test_no_deadline_passes_where_nothing_is_awaited():
    async def quick(world):
        async def at_once():
            return "done"

        try:
            return await world.within(0.0, at_once().__await__())
        except DeadlinePassedError:
            return "too late"

    assert issue(Node(quick))[0][1] == "done"


def behave(monkeypatch, handle):
    """Let the gateway do something else; `handle` may await what it usually does."""
    usual = ReverseProxyNode.handle

    async def changed(self, request, world):
        return await handle(request, world, lambda: usual(self, request, world))

    monkeypatch.setattr(ReverseProxyNode, "handle", changed)


def test_all_who_are_held_at_a_gate_go_on_at_the_moment_at_which_it_opens(monkeypatch):
    gate = Gate()

    async def collapses(request, world, usual):
        if request.request_id:
            await world.wait(gate)
            return Response(200, (), 10)
        response = await usual()
        world.open(gate)
        return response

    behave(monkeypatch, collapses)
    trace = sim.simulate(chain(client={"arrivals": {"kind": "deterministic", "rate": "2/s"}}, requests=6))
    trace.check()
    at_gateway = trace.hops[trace.hops["receiver"] == "gateway"]
    # The first is at the gateway at 0.75 s, and its answer at 2 s; those of 0.5 s to 2 s are held until then.
    assert at_gateway["answered_s"].tolist() == [2.0, 2.0, 2.0, 2.25, 2.75, 3.25]
    assert at_gateway["collapse_wait_s"].tolist() == [0.0, 0.75, 0.25, 0.0, 0.0, 0.0]


def test_a_deadline_ends_being_held(monkeypatch):
    gate = Gate()

    async def holds(_, world, usual):
        try:
            await world.within(0.5, world.wait(gate))
        except DeadlinePassedError:
            return await usual()

    behave(monkeypatch, holds)
    trace = sim.simulate(chain())
    assert gate.waiting == []
    assert hops(trace, "collapse_wait_s", "answered_s") == [(0.5, 3.0), (0.0, 2.875)]


def test_what_is_begun_aside_outlasts_its_request_and_the_run_waits_for_it(monkeypatch):
    async def refreshes(_, world, usual):
        world.spawn(usual())
        return Response(200, (), 10)

    behave(monkeypatch, refreshes)
    trace = sim.simulate(chain())
    trace.check()
    assert hops(trace, "parent_hop_id", "task", "returned_s") == [(-1, 0, 1.5), (0, 1, 2.5)]
    assert trace.requests["completion_s"].tolist() == [1.5]
    assert trace.end_s == 2.5
    steps = trace.steps[trace.steps["node"] == "gateway"]
    assert steps["time_s"].tolist() == [1.25, 1.25, 1.25, 2.5, 2.5]


def test_the_deadline_of_who_began_something_aside_does_not_end_it(monkeypatch):
    async def gives_up(_, world, usual):
        world.spawn(usual())
        return await usual()

    behave(monkeypatch, gives_up)
    trace = sim.simulate(chain(client={"response_timeout": "500 ms"}, app={"workers": 2}))
    assert hops(trace, "parent_hop_id", "task", "status", "returned_s") == [
        (-1, 0, 0, 1.5),
        (0, 0, 0, 1.5),
        (0, 1, 200, 2.5),
    ]


def test_who_works_aside_leaves_the_times_of_the_exchange_alone(monkeypatch):
    async def works(request, world, usual):
        world.spawn(world.serve(0.25))
        return await usual()

    behave(monkeypatch, works)
    trace = sim.simulate(chain(gateway={"service_demand": "500 ms", "workers": 2}))
    assert hops(trace, "service_s") == [(0.5,), (1.0,)]


def test_what_fails_aside_fails_the_run(monkeypatch):
    async def fails(_):
        raise ValueError("a fault")

    async def careless(request, world, usual):
        world.spawn(fails(request))
        return await usual()

    behave(monkeypatch, careless)
    with pytest.raises(ValueError, match="a fault"):
        sim.simulate(chain())

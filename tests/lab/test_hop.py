"""One exchange: when its messages are handed on, what a connection costs, and what is left when somebody gives up."""

from __future__ import annotations

import asyncio
from math import isnan

import numpy as np
import pytest

from sim.lab.hop import Hop, LabEdge, ObservedAddresses, fields_alike
from sim.lab.journey import Journey
from sim.messages import Draws, Request, Response
from sim.nodes.line import Line
from sim.nodes.pool_terms import terms_between
from sim.scenario.schema import Connections
from sim.scenario.topology import Edge
from sim.trace.recorded_rows import HOP_ROW
from sim.trace.recorder import Recorder

EDGE = Edge(0, "students", "app", 0.25, 1000.0, 0.0, False)
ASKED = Request(3, "GET", "http://a.example/", "a.example", (), 500, Draws(response_bytes=250))
ANSWER = Response(200, (), 250)


class PunctualClock:
    def __init__(self):
        self.now_s = 0.0

    def now(self):
        return self.now_s

    async def until(self, at_s):
        self.now_s = max(self.now_s, at_s)


@pytest.fixture
def hop():
    route = LabEdge(
        EDGE, Line(EDGE), terms_between(Connections(), Connections(), EDGE.delay_s, of_clients=True, per_client=True)
    )
    recorder = Recorder()
    recorder.rows = []
    recorder.write_hop = recorder.rows.append
    way = Journey(PunctualClock(), recorder, ASKED, 5, "10.1.0.6", 1.0)
    return Hop(way, -1, route, ASKED)


def row(recorder):
    (written,) = recorder.rows
    return np.frombuffer(written, HOP_ROW)[0]


@pytest.mark.parametrize(("is_reused", "connect_s"), [(True, 0.0), (False, 0.5)])
def test_an_exchange_takes_what_its_link_takes(hop, is_reused, connect_s):
    async def exchange():
        await hop.arrive(is_reused=is_reused)
        hop.answered(ANSWER)
        await hop.come_back()

    asyncio.run(exchange())
    hop.write(hop.journey.recorder)
    found = row(hop.journey.recorder)
    # 500 bytes take 0.5 s on the line and 250 bytes half of that; a new connection takes one round trip before.
    assert found["connect_s"] == connect_s
    assert found["received_s"] == 1.0 + connect_s + 0.5 + 0.25
    assert found["answered_s"] == found["received_s"]
    assert found["returned_s"] == found["answered_s"] + 0.25 + 0.25
    assert (found["status"], found["request_bytes"], found["response_bytes"]) == (200, 500, 250)


def test_what_a_failed_exchange_leaves(hop):
    hop.failed(Response(502, (), 0, error="connection_refused"))
    hop.write(hop.journey.recorder)
    found = row(hop.journey.recorder)
    assert isnan(found["received_s"])
    assert isnan(found["answered_s"])
    assert (found["status"], found["returned_s"]) == (502, 1.0)


def test_who_gives_up_ends_all_that_was_made_for_its_sake_inner_first(hop):
    inner = Hop(hop.journey, hop.index, hop.route, ASKED)
    hop.inner.append(inner)
    written = []

    def write(each):
        written.append(each)
        each.is_over = True

    hop.give_up(7.0, write)
    hop.give_up(9.0, write)
    assert written == [inner, hop]
    assert (inner.index, inner.parent) == (1, 0)
    assert {each.returned_s for each in written} == {7.0}
    assert {each.response.error for each in written} == {"http_response_timeout"}


def test_giving_up_cancels_whoever_works_on_it(hop):
    async def conversation():
        hop.task = asyncio.create_task(asyncio.sleep(30))
        await asyncio.sleep(0)
        hop.give_up(2.0, lambda each: None)
        await asyncio.wait([hop.task])
        return hop.task.cancelled()

    assert asyncio.run(conversation())


def test_an_exchange_begins_at_the_time_of_its_way(hop):
    assert (hop.sent_s, hop.index, hop.journey.hops) == (1.0, 0, 1)
    assert hop.ends is None
    assert ObservedAddresses("10.1.0.6", "203.0.113.1").source_ip == "10.1.0.6"


@pytest.mark.parametrize(
    ("received", "alike"),
    [
        ((("via", "1.1 a"), ("x", "1")), True),
        ((("x", "1"), ("via", "1.1 a")), True),
        ((("x", "1"),), False),
        ((("x", "1"), ("via", "1.1 b")), False),
        ((("x", "1"), ("x", "1"), ("via", "1.1 a")), False),
    ],
)
def test_fields_are_alike_in_any_order(received, alike):
    assert fields_alike((("via", "1.1 a"), ("x", "1")), received) is alike

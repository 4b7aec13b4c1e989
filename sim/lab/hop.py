"""One exchange on one edge of the lab: when its messages are handed on, and what is taken down of it.

Both ends of an exchange are in one program, so that each knows what the other one measured; what they say to each
other they say over TCP.  The receiver lets a request wait until the whole of it would have arrived over the
scenario's link, and the sender does so with the answer.  The time that sockets take is hidden in that, and
shows where the link is quicker than they are.

Where one of the ends is a real product that knows nothing of links, the other end sees to both directions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import nan
from typing import NamedTuple

from sim.http1.pool import Facts
from sim.lab.journey import Journey
from sim.messages import NO_FIELDS, Fields, Request, Response
from sim.nodes.line import Line
from sim.nodes.pool_terms import PoolTerms
from sim.rules.scalar import BACK, OUTWARD
from sim.scenario.topology import Edge
from sim.trace.recorder import Recorder, pack_hop

LOST = Response(0, NO_FIELDS, 0, error="http_response_timeout")
"""What is recorded of an exchange whose sender gave up."""


class LabEdge(NamedTuple):
    """An edge as the lab knows it.

    Attributes
    ----------
    edge : Edge
        Sender and receiver.
    line : Line
        The emulated link.
    terms : PoolTerms
        What its connections cost, and how long they are kept.
    proxy_version : {0, 1, 2}
        Version of the PROXY protocol in which each connection begins; 0 for none.
    """

    edge: Edge
    line: Line
    terms: PoolTerms
    proxy_version: int = 0


class ObservedAddresses(NamedTuple):
    """The addresses of the two ends of a connection, as the kernel reported them, in the scenario's words."""

    source_ip: str
    destination_ip: str


class Hop:
    """One exchange.

    Parameters
    ----------
    journey : Journey
        The journey of the request that it belongs to.
    parent : int
        Number of the exchange in which it is made; -1 for a client.
    route : LabEdge
        Over which edge.
    request : Request
        As it is sent; its size is the one that was drawn.
    attempt : int, default 0
        0 for the first try, 1 for the second, ….

    Attributes
    ----------
    index : int
        Its number in the request.
    facts : Facts
        What the pool of connections knows of it.
    response : Response
        What is taken down of its answer.
    received : Request
        The request as it was received; as it was sent, until then.
    ends : ObservedAddresses or None
        None until the request was received.
    task : asyncio.Task or None
        In which the receiver works on it.
    inner : list of Hop
        The exchanges that the receiver made for its sake, and waits for.
    """

    def __init__(self, journey: Journey, parent: int, route: LabEdge, request: Request, attempt: int = 0) -> None:
        whole = journey.whole
        self.journey = journey
        self.index = whole.hops
        whole.hops += 1
        self.parent = parent
        self.attempt = attempt
        self.route = route
        self.request = request
        self.received = request
        self.facts = Facts()
        self.ends: ObservedAddresses | None = None
        self.response = LOST
        self.sent_s, self._sent_due_s = journey.time_s, journey.due_s
        self.received_s = self.answered_s = self.returned_s = nan
        self._answered_due_s = nan
        self.connect_s = self.waiting_s = self.service_s = self.collapse_wait_s = 0.0
        self.task: asyncio.Task[None] | None = None
        self.inner: list[Hop] = []
        self.is_over = False

    async def arrive(self, *, is_reused: bool) -> None:
        """Wait until the whole request would have arrived, over a kept connection or a new one."""
        journey, route = self.journey, self.route
        ready_due_s = self._sent_due_s
        if not is_reused:
            ready_due_s += route.terms.connect_s
            await journey.until(ready_due_s)
            opened_s = self.facts.connect_s + self.facts.tls_s
            self.connect_s = journey.time_s - self.sent_s if route.edge.delay_s else opened_s
        await journey.until(self._carried_s(ready_due_s, self.request.size_bytes, OUTWARD))
        self.received_s = journey.time_s
        self.connect_s = min(self.connect_s, self.received_s - self.sent_s)

    def answered(self, response: Response) -> None:
        """Note the answer, at the moment at which it is ready to leave."""
        self.response = response
        self.answered_s, self._answered_due_s = self.journey.time_s, self.journey.due_s

    async def come_back(self) -> None:
        """Wait until the whole answer would have arrived."""
        await self.journey.until(self._carried_s(self._answered_due_s, self.response.size_bytes, BACK))
        self.returned_s = self.journey.time_s

    def failed(self, response: Response) -> None:
        """Note that the receiver gave no proper answer."""
        self.response = response
        self.journey.catch_up()
        self.returned_s = self.journey.time_s

    def _carried_s(self, ready_s: float, size_bytes: int, direction: int) -> float:
        client = self.journey.client if self.route.terms.of_clients else 0
        draw = self.journey.request.draws.link_draw
        return self.route.line.arrival_s(ready_s, size_bytes, client, direction, draw)

    def give_up(self, now_s: float, write: Callable[[Hop], None]) -> None:
        """End at this moment, and with it all that is still in flight for its sake, inner exchanges first."""
        if self.is_over:
            return
        for inner in self.inner:
            inner.give_up(now_s, write)
        if self.task is not None:
            self.task.cancel()
        self.journey.time_s = max(self.journey.time_s, now_s)
        self.response, self.returned_s = LOST, self.journey.time_s
        write(self)

    def write(self, recorder: Recorder) -> None:
        """Record the exchange."""
        self.is_over = True
        status, _, size_bytes, cache_status, _, error, _ = self.response
        carried = recorder.fields[self.received.fields, self.received.host, self.received.proxied_for]
        recorder.write_hop(
            pack_hop(
                self.journey.request_id, self.sent_s, self.received_s, self.answered_s, self.returned_s,
                self.connect_s, self.waiting_s, self.service_s, self.collapse_wait_s,
                self.request.size_bytes, size_bytes, self.index, self.parent, carried,
                self.route.edge.index, recorder.words[error], status, self.journey.task, self.attempt,
                cache_status, self.facts.is_reused,
            )
        )  # fmt: skip


def fields_alike(sent: Fields, received: Fields) -> bool:
    """Whether fields were received as they were sent; the order of lines does not count."""
    return sorted(sent) == sorted(received)

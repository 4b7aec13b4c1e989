"""A world whose clock and answers are a script: tests of nodes read as small conversations with times.

A `Conversation` holds the nodes that really act; everybody else is played by the test::

    talk = Conversation(forward_proxy(cache="1 MiB"))
    first = talk.at(0).ask("/a")            # the proxy's handle() runs until it must wait
    assert first.asks == "app"              # … for the answer of somebody whom the test plays
    first.answer(fresh_for_s=60)            # it goes on
    assert first.got.status == 200          # it is done
    assert talk.at(59).ask("/a").got.cache_status is CacheStatus.HIT

No event loop: a wait is a plain ``yield`` out of the node's coroutine to the test.
"""

from __future__ import annotations

import types
from math import inf

from sim.messages import Draws, Request, Response
from sim.nodes.world import DeadlinePassedError
from sim.scenario.topology import Edge

CLIENT = "10.0.0.1"
PAGE = Draws(service_demand_s=0.5, response_bytes=1000)


def edge(sender, receiver, index=0):
    """An edge without delay."""
    return Edge(index, sender, receiver, 0.0, inf, 0.0, False)


def request(
    path="/a", *, host="a.example", method="GET", fields=(), request_id=0, draws=PAGE, body=None, proxied_for=""
):
    """A request for a path."""
    return Request(request_id, method, f"http://{host}{path}", host, fields, 400, draws, body, proxied_for)


def fresh(seconds):
    """Fields of a response that may be stored for so long."""
    return (("cache-control", f"max-age={seconds}"),)


class TooLate(BaseException):
    """Thrown into a coroutine whose time is up; says whose time it was."""

    def __init__(self, owner):
        super().__init__()
        self.owner = owner


class Exchange:
    """The world as a node sees it in one exchange (see `sim.nodes.world.World`)."""

    def __init__(self, talk, name, peer_ip):
        self._talk, self._name, self.peer_ip = talk, name, peer_ip

    epoch_s = 0.0

    @property
    def _said(self):
        # What was started in the background is handed the same exchange: whose turn it is, the conversation knows.
        return self._talk.speaking

    def now(self):
        return self._talk.now_s

    def step(self, step, detail="", stage=""):
        self._said.steps.append((self._name, self.now(), step, detail))
        self._said.stages.append((self._name, step, stage))

    @types.coroutine
    def serve(self, demand_s):
        said = self._said
        said.works = (self._name, demand_s)
        try:
            return (yield)
        finally:
            said.works = None

    @types.coroutine
    def wait(self, gate):
        if gate.is_open:
            return
        said = self._said
        said.waits = gate
        gate.waiting.append(said)
        try:
            yield
        finally:
            said.waits = None
            if said in gate.waiting:
                gate.waiting.remove(said)

    def open(self, gate):
        gate.is_open = True
        while gate.waiting:
            self._talk.soon.append(gate.waiting.pop(0).let_through)

    def spawn(self, awaitable):
        begun = Said(self._talk, awaitable)
        self._said.tasks.append(begun)
        self._talk.heard.append(begun)
        self._talk.soon.append(begun.let_through)

    @types.coroutine
    def within(self, seconds, awaitable):
        deadline, said = [self.now() + seconds], self._said
        said.deadlines.append(deadline)
        try:
            return (yield from awaitable)
        except TooLate as late:
            if late.owner is deadline:
                raise DeadlinePassedError from None
            raise
        finally:
            said.deadlines.remove(deadline)

    @types.coroutine
    def send(self, request, edge, attempt=0):
        said = self._said
        said.sent.append((edge.receiver, request))
        said.over.append(edge)
        said.attempts.append(attempt)
        node = said.talk.nodes.get(edge.receiver)
        if node is not None:
            peer_ip = said.talk.addresses.get(edge.sender, self.peer_ip)
            return (yield from node.handle(request, Exchange(said.talk, edge.receiver, peer_ip)))
        said.asks = edge.receiver
        try:
            return (yield)
        finally:
            said.asks = None


class Said:
    """One request on its way through the conversation, or something started in the background for it.

    Attributes
    ----------
    asks : str or None
        Whose answer is waited for, of those whom the test plays.
    works : tuple of (node, demand_s), or None
        Whose worker is waited for.
    waits : Gate or None
        Where somebody must open before it goes on.
    tasks : list of Said
        What was started in the background for it.
    got : Response or None
        The answer that the first node gave, once it has.
    sent : list of (receiver, Request)
        Every message that was sent.
    over : list of Edge
        The edges over which they were sent.
    attempts : list of int
        The number of the try that each of them was.
    stages : list of (node, step, stage)
        The stage of every step; empty for the textbook's own steps.
    steps : list of (node, time_s, step, detail)
        Every step that was announced.
    """

    def __init__(self, talk, coroutine):
        self.talk = talk
        self.asks = self.works = self.waits = self.got = None
        self.sent, self.over, self.attempts, self.steps, self.stages, self.deadlines = [], [], [], [], [], []
        self.tasks = []
        self._coroutine = coroutine

    def let_through(self):
        """It begins, or a gate at which it waits is open."""
        return self._go_on(lambda: self._coroutine.send(None))

    def answer(self, status=200, *, fresh_for_s=None, fields=(), size_bytes=1000, age_s=0.0):
        """The one that is asked answers."""
        assert self.asks, "nobody is asked"
        fields = fields if fresh_for_s is None else fresh(fresh_for_s)
        return self._go_on(lambda: self._coroutine.send(Response(status, fields, size_bytes, age_s=age_s)))

    def served(self):
        """The worker is done."""
        assert self.works, "nobody works"
        return self._go_on(lambda: self._coroutine.send(True))

    def turned_away(self):
        """There was no place in the queue."""
        assert self.works, "nobody works"
        return self._go_on(lambda: self._coroutine.send(False))

    def numbers(self, node):
        """The numbers of the steps that a node announced, in order."""
        return [int(step) for name, _, step, _ in self.steps if name == node]

    def details(self, node):
        """What a node said it decided, by the name of the step."""
        return {step.name: detail for name, _, step, detail in self.steps if name == node and detail}

    def forwarded(self, receiver):
        """The fields with which a node was asked, by name."""
        (message,) = [message for name, message in self.sent if name == receiver]
        return dict(message.fields)

    def got_fields(self):
        """The fields of the answer by name, without the Via that every proxy adds."""
        return {name: value for name, value in self.got.fields if name != "via"}

    def time_is_up(self, deadline):
        self._go_on(lambda: self._coroutine.throw(TooLate(deadline)))

    def _go_on(self, move):
        self.talk.speaking = self
        try:
            move()
        except StopIteration as stop:
            self.got = stop.value
        self.talk.speaking = None
        if self.talk.soon:
            self.talk.soon.pop(0)()
        return self


class Conversation:
    """Nodes that act, a clock that stands still unless the test moves it, and everything said so far.

    Parameters
    ----------
    *nodes : Node
        Those that act; the first is the one that is asked.  Whoever else is asked is played by the test.
    addresses : dict of str to str, optional
        From which address a node opens connections.  A node that is not named passes on its own peer's address,
        as a client does, whose peer is itself.
    """

    def __init__(self, *nodes, addresses=None):
        self.nodes = {node.name: node for node in nodes}
        self.addresses = addresses or {}
        self.now_s = 0.0
        self.heard, self.soon, self.speaking = [], [], None
        self._asked = nodes[0]

    def at(self, time_s):
        """Let time pass; whatever has a deadline until then is interrupted at it, the earliest first."""
        assert time_s >= self.now_s, "time does not run backwards"
        while due := [(deadline[0], said, deadline) for said in self.heard for deadline in said.deadlines]:
            self.now_s, said, deadline = min(due, key=lambda one: one[0])
            if self.now_s > time_s:
                break
            said.time_is_up(deadline)
        self.now_s = float(time_s)
        return self

    def ask(self, path="/a", *, peer_ip=CLIENT, **said):
        """Ask the first node; give what is said from then on."""
        exchange = Exchange(self, self._asked.name, peer_ip)
        asked = Said(self, self._asked.handle(request(path, **said), exchange))
        self.heard.append(asked)
        return asked.let_through()

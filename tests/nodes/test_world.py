"""Every world offers what a node may ask, in the same words; a node cannot tell which one it is in."""

from __future__ import annotations

import inspect

import pytest

import sim
from sim.engine import world as engine
from sim.nodes.steps import ClientStep
from sim.nodes.world import DeadlinePassedError, Gate, World
from tests.support import scripted_world, tiny_engine
from tests.support.parties import reverse_proxy
from tests.support.scripted_world import Conversation, edge

WORLDS = {"simulated": engine.SimulatedExchange, "scripted": scripted_world.Exchange, "tiny": tiny_engine.TinyExchange}
VERBS = ["now", "serve", "send", "within", "wait", "open", "spawn", "step"]


def test_the_interface_is_narrow():
    offered = {name for name in vars(World) if not name.startswith("_")}
    assert offered == {*VERBS, "epoch_s", "peer_ip"}


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("verb", VERBS)
def test_a_world_takes_what_the_interface_says(name, verb):
    asked, offered = inspect.signature(getattr(World, verb)), inspect.signature(getattr(WORLDS[name], verb))
    assert list(offered.parameters) == list(asked.parameters)
    assert [one.default for one in offered.parameters.values()] == [one.default for one in asked.parameters.values()]


class Curious:
    """A node that tries every verb."""

    name = "curious"

    async def handle(self, request, world):
        self.asked_at_s, self.asked_by = world.now(), world.peer_ip
        try:
            await world.within(2.0, world.within(5.0, world.send(request, edge("curious", "silent"))))
        except DeadlinePassedError:
            self.gave_up_at_s = world.now()
        return await world.within(2.0, world.send(request, edge("curious", "app")))


def test_nested_deadlines_each_end_what_they_belong_to():
    node = Curious()
    talk = Conversation(node)
    said = talk.at(1).ask(peer_ip="10.0.0.9")
    assert (node.asked_at_s, node.asked_by, said.asks) == (1.0, "10.0.0.9", "silent")
    talk.at(4)
    assert (node.gave_up_at_s, said.asks) == (3.0, "app"), "the outer one was the shorter one"
    assert said.answer().got.status == 200


def test_a_deadline_that_nobody_catches_reaches_the_one_who_asked():
    with pytest.raises(DeadlinePassedError):
        Conversation(Impatient()).ask().talk.at(1)


class Impatient:
    name = "impatient"

    async def handle(self, request, world):
        return await world.within(1.0, world.send(request, edge("impatient", "app")))


class Holding:
    """A node that lets the first one ask, and all others wait for it."""

    name = "holding"

    def __init__(self, patience_s=10.0):
        self.patience_s, self.gate = patience_s, None

    async def handle(self, request, world):
        if self.gate is not None:
            await world.within(self.patience_s, world.wait(self.gate))
            return world.now()
        self.gate = Gate()
        response = await world.send(request, edge("holding", "app"))
        world.open(self.gate)
        return response


def test_all_who_wait_at_a_gate_go_on_when_it_is_opened():
    talk = Conversation(Holding())
    first, second, third = talk.at(1).ask(), talk.at(2).ask(), talk.at(3).ask()
    assert (first.asks, second.waits is third.waits is not None) == ("app", True)
    talk.at(4)
    first.answer()
    assert (second.got, third.got, second.waits) == (4.0, 4.0, None)
    assert talk.at(5).ask().got == 5.0, "an open gate holds nobody"


def test_who_gives_up_leaves_the_gate():
    node = Holding(patience_s=1.0)
    talk = Conversation(node)
    talk.ask()
    talk.ask()
    assert len(node.gate.waiting) == 1
    with pytest.raises(DeadlinePassedError):
        talk.at(2)
    assert node.gate.waiting == []


class Refreshing:
    """A node that answers at once and asks aside."""

    name = "refreshing"

    async def handle(self, request, world):
        world.spawn(self.refresh(request, world))
        return "old"

    async def refresh(self, request, world):
        self.new = await world.send(request, edge("refreshing", "app"))
        self.done_at_s = world.now()


def test_what_is_begun_aside_holds_nobody_up():
    node = Refreshing()
    talk = Conversation(node)
    said = talk.ask()
    assert said.got == "old"
    (aside,) = said.tasks
    assert (aside.asks, said.asks) == ("app", None)
    talk.at(3)
    aside.answer(204)
    assert (node.new.status, node.done_at_s) == (204, 3.0)


def test_the_script_and_the_simulation_tell_the_same_story():
    """One request of a shipped scenario, in simulated time and told by hand, takes the same steps."""
    scenario = sim.load("reverse-proxy", ["run.requests=1", "run.warm_up=0 s"])
    simulated = sim.simulate(scenario, seed=1).steps
    taken = simulated[simulated["node"] == "gateway"]["step"].tolist()
    told = Conversation(reverse_proxy(cache="1 MiB")).ask().answer(fresh_for_s=60)
    assert told.numbers("gateway") == taken


def test_a_world_learns_the_attempt_and_the_stage():
    talk = Conversation(Retrying())
    said = talk.ask().answer(503).answer(200)
    assert said.got.status == 200
    assert said.attempts == [0, 1]
    assert said.stages == [("retrying", ClientStep.SEND, ""), ("retrying", ClientStep.SEND, "retry")]


class Retrying:
    """Asks once more, and announces by which stage."""

    name = "retrying"

    async def handle(self, request, world):
        world.step(ClientStep.SEND)
        await world.send(request, edge("retrying", "app"))
        world.step(ClientStep.SEND, stage="retry")
        return await world.send(request, edge("retrying", "app"), 1)

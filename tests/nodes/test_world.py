"""Every world offers what a node may ask, in the same words; a node cannot tell which one it is in."""

from __future__ import annotations

import inspect

import pytest

import sim
from sim.engine import world as engine
from sim.nodes.world import DeadlinePassedError, World
from tests.support import scripted_world, tiny_engine
from tests.support.parties import reverse_proxy
from tests.support.scripted_world import Conversation, edge

WORLDS = {"simulated": engine.Exchange, "scripted": scripted_world.Exchange, "tiny": tiny_engine.TinyExchange}
VERBS = ["now", "serve", "send", "within", "when_whole", "step"]


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


def test_the_script_and_the_simulation_tell_the_same_story():
    """One request of a shipped scenario, in simulated time and told by hand, takes the same steps."""
    scenario = sim.load("reverse-proxy", ["run.requests=1", "run.warm_up=0 s"])
    simulated = sim.simulate(scenario, seed=1).steps
    taken = simulated[simulated["node"] == "gateway"]["step"].tolist()
    told = Conversation(reverse_proxy(cache="1 MiB")).ask().answer(fresh_for_s=60)
    assert told.numbers("gateway") == taken

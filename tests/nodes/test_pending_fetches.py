"""Which targets a proxy is asking for just now, and who waits for the answer."""

from sim.nodes.pending_fetches import PendingFetches
from sim.nodes.world import Gate


class Opened:
    """A world that only takes down which gates were opened."""

    def __init__(self):
        self.gates = []

    def open(self, gate):
        self.gates.append(gate)


def test_the_first_one_begins_and_the_others_find_its_gate():
    asking = PendingFetches()
    gate = asking.begin("a")
    assert isinstance(gate, Gate)
    assert (asking.begin("a"), asking.gate("a")) == (None, gate)
    assert asking.begin("b") is not gate


def test_when_it_is_over_those_who_waited_go_on_and_anybody_may_begin_again():
    asking, world = PendingFetches(), Opened()
    gate = asking.begin("a")
    asking.comes(gate)
    assert asking.is_coming(gate)
    asking.end("a", gate, world)
    assert world.gates == [gate]
    assert not asking.is_coming(gate)
    assert asking.begin("a") not in {None, gate}


def test_what_ends_late_does_not_end_what_was_begun_meanwhile():
    asking = PendingFetches()
    old = asking.begin("a")
    asking.forget("a", old)
    new = asking.begin("a")
    asking.end("a", old, Opened())
    assert asking.gate("a") is new

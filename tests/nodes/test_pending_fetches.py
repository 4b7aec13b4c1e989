"""The targets with a pending request, and the requests that wait for the same response."""

from sim.nodes.pending_fetches import PendingFetches
from sim.nodes.world import Gate


class Opened:
    """A world that only takes down which gates were opened."""

    def __init__(self):
        self.gates = []

    def open(self, gate):
        self.gates.append(gate)


def test_the_first_request_begins_and_the_others_find_its_gate():
    pending = PendingFetches()
    gate = pending.begin("a")
    assert isinstance(gate, Gate)
    assert (pending.begin("a"), pending.gate("a")) == (None, gate)
    assert pending.begin("b") is not gate


def test_at_the_end_the_waiters_are_released_and_the_next_request_begins_anew():
    pending, world = PendingFetches(), Opened()
    gate = pending.begin("a")
    pending.note_streaming(gate)
    assert pending.is_streaming(gate)
    pending.end("a", gate, world)
    assert world.gates == [gate]
    assert not pending.is_streaming(gate)
    assert pending.begin("a") not in {None, gate}


def test_what_ends_late_does_not_end_what_was_begun_meanwhile():
    pending = PendingFetches()
    old = pending.begin("a")
    pending.forget("a", old)
    new = pending.begin("a")
    pending.end("a", old, Opened())
    assert pending.gate("a") is new

"""Processor sharing in simulated time: the kernel resumes each request when its work is done."""

from __future__ import annotations

from sim.engine.kernel import ISSUE, Kernel
from sim.engine.sharing import SimulatedSharing


class Sharing:
    """A sharing station whose jobs write down when they leave."""

    def __init__(self, *, workers=1, queue_capacity=None):
        self.left = []
        self.kernel = Kernel(lambda *_: None)
        self.station = SimulatedSharing(self.kernel, workers, queue_capacity)

    def at(self, time_s, action):
        self.kernel.enter((time_s, ISSUE, len(self.kernel._queue), Act(action)))

    def arrive(self, time_s, demand_s, request_id):
        job = Job(self, request_id)
        self.at(time_s, lambda: job.admitted.append(self.station.admit(time_s, demand_s, job)))
        return job

    def advance(self):
        self.kernel.advance()
        return self.left


class Act:
    def __init__(self, action):
        self.action = action

    def send(self, _):
        self.action()


class Job:
    task = 0

    def __init__(self, sharing, request_id):
        self.sharing, self.request_id, self.admitted = sharing, request_id, []

    def send(self, _):
        self.sharing.left.append((self.sharing.kernel.time_s, self.request_id))


def test_alone_it_is_served_at_once_and_at_full_rate():
    sharing = Sharing()
    job = sharing.arrive(1.0, 2.0, 1)
    assert sharing.advance() == [(3.0, 1)]
    assert job.admitted == [(1.0, None)]


def test_two_that_overlap_share_the_worker():
    sharing = Sharing()
    sharing.arrive(0.0, 2.0, 1)
    sharing.arrive(1.0, 2.0, 2)
    # At 1 s the first has 1 s left, at half the rate.  From 3 s on the second, with 1 s left, is alone.
    assert sharing.advance() == [(3.0, 1), (4.0, 2)]


def test_a_short_one_overtakes_a_long_one():
    sharing = Sharing()
    sharing.arrive(0.0, 8.0, 1)
    sharing.arrive(1.0, 0.5, 2)
    assert sharing.advance() == [(2.0, 2), (8.5, 1)]


def test_one_request_has_one_worker_at_most():
    sharing = Sharing(workers=4)
    sharing.arrive(1.0, 2.0, 1)
    assert sharing.advance() == [(3.0, 1)]


def test_up_to_as_many_as_workers_are_served_at_full_rate():
    sharing = Sharing(workers=2)
    for request_id, demand_s in enumerate([1.0, 3.0, 3.0], 1):
        sharing.arrive(0.0, demand_s, request_id)
    # Three at 2/3 of the rate until 1.5 s; then two, each with 2 s left and a worker of its own.
    assert sharing.advance() == [(1.5, 1), (3.5, 2), (3.5, 3)]


def test_equal_departures_are_in_the_order_of_requests():
    sharing = Sharing()
    for request_id in (3, 1, 2):
        sharing.arrive(0.0, 2.0, request_id)
    assert sharing.advance() == [(6.0, 1), (6.0, 2), (6.0, 3)]


def test_an_arrival_that_does_not_move_the_next_departure_may_come_at_any_moment():
    # The alarm for 4 s is set anew for 4 s: two that stand in the heap for the same moment and the same request.
    sharing = Sharing(workers=2)
    sharing.arrive(0.0, 4.0, 1)
    sharing.arrive(0.0, 8.0, 2)
    sharing.arrive(4.0, 1.0, 3)
    assert sharing.advance() == [(4.0, 1), (5.0, 3), (8.0, 2)]


def test_who_gives_up_leaves_its_share_to_the_others():
    sharing = Sharing()
    sharing.arrive(0.0, 2.0, 1)
    impatient = sharing.arrive(1.0, 5.0, 2)
    sharing.at(2.0, lambda: sharing.station.leave(2.0, impatient))
    # 1 s until 1 s, half a second until 2 s, and the last half second alone.
    assert sharing.advance() == [(2.5, 1)]


def test_who_gives_up_though_it_was_to_leave_next():
    sharing = Sharing()
    impatient = sharing.arrive(0.0, 2.0, 1)
    sharing.arrive(0.0, 3.0, 2)
    sharing.at(2.0, lambda: sharing.station.leave(2.0, impatient))
    assert sharing.advance() == [(4.0, 2)]


def test_to_give_up_without_being_there_changes_nothing():
    sharing = Sharing()
    gone = sharing.arrive(0.0, 1.0, 1)
    sharing.arrive(0.0, 2.0, 2)
    sharing.at(2.5, lambda: sharing.station.leave(2.5, gone))
    assert sharing.advance() == [(2.0, 1), (3.0, 2)]


def test_a_full_station_refuses_and_room_comes_back():
    sharing = Sharing(workers=1, queue_capacity=1)
    sharing.arrive(0.0, 1.0, 1)
    sharing.arrive(0.0, 2.0, 2)
    refused = sharing.arrive(1.5, 1.0, 3)
    taken = sharing.arrive(2.5, 1.0, 4)
    assert sharing.advance() == [(2.0, 1), (3.5, 2), (4.0, 4)]
    assert (refused.admitted, taken.admitted) == ([None], [(2.5, None)])

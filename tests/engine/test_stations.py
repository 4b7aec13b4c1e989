"""Stations: who is served when, who is refused, and what sharing does to all."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine.kernel import ISSUE, Kernel
from sim.engine.stations import FifoStation, SharingStation


def fifo(arrivals, *, workers=1, queue_capacity=None):
    """Admit (time, demand) one after the other."""
    station = FifoStation(workers, queue_capacity)
    return [station.admit(now_s, demand_s, None) for now_s, demand_s in arrivals]


def test_one_worker_serves_in_the_order_of_arrival():
    assert fifo([(1.0, 2.0), (2.0, 0.5), (2.5, 4.0), (9.0, 1.0)]) == [(1.0, 3.0), (3.0, 3.5), (3.5, 7.5), (9.0, 10.0)]


def test_two_workers_serve_two_at_once():
    # The third waits for the quicker of the two, the fourth for the slower.
    assert fifo([(0.0, 4.0), (1.0, 1.0), (1.0, 3.0), (1.5, 0.5)], workers=2) == [
        (0.0, 4.0),
        (1.0, 2.0),
        (2.0, 5.0),
        (4.0, 4.5),
    ]


def test_a_worker_that_is_free_at_this_very_moment_is_free():
    assert fifo([(0.0, 2.0), (2.0, 1.0)], queue_capacity=0) == [(0.0, 2.0), (2.0, 3.0)]


def test_a_full_queue_refuses():
    answers = fifo([(0.0, 4.0), (1.0, 1.0), (2.0, 1.0), (4.0, 1.0), (4.0, 1.0)], queue_capacity=1)
    # At 4 s the first leaves and the second starts, which makes room for just one more.
    assert answers == [(0.0, 4.0), (4.0, 5.0), None, (5.0, 6.0), None]


def test_who_is_refused_leaves_no_trace_in_the_queue():
    assert fifo([(0.0, 4.0), (1.0, 9.0), (4.0, 1.0)], queue_capacity=0) == [(0.0, 4.0), None, (4.0, 5.0)]


@pytest.mark.parametrize(("workers", "queue_capacity"), [(1, 0), (1, 3), (3, 0), (4, 2)])
def test_exactly_those_are_refused_who_find_all_places_taken(workers, queue_capacity):
    dice = np.random.default_rng(5)
    arrivals = zip(dice.exponential(1.0, 2000).cumsum().tolist(), dice.exponential(workers, 2000).tolist(), strict=True)
    station, departures = FifoStation(workers, queue_capacity), []
    refused = 0
    for now_s, demand_s in arrivals:
        present = sum(departure_s > now_s for departure_s in departures)
        admission = station.admit(now_s, demand_s, None)
        assert (admission is None) == (present == workers + queue_capacity)
        if admission is None:
            refused += 1
        else:
            assert (admission[0] == now_s) == (present < workers)
            departures.append(admission[1])
    assert 50 < refused < 1500


class Sharing:
    """A sharing station whose jobs write down when they leave."""

    def __init__(self, *, workers=1, queue_capacity=None):
        self.left = []
        self.kernel = Kernel(lambda *_: None)
        self.station = SharingStation(self.kernel, workers, queue_capacity)

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
    sharing.at(2.0, lambda: sharing.station.give_up(impatient))
    # 1 s until 1 s, half a second until 2 s, and the last half second alone.
    assert sharing.advance() == [(2.5, 1)]


def test_who_gives_up_though_it_was_to_leave_next():
    sharing = Sharing()
    impatient = sharing.arrive(0.0, 2.0, 1)
    sharing.arrive(0.0, 3.0, 2)
    sharing.at(2.0, lambda: sharing.station.give_up(impatient))
    assert sharing.advance() == [(4.0, 2)]


def test_to_give_up_without_being_there_changes_nothing():
    sharing = Sharing()
    gone = sharing.arrive(0.0, 1.0, 1)
    sharing.arrive(0.0, 2.0, 2)
    sharing.at(2.5, lambda: sharing.station.give_up(gone))
    assert sharing.advance() == [(2.0, 1), (3.0, 2)]


def test_a_full_station_refuses_and_room_comes_back():
    sharing = Sharing(workers=1, queue_capacity=1)
    sharing.arrive(0.0, 1.0, 1)
    sharing.arrive(0.0, 2.0, 2)
    refused = sharing.arrive(1.5, 1.0, 3)
    taken = sharing.arrive(2.5, 1.0, 4)
    assert sharing.advance() == [(2.0, 1), (3.5, 2), (4.0, 4)]
    assert (refused.admitted, taken.admitted) == ([None], [(2.5, None)])


def test_the_work_is_conserved():
    dice = np.random.default_rng(8)
    arrivals_s, demands_s = dice.exponential(1.0, 500).cumsum(), dice.exponential(0.8, 500)
    sharing = Sharing()
    for request_id, (time_s, demand_s) in enumerate(zip(arrivals_s.tolist(), demands_s.tolist(), strict=True)):
        sharing.arrive(time_s, demand_s, request_id)
    departures_s = sorted(time_s for time_s, _ in sharing.advance())
    # One worker is busy at the same times, whatever the discipline: so busy periods end as under FIFO.
    in_order_s = [departure_s for _, departure_s in fifo(zip(arrivals_s.tolist(), demands_s.tolist(), strict=True))]
    ends = [i for i in range(499) if in_order_s[i] < arrivals_s[i + 1]]
    assert len(ends) > 50
    assert np.allclose(np.array(departures_s)[ends], np.array(in_order_s)[ends], rtol=0, atol=1e-9)

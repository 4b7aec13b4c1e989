"""Queueing disciplines: who is served when, who is refused, and what sharing does to all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from sim.nodes.disciplines import FifoStation, SharingStation
from sim.rules.scalar import departure_s, start_s


def fifo(arrivals, *, workers=1, queue_capacity=None):
    """Admit (time, demand) one after the other."""
    station = FifoStation(workers, queue_capacity)
    return [station.admit(now_s, demand_s) for now_s, demand_s in arrivals]


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
        admission = station.admit(now_s, demand_s)
        assert (admission is None) == (present == workers + queue_capacity)
        if admission is None:
            refused += 1
        else:
            assert (admission[0] == now_s) == (present < workers)
            departures.append(admission[1])
    assert 50 < refused < 1500


def test_who_leaves_a_fifo_queue_is_served_all_the_same():
    station = FifoStation(1)
    station.admit(0.0, 2.0)
    station.leave(1.0, Job(1))
    assert (station.free_at_s, station.admit(1.0, 1.0)) == (2.0, (2.0, 3.0))


def test_service_is_that_of_the_shared_arithmetic_to_the_last_bit():
    dice = np.random.default_rng(6)
    station, now_s = FifoStation(workers=2), 0.0
    for _ in range(2000):
        now_s += float(dice.exponential(0.03))
        free_at_s, demand_s = station.free_at_s, float(dice.exponential(0.05))
        expected = (start_s(now_s, free_at_s), departure_s(now_s, free_at_s, demand_s))
        assert station.admit(now_s, demand_s) == expected


class Job(NamedTuple):
    request_id: int
    task: int = 0


def departures(station, until_s=float("inf")):
    """Let all leave whose turn comes by a time; return (time, request id, task) of each."""
    left = []
    while (following := station.next_departure()) and following[0] <= until_s:
        left += [(following[0], *job) for job in station.depart(following[0])]
    return left


def test_sharing_moves_the_next_departure_with_each_arrival_and_each_leave():
    station, impatient = SharingStation(workers=1), Job(2)
    assert station.next_departure() is None
    assert station.admit(0.0, 2.0, Job(1))
    assert station.next_departure() == (2.0, 1)
    # At 1 s it has 1 s left, at half the rate.
    assert station.admit(1.0, 2.0, impatient)
    assert station.next_departure() == (3.0, 1)
    assert station.leave(2.0, impatient)
    assert station.next_departure() == (2.5, 1)
    assert not station.leave(2.25, impatient)
    assert departures(station) == [(2.5, 1, 0)]


def test_equal_departures_are_in_the_order_of_requests_and_tasks():
    station = SharingStation(workers=1)
    for job in (Job(3), Job(1, task=1), Job(2), Job(1)):
        station.admit(0.0, 2.0, job)
    assert departures(station) == [(8.0, 1, 0), (8.0, 1, 1), (8.0, 2, 0), (8.0, 3, 0)]


def test_sharing_has_so_many_places():
    station = SharingStation(workers=1, queue_capacity=1)
    assert [station.admit(0.0, 1.0, Job(number)) for number in range(3)] == [True, True, False]
    assert departures(station) == [(2.0, 0, 0), (2.0, 1, 0)]
    assert station.admit(2.0, 1.0, Job(4))


def test_a_clock_that_is_behind_adds_no_service():
    station = SharingStation(workers=1)
    station.admit(1.0, 2.0, Job(1))
    station.admit(0.5, 2.0, Job(2))
    # Both share from 1 s on.
    assert departures(station) == [(5.0, 1, 0), (5.0, 2, 0)]


def test_the_work_is_conserved():
    dice = np.random.default_rng(8)
    arrivals_s, demands_s = dice.exponential(1.0, 500).cumsum(), dice.exponential(0.8, 500)
    station, left = SharingStation(workers=1), []
    for request_id, (time_s, demand_s) in enumerate(zip(arrivals_s.tolist(), demands_s.tolist(), strict=True)):
        left += departures(station, until_s=time_s)
        station.admit(time_s, demand_s, Job(request_id))
    left += departures(station)
    departures_s = sorted(time_s for time_s, *_ in left)
    # One worker is busy at the same times, whatever the discipline: so busy periods end as under FIFO.
    in_order_s = [departure_s for _, departure_s in fifo(zip(arrivals_s.tolist(), demands_s.tolist(), strict=True))]
    ends = [i for i in range(499) if in_order_s[i] < arrivals_s[i + 1]]
    assert len(ends) > 50
    assert np.allclose(np.array(departures_s)[ends], np.array(in_order_s)[ends], rtol=0, atol=1e-9)

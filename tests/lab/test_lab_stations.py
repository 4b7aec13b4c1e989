"""Stations in real time: by the same rules as in the simulator, however late timers ring."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from sim.lab.clock import Clock, run
from sim.lab.journey import Journey
from sim.lab.lab_stations import LabFifo, LabSharing
from sim.messages import Request
from sim.trace.recorder import Recorder

LATE_S = 0.15
"""A busy machine may be so late; the numbers of these tests are further apart."""


def at(*arrivals, make, patience_s=None):
    """Serve requests that arrive at given times with given demands; give (Served, way) of each, or None."""

    async def one(station, clock, number, arrival_s, demand_s):
        way = Journey(clock, Recorder(), Request(number, "GET", "", "", ()), 0, "", arrival_s)
        await way.until(arrival_s)
        try:
            async with asyncio.timeout(patience_s if number == 0 else None):
                return await station.serve(way, demand_s), way
        except TimeoutError:
            return "gave up", way

    async def all_of_them():
        clock = Clock(asyncio.get_running_loop())
        station = make(clock)
        clock.start(0.05)
        return await asyncio.gather(*(one(station, clock, n, *said) for n, said in enumerate(arrivals)))

    return run(all_of_them)


def times_s(found):
    return [(served.waiting_s, served.service_s) for served, _ in found]


def close(found, expected):
    assert len(found) == len(expected)
    for pair, wanted in zip(found, expected, strict=True):
        assert pair == pytest.approx(wanted, abs=LATE_S)


def test_one_worker_serves_one_after_the_other():
    found = at((0.0, 0.3), (0.1, 0.3), make=lambda _: LabFifo(1))
    close(times_s(found), [(0.0, 0.3), (0.2, 0.3)])
    # The moments that were due are exact.
    assert [way.due_s for _, way in found] == pytest.approx([0.3, 0.6])


def test_two_workers_serve_two_at_once():
    found = at((0.0, 0.4), (0.0, 0.4), (0.1, 0.2), make=lambda _: LabFifo(2))
    close(times_s(found), [(0.0, 0.4), (0.0, 0.4), (0.3, 0.2)])


def test_services_of_one_worker_never_overlap():
    found = at(*((0.0, 0.01),) * 20, make=lambda _: LabFifo(1))
    spans = sorted((way.time_s - served.service_s, way.time_s) for served, way in found)
    assert all(later[0] >= before[1] - 1e-12 for before, later in pairwise(spans))


def test_without_a_waiting_place_a_request_is_refused():
    found = at((0.0, 0.4), (0.05, 0.4), (0.1, 0.4), (0.6, 0.1), make=lambda _: LabFifo(1, queue_capacity=1))
    assert [served is None for served, _ in found] == [False, False, True, False]


def test_who_gives_up_is_served_all_the_same():
    found = at((0.0, 0.5), (0.1, 0.2), make=lambda _: LabFifo(1), patience_s=0.2)
    assert found[0][0] == "gave up"
    close(times_s(found[1:]), [(0.4, 0.2)])


def test_sharing_halves_the_rate_for_two():
    found = at((0.0, 0.3), (0.0, 0.3), make=lambda clock: LabSharing(clock, 1))
    close(times_s(found), [(0.0, 0.6), (0.0, 0.6)])


def test_sharing_goes_on_faster_once_somebody_left():
    # Together until 0.4 s, when 0.2 s of each are done; the other one then has the worker for itself.
    found = at((0.0, 0.2), (0.0, 0.5), make=lambda clock: LabSharing(clock, 1))
    close(times_s(found), [(0.0, 0.4), (0.0, 0.7)])
    assert found[1][1].due_s == pytest.approx(0.7, abs=LATE_S)


def test_who_gives_up_under_sharing_leaves_its_share():
    found = at((0.0, 2.0), (0.0, 0.4), make=lambda clock: LabSharing(clock, 1), patience_s=0.4)
    assert found[0][0] == "gave up"
    close(times_s(found[1:]), [(0.0, 0.6)])


def test_sharing_has_so_many_places():
    found = at((0.0, 0.3), (0.1, 0.3), (0.15, 0.3), make=lambda clock: LabSharing(clock, 1, queue_capacity=1))
    assert [served is None for served, _ in found] == [False, False, True]

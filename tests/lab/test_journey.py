"""A request's way: moments are read from the clock, and timers that ring late do not add up."""

from __future__ import annotations

import asyncio

import pytest

from sim.lab.journey import BackgroundJourney, Journey
from sim.messages import Request
from sim.nodes.steps import BackendStep, ClientStep
from sim.trace.recorder import Recorder

ASKED = Request(4, "GET", "http://a.example/", "a.example", ())


class ScriptedClock:
    """Shows what the script says: each wait ends late by so much, and programs take so long."""

    def __init__(self, *late_s, now_s=0.0):
        self.late_s, self.now_s = list(late_s), now_s

    def now(self):
        return self.now_s

    async def until(self, at_s):
        self.now_s = max(self.now_s, at_s) + self.late_s.pop(0)


def way(clock, issue_s=0.0):
    return Journey(clock, Recorder(), ASKED, 2, "10.1.0.3", issue_s)


def test_a_late_timer_is_made_up_for_by_the_next_wait():
    clock = ScriptedClock(0.25, 0.5)
    known = way(clock)

    async def go():
        await known.until(known.due_s + 1.0)
        first_s = known.time_s, known.due_s
        await known.until(known.due_s + 1.0)
        return *first_s, known.time_s, known.due_s

    assert asyncio.run(go()) == (1.25, 1.0, 2.5, 2.0)


def test_what_programs_take_is_not_made_up_for():
    clock = ScriptedClock(0.25, 0.0)
    known = way(clock)

    async def go():
        await known.until(1.0)
        clock.now_s = 3.0  # a long computation
        await known.until(known.due_s + 1.0)
        return known.time_s, known.due_s

    # Of three seconds the timer's quarter is made up for, and no more.
    assert asyncio.run(go()) == (3.0, 2.75)


def test_a_request_that_is_issued_late_was_wanted_in_time():
    known = way(ScriptedClock(0.0, now_s=5.5), issue_s=5.0)
    assert known.time_s == known.due_s == 5.0


def test_the_clock_is_never_read_backwards():
    known = way(ScriptedClock(now_s=1.0), issue_s=2.0)
    known.catch_up()
    assert known.time_s == 2.0
    known.clock.now_s = 3.0
    known.catch_up()
    assert known.time_s == 3.0


def test_steps_of_one_moment_have_one_time():
    known = way(ScriptedClock(), issue_s=1.0)
    known.tell(-1, "students", ClientStep.SEND, "app")
    known.tell(0, "app", BackendStep.RECEIVE, "")
    known.time_s = 2.0
    known.tell(-1, "students", ClientStep.RECEIVE, "")
    assert known.moments_s == [1.0, 2.0]
    assert [(told.moment, told.exchange, told.node) for told in known.step_path.steps()] == [
        (0, -1, "students"),
        (0, 0, "app"),
        (1, -1, "students"),
    ]


def test_what_is_begun_aside_has_its_own_clock_and_the_requests_numbers():
    known = way(ScriptedClock(), issue_s=1.0)
    known.hops = 3
    tasks = [BackgroundJourney(known), BackgroundJourney(known)]
    assert [aside.task for aside in tasks] == [1, 2]
    assert BackgroundJourney(tasks[0]).whole is known
    assert known.bound == 3
    tasks[0].time_s = 9.0
    assert known.time_s == 1.0
    assert tasks[0].request_id == 4
    assert tasks[1].due_s == pytest.approx(1.0)

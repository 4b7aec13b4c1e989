"""Deadlines: whom they interrupt, when, and when not."""

from __future__ import annotations

import types

import pytest

from sim.engine.journey import Deadline, Interrupted, Journey
from sim.engine.kernel import DEADLINE, RETURN, Kernel


class Trip:
    """One journey on a clock of its own, which waits until 10 s and takes down what happens to it."""

    def __init__(self, waits, *, request_id=1):
        self.lines = []
        self.kernel = Kernel(lambda who, result: self.lines.append((self.kernel.time_s, who is self.journey, result)))
        self.journey = journey = Journey()
        journey.request_id, journey.time_s = request_id, 0.0
        journey.coroutine = waits(self)
        journey.send = journey.coroutine.send
        self.kernel.enter(journey.coroutine.send(None))

    @types.coroutine
    def until(self, time_s):
        yield time_s, RETURN, self.journey.request_id, self.journey
        self.journey.time_s = self.kernel.time_s

    def deadline(self, time_s):
        """Enter a deadline."""
        deadline = Deadline(self.kernel, self.journey)
        self.kernel.enter((time_s, DEADLINE, self.journey.request_id, deadline))
        return deadline


async def waits_and_says_when_interrupted(trip):
    try:
        await trip.until(10.0)
    except Interrupted as interrupted:
        return interrupted.deadline
    return "in time"


def test_a_waiting_journey_is_interrupted_at_the_moment_and_told_by_which():
    trip = Trip(waits_and_says_when_interrupted)
    deadline = trip.deadline(4.0)
    trip.kernel.advance()
    assert trip.lines == [(4.0, True, deadline)]
    assert trip.journey.time_s == 4.0


def test_a_deadline_that_was_called_off_has_no_effect():
    trip = Trip(waits_and_says_when_interrupted)
    trip.deadline(4.0).call_off()
    trip.kernel.advance()
    assert trip.lines == [(10.0, True, "in time")]


def test_an_answer_at_the_very_moment_is_in_time():
    async def calls_off(trip):
        await trip.until(10.0)
        deadline.call_off()
        return "in time"

    trip = Trip(calls_off)
    deadline = trip.deadline(10.0)
    trip.kernel.advance()
    assert trip.lines == [(10.0, True, "in time")]


def test_an_interrupted_journey_may_go_on_to_wait():
    async def goes_on(trip):
        try:
            await trip.until(10.0)
        except Interrupted:
            await trip.until(7.0)
        return trip.journey.time_s

    trip = Trip(goes_on)
    trip.deadline(4.0)
    trip.kernel.advance()
    # Nothing happens at 10 s, for which it no longer waits.
    assert trip.lines == [(7.0, True, 7.0)]


def test_code_on_the_way_that_catches_errors_does_not_catch_it():
    async def careless(trip):
        try:
            try:
                await trip.until(10.0)
            except Exception:  # noqa: BLE001 (what this test is about)
                return "swallowed"
        except Interrupted:
            return "passed through"

    trip = Trip(careless)
    trip.deadline(4.0)
    trip.kernel.advance()
    assert trip.lines == [(4.0, True, "passed through")]


def test_one_that_nobody_owns_comes_out_of_the_run():
    trip = Trip(lambda trip: _until(trip, 10.0))
    trip.deadline(4.0)
    with pytest.raises(Interrupted):
        trip.kernel.advance()


async def _until(trip, time_s):
    await trip.until(time_s)


def test_two_deadlines_at_the_same_moment_can_stand_in_the_heap():
    trip = Trip(waits_and_says_when_interrupted)
    first = trip.deadline(4.0)
    second = trip.deadline(4.0)
    second.call_off()
    trip.kernel.advance()
    assert trip.lines == [(4.0, True, first)]

"""The clock: the order of what happens at one moment, SimPy's processes beside, and waits that are called off."""

from __future__ import annotations

import pytest

from sim.engine.kernel import ARRIVE, DEADLINE, DEPART, ISSUE, OPEN, RETURN, Kernel, Ranked, Tied


class Diary:
    """A kernel, and what its visitors write down when they go on."""

    def __init__(self):
        self.kernel = Kernel(lambda _, result: self.lines.append((self.kernel.time_s, "ended", result)))
        self.lines = []

    def visit(self, request_id, *waits, result=None):
        """Enter a coroutine that waits for one moment (time, kind) after the other."""
        visitor = self._visitor(request_id, waits, result)
        next(visitor)
        self.kernel.enter(visitor.send(visitor))
        return visitor

    def _visitor(self, request_id, waits, result):
        me = yield
        for time_s, kind in waits:
            yield time_s, kind, request_id, me
            self.lines.append((self.kernel.time_s, kind, request_id))
        return result

    def of(self, *request_ids):
        """All lines of these requests, in the order in which they were written."""
        return [line for line in self.lines if line[2] in request_ids and line[1] != "ended"]


def test_ties_are_ordered_by_time_then_kind_then_request():
    diary = Diary()
    moments = [
        (1.0, ISSUE, 9),
        (2.0, DEPART, 1),
        (2.0, RETURN, 0),
        (2.0, OPEN, 6),
        (2.0, ARRIVE, 4),
        (2.0, ARRIVE, 5),
        (2.0, DEADLINE, 2),
        (2.0, ISSUE, 3),
    ]
    for time_s, kind, request_id in reversed(moments):
        diary.visit(request_id, (time_s, kind))
    diary.kernel.advance()
    assert [line for line in diary.lines if line[1] != "ended"] == moments


def test_of_one_request_its_own_journey_goes_first_then_what_was_begun_aside():
    def begun(aside):
        journey = Ranked.__new__(type("Journey", (Ranked,), {}))
        journey.task = aside
        return journey

    own, later, earlier = begun(0), begun(2), begun(1)
    deadline, alarm, other = Tied(), Tied(), Tied(task=1)
    assert sorted([later, alarm, other, own, earlier, deadline], key=lambda one: (one.task, one.made)) == sorted(
        [earlier, later, other, deadline, own, alarm]
    )
    assert sorted([other, later, earlier, alarm, deadline, own]) == [own, deadline, alarm, earlier, other, later]


def test_who_goes_on_at_the_same_moment_waits_its_turn():
    diary = Diary()
    diary.visit(1, (1.0, DEPART), (1.0, ISSUE), (1.5, DEPART))
    diary.visit(2, (1.0, ARRIVE))
    diary.kernel.advance()
    assert diary.of(1, 2) == [(1.0, DEPART, 1), (1.0, ARRIVE, 2), (1.0, ISSUE, 1), (1.5, DEPART, 1)]


def test_the_end_is_told_with_its_result_and_at_its_time():
    diary = Diary()
    diary.visit(1, (3.0, DEPART), result="late")
    diary.visit(2, (2.0, DEPART), result="early")
    diary.kernel.advance()
    assert [line for line in diary.lines if line[1] == "ended"] == [(2.0, "ended", "early"), (3.0, "ended", "late")]
    assert diary.kernel.now == diary.kernel.time_s == 3.0


def test_ordinary_processes_run_beside():
    diary = Diary()

    def process(env):
        for _ in range(3):
            yield env.timeout(1.0)
            diary.lines.append((env.now, "process", 7))

    diary.kernel.process(process(diary.kernel))
    diary.visit(1, (0.5, DEPART), (2.0, DEPART), (2.5, DEPART))
    diary.kernel.advance()
    expected = [(0.5, DEPART, 1), (1.0, "process", 7), (2.0, "process", 7)]
    # At the same moment SimPy's own come first.
    assert diary.of(1, 7) == [*expected, (2.0, DEPART, 1), (2.5, DEPART, 1), (3.0, "process", 7)]


def test_an_event_made_by_a_coroutine_counts_from_the_coroutines_time():
    diary = Diary()
    env = diary.kernel

    def starts_a_process():
        me = yield
        yield 4.0, DEPART, 1, me
        env.process(process())

    def process():
        yield env.timeout(1.5)
        diary.lines.append((env.now, "process", 7))

    visitor = starts_a_process()
    next(visitor)
    env.enter(visitor.send(visitor))
    env.advance()
    assert diary.of(7) == [(5.5, "process", 7)]


def test_who_gives_no_time_sleeps_until_somebody_enters_it_again():
    diary = Diary()

    def sleeper():
        me = yield
        yield 1.0, DEPART, 1, me
        yield None
        diary.lines.append((diary.kernel.time_s, "woken", 1))

    sleeping = sleeper()
    next(sleeping)
    diary.kernel.enter(sleeping.send(sleeping))
    diary.kernel.advance()
    assert diary.of(1) == []
    diary.kernel.enter((6.0, DEPART, 1, sleeping))
    diary.kernel.advance()
    assert diary.of(1) == [(6.0, "woken", 1)]


def test_a_wait_that_is_called_off_passes_without_effect():
    diary = Diary()
    gone = diary.visit(1, (1.0, DEPART), (2.0, DEPART))
    diary.visit(2, (1.0, DEPART), (3.0, DEPART))
    diary.kernel.call_off(gone)
    diary.kernel.advance()
    assert diary.lines == [(1.0, DEPART, 2), (3.0, DEPART, 2), (3.0, "ended", None)]


def test_to_call_off_somebody_who_does_not_wait_changes_nothing():
    diary = Diary()
    diary.visit(1, (1.0, DEPART))
    stranger = diary._visitor(2, [], None)
    diary.kernel.call_off(stranger)
    stranger.close()
    diary.kernel.advance()
    assert diary.of(1) == [(1.0, DEPART, 1)]


def test_a_waiting_coroutine_can_be_interrupted_and_wait_for_something_else():
    diary = Diary()

    def patient():
        me = yield
        try:
            yield 9.0, RETURN, 1, me
        except TimeoutError:
            diary.lines.append((diary.kernel.time_s, "interrupted", 1))
        yield 5.0, RETURN, 1, me
        diary.lines.append((diary.kernel.time_s, RETURN, 1))

    waiting = patient()
    next(waiting)
    diary.kernel.enter(waiting.send(waiting))

    class Interruption:
        def send(self, _):
            diary.kernel.call_off(waiting)
            return waiting.throw(TimeoutError())

    diary.kernel.enter((2.0, DEADLINE, 1, Interruption()))
    diary.kernel.advance()
    assert diary.of(1) == [(2.0, "interrupted", 1), (5.0, RETURN, 1)]


def test_who_was_called_off_may_wait_for_the_very_same_moment_again():
    diary = Diary()
    again = diary.visit(1, (2.0, RETURN))
    diary.kernel.call_off(again)
    diary.kernel.enter((2.0, RETURN, 1, again))
    diary.kernel.advance()
    assert diary.of(1) == [(2.0, RETURN, 1)]


def test_what_a_coroutine_raises_is_not_swallowed():
    diary = Diary()

    def fails():
        me = yield
        yield 1.0, DEPART, 1, me
        raise ValueError("a fault")

    visitor = fails()
    next(visitor)
    diary.kernel.enter(visitor.send(visitor))
    with pytest.raises(ValueError, match="a fault"):
        diary.kernel.advance()

"""The clock: waits are fine and never too short, and a measurement can be stopped from anywhere."""

from __future__ import annotations

import asyncio
import gc
import os
import selectors
from time import perf_counter, time

import pytest

from sim.lab import clock
from sim.lab.clock import Clock, Selector, run, undisturbed


def waits_s(selector, wanted_s, times=40):
    def one():
        start_s = perf_counter()
        assert selector.select(wanted_s) == []
        return perf_counter() - start_s

    return sorted(one() for _ in range(times))


@pytest.mark.skipif(not hasattr(selectors, "EpollSelector"), reason="epoll is Linux's")
def test_a_short_wait_is_not_rounded_up_to_a_millisecond():
    with Selector() as selector:
        found_s = waits_s(selector, 0.0002)
    assert found_s[0] >= 0.0002
    assert found_s[0] < 0.001  # the best of many: the machine may have other things to do


def test_what_is_ready_ends_a_wait_and_none_waits_for_ever():
    reading, writing = os.pipe()
    try:
        with Selector() as selector:
            selector.register(reading, selectors.EVENT_READ)
            assert selector.select(0) == []
            os.write(writing, b"x")
            for timeout in (10.0, None, -1.0):
                assert [key.fd for key, _ in selector.select(timeout)] == [reading]
    finally:
        os.close(reading)
        os.close(writing)


def test_a_wait_ends_at_its_moment_or_later():
    async def late_s():
        known = Clock(asyncio.get_running_loop())
        await known.until(0.02)
        now_s = known.now()
        await known.until(0.01)  # is over already
        return now_s

    assert run(late_s) >= 0.02


def test_the_start_can_be_put_off():
    async def start():
        known = Clock(asyncio.get_running_loop())
        known.start(0.5)
        return known.now(), known.epoch_s, known.on_loop(1.0) - asyncio.get_running_loop().time()

    now_s, epoch_s, ahead_s = run(start)
    assert -0.5 <= now_s < -0.3
    assert 0.3 < epoch_s - time() <= 0.5
    assert 1.3 < ahead_s <= 1.5


def test_within_a_running_loop_another_thread_does_it():
    async def inner():
        await asyncio.sleep(0)
        return "done"

    async def outer():
        return run(inner)

    assert asyncio.run(outer()) == "done"


def test_what_goes_wrong_in_another_thread_is_told():
    async def inner():
        raise ValueError("broken")

    async def outer():
        return run(inner)

    with pytest.raises(ValueError, match="broken"):
        asyncio.run(outer())


def test_ctrl_c_beside_a_running_loop_cancels_what_runs(monkeypatch):
    class Pressed(clock.threading.Thread):
        def join(self, timeout=None):
            if not hasattr(self, "is_pressed"):
                self.is_pressed = started.wait(5)
                raise KeyboardInterrupt
            super().join(timeout)

    started = clock.threading.Event()
    monkeypatch.setattr(clock.threading, "Thread", Pressed)

    async def inner():
        started.set()
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            return "kept"

    async def outer():
        return run(inner)

    assert asyncio.run(outer()) == "kept"


def test_a_measurement_leaves_everything_as_it_was():
    before = gc.get_threshold(), os.getpriority(os.PRIO_PROCESS, 0)
    with undisturbed():
        assert gc.get_threshold()[0] > before[0][0]
    assert (gc.get_threshold(), os.getpriority(os.PRIO_PROCESS, 0)) == before


def test_who_may_not_go_before_others_does_not(monkeypatch):
    asked = []

    def setpriority(_, __, priority):
        asked.append(priority)
        if priority < 0:
            raise PermissionError

    monkeypatch.setattr(clock.os, "getpriority", lambda *_: 0)
    monkeypatch.setattr(clock.os, "setpriority", setpriority)
    with undisturbed():
        assert asked == [clock.PRIORITY]
    assert asked == [clock.PRIORITY, 0]

"""The lab's clock, and an event loop whose timers are as fine as the machine's.

asyncio waits by epoll, whose waits end at whole milliseconds.  That is as long as a link of a local network delays a
message, so the loop here waits by ``select`` on the one descriptor of the epoll object, to the microsecond.
"""

from __future__ import annotations

import asyncio
import gc
import os
import select
import selectors
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from time import time
from typing import Any, TypeVar

T = TypeVar("T")

PRIORITY = -15
"""How far before others a measurement goes, as `nice` counts it."""

Selector: type[selectors.BaseSelector] = selectors.DefaultSelector


if hasattr(selectors, "EpollSelector"):

    class FineSelector(selectors.EpollSelector):
        """Waits for descriptors as epoll does, but ends to the microsecond.

        Examples
        --------
        >>> from time import perf_counter
        >>> with FineSelector() as selector:
        ...     start_s = perf_counter()
        ...     _ = selector.select(0.0002)
        ...     perf_counter() - start_s >= 0.0002
        True
        """

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Wait until something is ready, or for so many seconds.

            Parameters
            ----------
            timeout : float or None
                At most so long, in seconds; for ever if None.

            Returns
            -------
            list of (SelectorKey, int)
                What is ready.
            """
            if timeout is None or timeout <= 0:
                return super().select(timeout)
            select.select([self.fileno()], [], [], timeout)
            return super().select(0)

    Selector = FineSelector


class Clock:
    """Seconds since the scenario's start, read from the machine.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        Whose time it is.

    Attributes
    ----------
    epoch_s : float
        What the clock on the wall shows at the start, in seconds since 1970.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.start(0.0)

    def start(self, lead_s: float) -> None:
        """Begin again, so many seconds from now."""
        self._start_s = self._loop.time() + lead_s
        self.epoch_s = time() + lead_s

    def now(self) -> float:
        """Seconds since the start; negative before it."""
        return self._loop.time() - self._start_s

    def on_loop(self, at_s: float) -> float:
        """Return a moment on the clock of the event loop."""
        return self._start_s + at_s

    async def until(self, at_s: float) -> None:
        """Wait until a moment, in seconds since the start; it may be over already."""
        waiting = self._loop.create_future()
        timer = self._loop.call_at(self._start_s + at_s, _wake, waiting)
        try:
            await waiting
        finally:
            timer.cancel()


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


def run(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end on an event loop with fine timers.

    Parameters
    ----------
    make : callable
        Gives the coroutine.  It is cancelled by Ctrl-C, and may still give a result then.

    Returns
    -------
    object
        What the coroutine returns.

    Examples
    --------
    >>> async def three():
    ...     return 3
    >>> run(three)
    3
    """
    return _run_beside(make) if _is_looping() else _run_here(make)


def _is_looping() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _run_here(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(Selector())) as runner:
        return runner.run(make())


def _run_beside(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in another thread: in a notebook this one's event loop is running already."""
    results: list[T] = []
    faults: list[BaseException] = []
    tasks: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = []

    async def noted() -> T:
        tasks.append((asyncio.get_running_loop(), asyncio.current_task()))
        return await make()

    def work() -> None:
        try:
            results.append(_run_here(noted))
        except BaseException as fault:  # noqa: BLE001 (it is raised again where it is awaited)
            faults.append(fault)

    thread = threading.Thread(target=work, name="proxysim-lab")
    thread.start()
    try:
        thread.join()
    except KeyboardInterrupt:
        for loop, task in tasks:
            if task is not None:
                loop.call_soon_threadsafe(task.cancel)
        thread.join()
    if faults:
        raise faults[0]
    return results[0]


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep the garbage collector, and other programs if the machine allows it, from getting in a measurement's way."""
    thresholds = gc.get_threshold()
    priority = os.getpriority(os.PRIO_PROCESS, 0)
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 1000)
    with suppress(PermissionError):  # only a privileged user may go before others
        os.setpriority(os.PRIO_PROCESS, 0, min(priority, PRIORITY))
    try:
        yield
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, priority)
        gc.set_threshold(*thresholds)
        gc.unfreeze()

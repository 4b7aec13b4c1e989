"""How far something is: a bar on standard error, with its rate and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from sim.console.number_format import number

if TYPE_CHECKING:
    from rich.progress import Progress

Tell = Callable[[int, int], None]
"""Called now and then with how much is done, and how much there is."""

PATIENCE_S = 2.0
"""Only what takes longer than this shows a bar."""


@contextmanager
def bar(label: str, *, unit: str = "requests", quiet: bool = False) -> Iterator[Tell | None]:
    """Show progress on standard error if it takes long and standard error is a terminal.

    Parameters
    ----------
    label : str
        What is being done.
    unit : str
        What is counted.
    quiet : bool
        Whether to show nothing.

    Yields
    ------
    callable of (done, total), or None
        To be called now and then; None where nothing is shown.
    """
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    late = _LateBar(label, unit, console)
    try:
        yield late.tell
    finally:
        late.stop()


class _LateBar:
    """A progress bar that appears only when its work turns out to be long."""

    def __init__(self, label: str, unit: str, console: Console) -> None:
        self.label, self.unit, self.console = label, unit, console
        self.started_s = time.monotonic()
        self.bar: Progress | None = None

    def tell(self, done: int, total: int) -> None:
        elapsed_s = time.monotonic() - self.started_s
        if self.bar is None:
            if elapsed_s < PATIENCE_S:
                return
            self.bar = _bar(self.console)
            self.bar.add_task(self.label, rate="")
            self.bar.start()
        rate = f"{number(float(f'{done / elapsed_s:.3g}'))} {self.unit}/s"
        self.bar.update(self.bar.task_ids[0], completed=done, total=total, rate=rate)

    def stop(self) -> None:
        if self.bar is not None:
            self.bar.stop()


def _bar(console: Console) -> Progress:
    from rich import progress as parts

    return parts.Progress(
        parts.TextColumn("{task.description}"),
        parts.BarColumn(),
        parts.TaskProgressColumn(),
        parts.TextColumn("{task.fields[rate]}"),
        parts.TimeRemainingColumn(),
        console=console,
        transient=True,
    )

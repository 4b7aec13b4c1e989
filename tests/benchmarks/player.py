"""``python -m tests.benchmarks.player``: how quick the player's page is, in a real browser, drawing by software.

Sizes and times are printed and never asserted: they are the machine's.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import sim
from sim.player.frames import browser
from sim.player.page import write

SIZES = (1_000, 100_000)
LARGE = 1_000_000
ROUNDS = 3


class Measured(NamedTuple):
    """One page: its size, how long it takes to make and to open, and medians of drawing a frame and of a seek."""

    requests: int
    page_bytes: int
    made_s: float
    ready_s: float
    frame_ms: float
    seek_ms: float


def main(arguments: Sequence[str] | None = None) -> None:
    said = _parser().parse_args(arguments)
    print(f"{'requests':>10}{'page':>10}{'made':>9}{'ready':>9}{'frame':>11}{'seek':>12}")
    for requests in (*SIZES, LARGE) if said.long else SIZES:
        one = measure(requests, said.rounds)
        sizes = f"{one.requests:10,}{one.page_bytes / 1e6:7.2f} MB{one.made_s:7.2f} s{one.ready_s:7.2f} s"
        print(f"{sizes}{one.frame_ms:8.2f} ms{one.seek_ms:9.4f} ms")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.player", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=ROUNDS, help="how often each page is opened (default: %(default)s)"
    )
    parser.add_argument("--long", action="store_true", help="a million requests too, which takes some minutes")
    return parser


def measure(requests: int, rounds: int = ROUNDS) -> Measured:
    """Make the page of a layered run, open it some times, and let it time itself."""
    trace = sim.simulate(sim.load("layered", [f"run.requests={requests}", "run.warm_up=0 s"]), seed=1)
    with tempfile.TemporaryDirectory() as folder:
        start_s = time.perf_counter()
        file = write([trace], Path(folder) / "page.html")
        made_s = time.perf_counter() - start_s
        with browser() as context:
            times = [_open(context, file) for _ in range(rounds)]
        ready_s, frame_ms, seek_ms = (median(column) for column in zip(*times, strict=True))
        return Measured(requests, file.stat().st_size, made_s, ready_s, frame_ms, seek_ms)


def _open(context: Any, file: Path) -> tuple[float, float, float]:
    """Open the page once: seconds from navigation to the first frame, and milliseconds of a frame and of a seek."""
    page = context.new_page()
    page.goto(file.as_uri())
    ready_ms = page.evaluate("async () => { await window.proxysim; return window.proxysimReady; }")
    times = page.evaluate("async () => (await window.proxysim).measure()")
    page.close()
    return ready_ms / 1000, times["frame_ms"], times["seek_ms"]


if __name__ == "__main__":
    main()

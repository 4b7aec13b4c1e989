"""Measures how quick the engine is, and how cost and memory grow.

Time is CPU time of this program alone, and what is compared runs in turns, so that a busy machine slows all alike.
"""

from __future__ import annotations

import gc
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import sim
from sim.engine.run import SimulationRun
from sim.scenario import topology
from sim.trace.recorder import Recorder
from tests.benchmarks import design
from tests.benchmarks.design import Comparison
from tests.benchmarks.naive import NaiveModel

REPEATS = 3
"""How often a cost is measured; its median is given."""


def run_naive(comparison: Comparison) -> None:
    NaiveModel(comparison.numbers).run()


def run_engine(comparison: Comparison, *, steps: bool) -> Recorder:
    """Run up to the recorded rows, without making tables of them."""
    scenario, workload, _ = comparison
    recorder = Recorder(steps=steps)
    SimulationRun(scenario, topology.build(scenario), workload, recorder, None).advance()
    return recorder


WAYS: dict[str, Callable[[Comparison], Any]] = {
    "naive model": run_naive,
    "hops only": lambda comparison: run_engine(comparison, steps=False),
    "whole trace": lambda comparison: run_engine(comparison, steps=True),
    "whole trace, tables made": lambda comparison: sim.simulate(comparison.scenario, comparison.workload),
}
"""What is compared, by name; the naive model, with which all are compared, comes first."""


def cpu_s(action: Callable[[], Any]) -> float:
    """Measure the CPU time of an action, in seconds, without that of throwing its result away."""
    gc.collect()
    start_s = time.process_time()
    result = action()
    spent_s = time.process_time() - start_s
    del result
    return spent_s


class Speed(NamedTuple):
    """How quick one way is: requests per CPU second, and how many times as quick as the naive model, by round."""

    way: str
    per_s: list[float]
    ratios: list[float]


def against_naive(comparison: Comparison, rounds: int) -> list[Speed]:
    """Run all ways in turns."""
    spent_s: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, run in WAYS.items():
            spent_s[way].append(cpu_s(lambda run=run: run(comparison)))
    naive_s, *_ = spent_s.values()
    return [
        Speed(
            way,
            [len(comparison.workload) / one_s for one_s in times_s],
            [theirs_s / ours_s for theirs_s, ours_s in zip(naive_s, times_s, strict=True)],
        )
        for way, times_s in spent_s.items()
    ]


class Cost(NamedTuple):
    """What a whole trace with its tables costs in CPU time."""

    requests: int
    clients: int
    exchanges_per_request: float
    per_request_us: float
    per_exchange_us: float


def costs(cases: list[tuple[int, int]]) -> Iterator[Cost]:
    """Measure cases of (requests, clients)."""
    for requests, clients in cases:
        scenario, workload, _ = design.make(requests, clients)
        exchanges = len(sim.simulate(scenario, workload).tables["hops"])
        spent_us = 1e6 * median(cpu_s(lambda s=scenario, w=workload: sim.simulate(s, w)) for _ in range(REPEATS))
        yield Cost(requests, clients, exchanges / requests, spent_us / requests, spent_us / exchanges)


def growth_bytes(few: int, many: int) -> float:
    """Measure by how many bytes per request the memory of a run grows, beyond the rows that it records."""
    few_bytes, many_bytes = _unrecorded_bytes(few), _unrecorded_bytes(many)
    return (many_bytes - few_bytes) / (many - few)


def _unrecorded_bytes(requests: int) -> int:
    """Measure the peak of a run's memory less the recorded rows; the workload, which was there before, is left out."""
    comparison = design.make(requests)
    tracemalloc.start()
    try:
        recorder = run_engine(comparison, steps=True)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return peak_bytes - recorder.size_bytes


def draws_per_s(comparison: Comparison) -> float:
    """Measure how many requests are drawn in a CPU second."""
    return len(comparison.workload) / median(cpu_s(lambda: sim.draw(comparison.scenario)) for _ in range(REPEATS))


def replays_per_s(comparison: Comparison) -> float:
    """Measure how many lines of an access log go through one cache in a CPU second, reading included."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "access.log"
        with log.open("w", encoding="ascii") as file:
            file.writelines(
                f'192.0.2.1 - - [01/Jan/2026:00:00:00 +0000] "GET /pages/{target} HTTP/1.1" 200 10240\n'
                for target in comparison.numbers.targets
            )
        spent_s = median(cpu_s(lambda: sim.replay(log, capacity=1000, unit="objects")) for _ in range(REPEATS))
    return len(comparison.workload) / spent_s

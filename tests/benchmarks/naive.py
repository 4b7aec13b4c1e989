"""The model of the speed comparison written the textbook way, in plain SimPy.

One process per request, a ``Resource`` for the workers, one ``timeout`` per leg.  It takes numbers drawn
beforehand, so that the engine can be held against it bit for bit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

import simpy


@dataclass(frozen=True)
class Numbers:
    """What both models are given: gaps between arrivals, targets, service demands, and the constants."""

    gaps_s: Sequence[float]
    targets: Sequence[int]
    demands_s: Sequence[float]
    client_to_forward_s: float = 0.002
    forward_to_reverse_s: float = 0.04
    reverse_to_backend_s: float = 0.001
    forward_objects: int = 1_000
    reverse_objects: int = 5_000
    backends: int = 3
    workers: int = 4


@dataclass
class LRU:
    """Least recently used, counted in objects."""

    capacity: int
    stored: OrderedDict[int, bool] = field(default_factory=OrderedDict)

    def get(self, key: int) -> bool:
        if key in self.stored:
            self.stored.move_to_end(key)
            return True
        return False

    def put(self, key: int) -> None:
        self.stored[key] = True
        self.stored.move_to_end(key)
        if len(self.stored) > self.capacity:
            self.stored.popitem(last=False)


class NaiveModel:
    """The whole model; `latency_s` and `outcome` hold a value for each request after `run`."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.env = simpy.Environment()
        self.forward = LRU(numbers.forward_objects)
        self.reverse = LRU(numbers.reverse_objects)
        self.workers = [simpy.Resource(self.env, numbers.workers) for _ in range(numbers.backends)]
        self.in_flight = [0] * numbers.backends
        self.latency_s = [0.0] * len(numbers.gaps_s)
        self.outcome = [""] * len(numbers.gaps_s)

    def run(self) -> None:
        self.env.process(self.arrivals())
        self.env.run()

    def arrivals(self):
        for number, gap in enumerate(self.numbers.gaps_s):
            yield self.env.timeout(gap)
            self.env.process(self.request(number))

    def request(self, number: int):
        start = self.env.now
        target = self.numbers.targets[number]
        yield self.env.timeout(self.numbers.client_to_forward_s)
        if self.forward.get(target):
            self.outcome[number] = "forward hit"
        else:
            yield from self.through_reverse_proxy(number, target)
            self.forward.put(target)
        yield self.env.timeout(self.numbers.client_to_forward_s)
        self.latency_s[number] = self.env.now - start

    def through_reverse_proxy(self, number: int, target: int):
        yield self.env.timeout(self.numbers.forward_to_reverse_s)
        if self.reverse.get(target):
            self.outcome[number] = "reverse hit"
        else:
            self.outcome[number] = "miss"
            yield from self.at_backend(number)
            self.reverse.put(target)
        yield self.env.timeout(self.numbers.forward_to_reverse_s)

    def at_backend(self, number: int):
        backend = min(range(self.numbers.backends), key=self.in_flight.__getitem__)
        self.in_flight[backend] += 1
        yield self.env.timeout(self.numbers.reverse_to_backend_s)
        with self.workers[backend].request() as worker:
            yield worker
            yield self.env.timeout(self.numbers.demands_s[number])
        yield self.env.timeout(self.numbers.reverse_to_backend_s)
        self.in_flight[backend] -= 1

"""The benchmark's command runs and prints what it is for; how quick the engine is, no test asserts."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks import __main__ as command
from tests.benchmarks import design, speed


@pytest.fixture(scope="module")
def comparison():
    return design.make(200)


def test_command_prints_all_measures(capsys):
    command.main(["--requests", "200", "--rounds", "2"])
    printed = capsys.readouterr().out
    for way in speed.WAYS:
        assert re.search(rf"^{way} +[\d,]+ \([\d,]+–[\d,]+\) +[\d.]+ \([\d.]+–[\d.]+\)$", printed, re.MULTILINE)
    assert re.search(r"^memory: [+-][\d.]+ B per request", printed, re.MULTILINE)
    for requests, clients in [("10", "20"), ("100", "20"), ("100", "2,000"), ("100", "20,000")]:
        assert re.search(rf"^ +{requests} +{clients}( +[\d.]+){{3}}$", printed, re.MULTILINE)
    assert re.search(r"^draw: +[\d,]+ requests per CPU second$", printed, re.MULTILINE)
    assert re.search(r"^replay: +[\d,]+ log lines per CPU second", printed, re.MULTILINE)


def test_the_naive_model_is_as_quick_as_itself(comparison):
    first, *others = speed.against_naive(comparison, rounds=2)
    assert (first.way, first.ratios) == ("naive model", [1.0, 1.0])
    assert all(len(other.per_s) == len(other.ratios) == 2 for other in others)


def test_ratios_are_taken_within_a_round(comparison, monkeypatch):
    spent_s = iter([4.0, 2.0, 1.0, 8.0, 6.0, 2.0, 3.0, 6.0])
    monkeypatch.setattr(speed, "cpu_s", lambda _: next(spent_s))
    found = {one.way: (one.per_s, one.ratios) for one in speed.against_naive(comparison, rounds=2)}
    assert found["hops only"] == ([100.0, 100.0], [2.0, 3.0])
    assert found["whole trace, tables made"] == ([25.0, 200 / 6], [0.5, 1.0])


def test_memory_that_grows_with_the_requests_is_found(monkeypatch):
    kept = []

    def careless(comparison, *, steps):
        kept.extend(bytes(1000) for _ in range(len(comparison.workload)))
        return speed.Recorder(steps=steps)

    monkeypatch.setattr(speed, "run_engine", careless)
    assert speed.growth_bytes(100, 1100) == pytest.approx(1041, abs=20)  # 1000, its head, and its place in the list


def test_cost_counts_exchanges():
    (cost,) = speed.costs([(200, 20)])
    assert 1 <= cost.exchanges_per_request <= 3
    assert cost.per_request_us == pytest.approx(cost.per_exchange_us * cost.exchanges_per_request)

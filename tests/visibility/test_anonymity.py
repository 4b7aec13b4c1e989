"""Anonymity: the measures on traces small enough to work out on paper, and their bounds on a real run."""

from __future__ import annotations

import math

import pytest

import sim
from sim.trace.examples import build, three_requests, to_app, to_proxy
from sim.visibility.anonymity import figures


def of(trace, observer, how="peer"):
    return next(found for found in figures(trace) if (found.observer, found.how) == (observer, how))


def asked_by(*students, told=()):
    """Requests through the proxy, one after the other; of those in `told` the proxy tells the address."""
    hops = []
    for number, student in enumerate(students):
        claim = f"10.0.0.{student + 1}" if number in told else ""
        hops += [
            to_proxy(number, float(number), student=student, inside_s=0.2),
            to_app(number, number + 0.1, parent=2 * number, forwarded_for=claim),
        ]
    return build(hops)


def test_behind_the_proxy_both_students_are_one_set():
    seen = of(three_requests(), "app")
    assert (seen.requests, seen.names, seen.clients, seen.smallest_set) == (2, 1, 2, 2)
    assert (seen.entropy_bits, seen.effective_size, seen.degree_ratio) == (1.0, 2.0, 1.0)


def test_the_proxy_itself_knows_who_asks():
    seen = of(three_requests(), "proxy")
    assert (seen.names, seen.mean_set_size, seen.entropy_bits, seen.degree_ratio) == (2, 1.0, 0.0, 0.0)


def test_who_asks_more_often_is_hidden_less():
    seen = of(asked_by(0, 0, 0, 1), "app")
    entropy_bits = -(0.75 * math.log2(0.75) + 0.25 * math.log2(0.25))
    assert seen.smallest_set == 2
    assert seen.entropy_bits == pytest.approx(entropy_bits)
    assert seen.effective_size == pytest.approx(2**entropy_bits)


def test_a_field_gives_away_whom_it_names_and_leaves_the_others_hidden():
    trace = asked_by(0, 1, 0, 1, told=(0, 1))
    assert of(trace, "app").entropy_bits == 1.0
    told = of(trace, "app", "told")
    assert (told.names, told.smallest_set, told.entropy_bits) == (3, 1, 0.5)
    assert told.mean_set_size == pytest.approx((1 + 1 + 2 + 2) / 4)


def test_a_second_try_counts_once():
    hops = [to_proxy(0, 0.0, inside_s=0.6), to_app(0, 0.1, parent=0), to_app(0, 0.3, parent=0, attempt=1)]
    assert of(build(hops), "app").requests == 1


def test_of_a_single_client_there_is_no_degree():
    seen = of(asked_by(0, 0), "app")
    assert seen.effective_size == 1.0
    assert math.isnan(seen.degree_ratio)


def test_four_designs_tell_the_lesson():
    small = ["run.requests=400", "run.warm_up=0 s"]
    seen = {name: sim.simulate(sim.load(name, small), seed=1) for name in ("direct", "forward-proxy", "reverse-proxy")}
    assert of(seen["direct"], "app-1").effective_size == 1.0
    assert of(seen["forward-proxy"], "app-1").effective_size > 5  # each client keeps to one backend
    assert of(seen["reverse-proxy"], "app-1").effective_size > 15
    assert of(seen["reverse-proxy"], "app-1", "told").effective_size == 1.0
    for trace in seen.values():
        for found in figures(trace):
            assert 0 <= found.degree_ratio <= 1
            assert 1 <= found.effective_size <= found.mean_set_size + 1e-9

"""A real access log travels through the shipped scenario, and its cache does what the rules say by a plain count."""

from __future__ import annotations

import gzip
from collections import Counter

import pytest

import sim

LIFETIME_S = 3600  # the scenario's max-age
READING, UNSAFE = ("GET", "HEAD"), ("POST", "PUT", "DELETE", "PATCH", "OTHER")


@pytest.fixture(scope="module")
def log(shared_data):
    file = shared_data / "elastic_apache_logs.gz"
    if not file.is_file():
        pytest.skip("this log is not there")
    return file


@pytest.fixture(scope="module")
def scenario(log):
    # Room for everything, so that freshness alone decides.
    return sim.load("access-log", {"nodes.visitors.arrivals.file": str(log), "nodes.gateway.cache.capacity": "8 GiB"})


@pytest.fixture(scope="module")
def workload(scenario):
    return sim.draw(scenario, seed=1)


@pytest.fixture(scope="module")
def trace(scenario, workload):
    return sim.simulate(scenario, workload)


def test_every_line_is_replayed_or_counted_as_bad(log, workload):
    lines = len(gzip.decompress(log.read_bytes()).splitlines())
    assert 0.99 * lines < len(workload) <= lines
    if len(workload) < lines:
        assert any(str(lines - len(workload)) in note for note in workload.notes)


def test_the_laws_hold_and_everybody_is_answered(trace):
    trace.check()
    assert (trace.requests["status"] == 200).all()
    assert len(trace.requests) == trace.meta["issued"]


def test_the_gateway_answers_what_it_has_fresh_and_nothing_else(trace, workload):
    hops = trace.hops.merge(trace.requests[["request_id", "method", "target"]], on="request_id")
    may_be_stored = [not workload.content_class(number).dynamic for number in range(len(workload))]
    assert 0.9 < sum(may_be_stored) / len(workload) < 1
    fetched, asked = hops[hops["sender"] == "gateway"], hops[hops["receiver"] == "gateway"]
    moments = [
        (row.returned_s, 0, row.target, row.method, row.sent_s)
        for row in fetched.itertuples()
        if row.method in UNSAFE or may_be_stored[row.request_id]
    ]
    reads = asked[asked["method"].isin(READING)]
    moments += [(row.received_s, 1, row.target, row.cache_status, 0.0) for row in reads.itertuples()]
    since_s, found = {}, Counter()
    for time_s, is_asked, target, said, sent_s in sorted(moments):
        if is_asked:
            found[said, by_the_rules(time_s - since_s[target] if target in since_s else None)] += 1
        elif said == "GET" or (said == "HEAD" and target in since_s):
            # HEAD freshens what is there; the time that an answer took counts as age.
            since_s[target] = sent_s
        elif said in UNSAFE:
            since_s.pop(target, None)
    assert {said for said, _ in found} == {"hit", "stale", "uri-miss"}
    assert all(said == expected for said, expected in found), found


def by_the_rules(age_s):
    """What a cache without limits says of a copy of that age; None if it has none."""
    if age_s is None:
        return "uri-miss"
    return "hit" if age_s < LIFETIME_S else "stale"

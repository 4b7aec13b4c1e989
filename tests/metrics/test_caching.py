"""What caches answered, and what backends were spared."""

from __future__ import annotations

import math

import pytest

from sim.metrics import caching
from sim.trace.examples import NODES, build, three_requests, to_app, to_proxy


def test_hits_and_bytes_of_each_cache():
    row = caching.ratios(three_requests()).iloc[0]
    assert (row["node"], row["requests"], row["hits"]) == ("proxy", 3, 1)
    assert row["hit_ratio"] == pytest.approx(1 / 3)
    assert row["byte_hit_ratio"] == pytest.approx(500 / 2500)
    assert (row["uri_miss"], row["stale"], row["bypass"]) == (2, 0, 0)


def test_the_warm_up_does_not_count():
    assert caching.ratios(three_requests(warm_up_s=0.5))["hit_ratio"].tolist() == [0.5]


def test_a_bypass_counts_as_a_request_that_was_no_hit():
    trace = build([to_proxy(0, 0.0, cache_status="hit"), to_proxy(1, 1.0, cache_status="bypass")])
    row = caching.ratios(trace).iloc[0]
    assert (row["hit_ratio"], row["bypass"]) == (0.5, 1)


def test_what_was_stale_was_still_stored_and_what_was_validated_was_not_had_alone():
    words = ["stale-hit", "revalidated", "collapsed", "vary-miss", "request", "partial"]
    trace = build([to_proxy(number, float(number), cache_status=word) for number, word in enumerate(words)])
    row = caching.ratios(trace).iloc[0]
    assert (row["requests"], row["hits"]) == (6, 1)
    assert all(row[word.replace("-", "_")] == 1 for word in words)


def test_a_node_without_a_cache_has_no_row():
    nodes = {**NODES, "proxy": {**NODES["proxy"], "cache": None}}
    assert caching.ratios(three_requests(nodes=nodes)).empty


def test_a_cache_that_nobody_asked_has_no_ratio():
    row = caching.ratios(build([])).iloc[0]
    assert row["requests"] == 0
    assert math.isnan(row["hit_ratio"])
    assert math.isnan(row["byte_hit_ratio"])


def test_what_the_backends_were_spared():
    row = caching.spared(three_requests()).iloc[0].to_dict()
    assert row == pytest.approx(
        {
            "client_requests": 3,
            "backend_requests": 2,
            "spared_requests": 1,
            "spared_requests_ratio": 1 / 3,
            "client_bytes": 2500,
            "backend_bytes": 2000,
            "spared_bytes": 500,
            "spared_bytes_ratio": 0.2,
        }
    )


def test_probes_are_no_work_that_a_request_made():
    probed = build([to_app(-1, 0.0, parent=-1), to_app(-1, 1.0, parent=-1), to_proxy(0, 2.0, cache_status="hit")])
    assert caching.spared(probed)["backend_requests"].tolist() == [0]

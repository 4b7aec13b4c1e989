"""The golden trace is met to the last bit, and holds something of everything."""

from __future__ import annotations

import pytest

from tests.golden import FILE, text, trace


@pytest.fixture(scope="module")
def made():
    return trace()


def test_every_number_is_the_one_on_file(made):
    assert text(made).splitlines() == FILE.read_text(encoding="utf-8").splitlines()


def test_it_shows_hits_in_both_caches_misses_and_an_error(made):
    assert set(made.requests["outcome"]) >= {"hit", "miss", "failed"}
    hits = made.hops[made.hops["cache_status"] == "hit"]
    assert set(hits["receiver"]) == {"campus-proxy", "gateway"}
    made.check()

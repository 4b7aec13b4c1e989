"""The benchmark of the player measures what it says; how quick that is, it does not judge."""

from __future__ import annotations

import pytest

from tests.benchmarks import player


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_small_page_is_measured():
    found = player.measure(50, rounds=1)
    assert found.requests == 50
    assert found.page_bytes > 50_000
    assert 0 < found.ready_s < 60
    assert found.frame_ms >= 0
    assert found.seek_ms >= 0

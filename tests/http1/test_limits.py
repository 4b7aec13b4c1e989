from __future__ import annotations

import pytest

from sim.http1.limits import DEFAULT_LIMITS, Limits


def test_defaults_follow_the_standard_and_cannot_be_changed_by_accident():
    assert Limits() == DEFAULT_LIMITS
    assert DEFAULT_LIMITS.target_bytes >= 8000  # RFC 9112 section 3
    with pytest.raises(AttributeError):
        DEFAULT_LIMITS.head_bytes = 1

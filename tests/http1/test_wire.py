from __future__ import annotations

from sim.http1.wire import content_length, with_age
from sim.messages import CacheStatus, Response
from tests.support.sockets import Streamed


def test_age_is_written_for_what_a_store_answered():
    response = Response(200, (("age", "3"),), 0, CacheStatus.URI_MISS, age_s=3.0)
    assert with_age(response).fields == (("age", "3"),)
    assert with_age(response._replace(cache_status=CacheStatus.HIT, age_s=9.5)).fields == (("age", "9"),)


def test_length_of_contents():
    assert [content_length(body) for body in (None, b"ab", Streamed(), Streamed(5))] == [0, 2, None, 5]

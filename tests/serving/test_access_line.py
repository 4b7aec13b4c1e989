from __future__ import annotations

from datetime import UTC, datetime

from sim.http1.server import Done
from sim.messages import CacheStatus, Response
from sim.serving.access_line import access_line
from tests.support.sockets import get

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


def test_what_the_cache_did_and_what_went_wrong():
    response = Response(504, (), 0, CacheStatus.URI_MISS, error="http_response_timeout")
    line = access_line(Done("127.0.0.7", get(), response, 504, 99, 1.5), NOON)
    assert line == (
        "12:00:00.000 127.0.0.7 GET http://a.example/x 504 99 B 1500.0 ms cache=uri-miss error=http_response_timeout"
    )


def test_a_request_that_could_not_be_read():
    assert access_line(Done("127.0.0.7", None, None, 400, 150, 0.0), NOON).endswith(" 127.0.0.7 - 400 150 B 0.0 ms")

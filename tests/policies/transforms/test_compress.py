import gzip

import pytest
from pydantic import ValidationError

from sim.messages import Response
from sim.policies.transforms.compress import Compress
from tests.support.policies import visit

PAGE = Response(200, (("etag", '"1"'),), 36_000)
DRAWN = visit(response_bytes=36_000)


def test_a_drawn_content_becomes_smaller_by_the_ratio_and_costs_work_by_the_speed():
    changed = Compress(ratio=3.6, speed="36 MB/s").apply(DRAWN, PAGE)
    assert changed.response.size_bytes == 10_000
    assert changed.work_s == pytest.approx(0.001)
    assert dict(changed.response.fields) == {"etag": 'W/"1"', "vary": "accept-encoding", "content-encoding": "gzip"}


def test_a_real_content_is_really_compressed():
    body = b"All work and no play makes Jack a dull boy.\n" * 100
    asked = visit(fields=(("accept-encoding", "gzip"),))
    response = Compress().apply(asked, Response(200, (("content-length", "4400"),), 4500, body=body)).response
    assert gzip.decompress(response.body) == body
    assert len(response.body) == response.size_bytes - 100 < 300
    assert "content-length" not in dict(response.fields)


@pytest.mark.parametrize(
    ("asked", "response"),
    [
        (visit(method="HEAD", response_bytes=36_000), PAGE),
        (DRAWN, PAGE._replace(size_bytes=900)),
        (DRAWN, PAGE._replace(status=304)),
        (DRAWN, PAGE._replace(status=206)),
        (DRAWN, PAGE._replace(fields=(("content-encoding", "br"),))),
        (DRAWN, PAGE._replace(fields=(("cache-control", "no-transform"),))),
        (visit(fields=(("accept-encoding", "br"),), response_bytes=36_000), PAGE),
        (visit(), PAGE._replace(body=b"x" * 36_000)),
    ],
    ids=["HEAD", "small", "304", "part", "coded", "no-transform", "not accepted", "a real client that sends nothing"],
)
def test_what_is_left_as_it_is(asked, response):
    assert Compress().apply(asked, response) is None


@pytest.mark.parametrize("said", [{"ratio": 0.5}, {"speed": "0 MB/s"}, {"level": 10}, {"min_length": 1000}])
def test_settings_have_bounds_and_units(said):
    with pytest.raises(ValidationError):
        Compress(**said)

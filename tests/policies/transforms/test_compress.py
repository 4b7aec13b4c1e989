import gzip
from random import Random

import pytest
from pydantic import ValidationError

from sim.messages import Response
from sim.policies.transforms import Changed
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
        (DRAWN, PAGE._replace(size_bytes=900)),
        (DRAWN, PAGE._replace(status=500)),
        (DRAWN, PAGE._replace(status=206)),
        (DRAWN, PAGE._replace(fields=(("content-encoding", "br"),))),
        (DRAWN, PAGE._replace(fields=(("cache-control", "no-transform"),))),
    ],
    ids=["small", "500", "part", "coded", "no-transform"],
)
def test_what_is_left_as_it_is(asked, response):
    assert Compress().apply(asked, response) is None


@pytest.mark.parametrize(
    ("asked", "response"),
    [
        (visit(fields=(("accept-encoding", "br"),), response_bytes=36_000), PAGE),
        (visit(), PAGE._replace(body=b"x" * 36_000)),
        (visit(fields=(("accept-encoding", "gzip"),)), PAGE._replace(body=Random(7).randbytes(2000))),
    ],
    ids=["not accepted", "a real client that sends nothing", "what does not become smaller"],
)
def test_what_is_sent_as_it_is_varies_all_the_same(asked, response):
    """RFC 9110 section 12.5.5: another request would have had another representation."""
    varied = (*PAGE.fields, ("vary", "accept-encoding"))
    assert Compress().apply(asked, response) == Changed(response._replace(fields=varied))


def test_a_304_confirms_the_tag_of_what_was_sent():
    """RFC 9110 section 15.4.5: it has the ETag that the 200 to the same request would have had."""
    (changed, work_s, detail) = Compress().apply(DRAWN, PAGE._replace(status=304, size_bytes=200))
    assert dict(changed.fields)["etag"] == dict(Compress().apply(DRAWN, PAGE).response.fields)["etag"] == 'W/"1"'
    assert (changed.size_bytes, work_s, detail) == (200, 0.0, "")


def test_head_has_the_fields_of_get_and_no_content():
    head = Compress().apply(DRAWN._replace(request=DRAWN.request._replace(method="HEAD")), PAGE)
    assert (head.response.fields, head.detail) == (Compress().apply(DRAWN, PAGE).response.fields, "")


@pytest.mark.parametrize("said", [{"ratio": 0.5}, {"speed": "0 MB/s"}, {"level": 10}, {"min_length": 1000}])
def test_settings_have_bounds_and_units(said):
    with pytest.raises(ValidationError):
        Compress(**said)

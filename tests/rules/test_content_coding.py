import pytest

from sim.messages import Response
from sim.rules.content_coding import accepts, coded_fields, may_be_coded


# The first six are the examples of RFC 9110 section 12.5.3, and what its rules say of them.
@pytest.mark.parametrize(
    ("value", "gzip"),
    [
        ("compress, gzip", True),
        ("", False),
        ("*", True),
        ("compress;q=0.5, gzip;q=1.0", True),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", True),
        ("identity", False),
        ("gzip;q=0", False),
        ("*;q=0", False),
        ("GZIP; Q=0.3", True),
        ("gzip;q=nonsense", False),
        ("gzip;q=1_0", False),
        ("gzip;q=inf", False),
        ("x-gzip", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0.000", False),
    ],
)
def test_what_a_request_accepts(value, gzip):
    assert accepts((("accept-encoding", value),), "gzip", if_silent=True) is gzip


@pytest.mark.parametrize("if_silent", [True, False])
def test_a_request_that_says_nothing(if_silent):
    assert accepts((), "gzip", if_silent=if_silent) is if_silent


@pytest.mark.parametrize(
    ("status", "fields", "may"),
    [
        (200, (), True),
        (404, (), True),
        (304, (), True),
        (206, (), False),
        (204, (), False),
        (200, (("content-encoding", "br"),), False),
        (200, (("cache-control", "max-age=1, No-Transform"),), False),
    ],
)
def test_what_may_be_coded(status, fields, may):
    assert may_be_coded(Response(status, fields, 1000)) is may


@pytest.mark.parametrize(
    ("fields", "coded"),
    [
        ((), {"vary": "accept-encoding", "content-encoding": "gzip"}),
        ((("vary", "Accept-Encoding"),), {"vary": "Accept-Encoding", "content-encoding": "gzip"}),
        ((("content-digest", "sha-256=:x:"),), {"vary": "accept-encoding", "content-encoding": "gzip"}),
        ((("vary", "*"),), {"vary": "*", "content-encoding": "gzip"}),
        ((("vary", "cookie"),), {"vary": "cookie, accept-encoding", "content-encoding": "gzip"}),
        ((("etag", 'W/"1"'), ("accept-ranges", "bytes")), {"etag": 'W/"1"', "vary": "accept-encoding",
                                                              "content-encoding": "gzip"}),
    ],
)  # fmt: skip
def test_another_representation_says_so(fields, coded):
    assert dict(coded_fields(fields, "gzip")) == coded

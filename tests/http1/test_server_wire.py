from __future__ import annotations

import h11
import pytest

from sim.http1.errors import RefusedError
from sim.http1.limits import Limits
from sim.http1.server_wire import ServerWire
from sim.http1.wire import END
from sim.messages import Response
from tests.support.sockets import Streamed

LIMITS = Limits(body_bytes=10)
WAY = {}


@pytest.fixture(autouse=True, params=[False, True], ids=["common form", "h11"])
def way(request, monkeypatch):
    """Everything is said by both ways of reading and writing."""
    monkeypatch.setitem(WAY, "by_h11", request.param)


def server(data):
    wire = ServerWire("http", "127.0.0.1:80", LIMITS, **WAY)
    wire.feed(data)
    return wire


def test_host_and_framing_are_taken_off_and_the_rest_stays():
    head = b"POST /x HTTP/1.1\r\nHost: a.example\r\nX-A: 1\r\nContent-Length: 2\r\nConnection: x-a\r\n\r\n"
    request = server(head + b"hi").next_request()
    assert request.fields == (("x-a", "1"), ("connection", "x-a"))
    assert (request.host, request.body, request.size_bytes) == ("a.example", b"hi", len(head) + 2)


def test_a_head_in_pieces_and_a_content_that_comes_later():
    wire = server(b"POST /x HTTP/1.1\r\nHo")
    assert wire.next_request() is None
    assert wire.has_begun
    wire.feed(b"st: a\r\nContent-Length: 4\r\n\r\nab")
    request = wire.next_request()
    assert (request.body, wire.is_streaming, wire.length) == (b"", True, 4)
    assert (wire.next_content(), wire.next_content()) == (b"ab", None)
    wire.feed(b"cd")
    assert (wire.next_content(), wire.next_content()) == (b"cd", END)
    assert not wire.is_streaming


def test_chunked_content_and_its_trailers():
    wire = server(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n0\r\nX-T: 1\r\n\r\n")
    request = wire.next_request()
    assert ("x-t", "1") not in request.fields
    assert (wire.next_content(), wire.next_content()) == (b"hi", END)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"z\r\nhi\r\n", 400),
        (b"-2\r\nhi\r\n", 400),
        (b"2\r\nhiX\r\n", 400),
        (b"2\nhi\n0\n\n", None),
        (b"b\r\nhello world\r\n", 413),
    ],
)
def test_broken_or_too_large_chunks(content, status):
    wire = server(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + content)
    wire.next_request()
    try:
        while wire.next_content():
            pass
        wire.feed(b"")
        wire.next_content()
    except RefusedError as fault:
        assert fault.status in {status, 400}
    else:
        pytest.fail("not refused")


def test_too_large_a_content_is_refused_by_its_head():
    with pytest.raises(RefusedError) as caught:
        server(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n").next_request()
    assert caught.value.status == 413


def test_pipelined_requests_are_each_looked_at():
    wire = server(
        b"POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nxGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3\n\n"
    )
    targets = []
    for _ in range(2):
        targets.append(wire.next_request().target)
        wire.start(Response(204, (), 0))
        assert wire.next_cycle()
    assert targets == ["http://a/1", "http://a/2"]
    with pytest.raises(RefusedError):
        wire.next_request()


def answered(request_head, response):
    wire = server(request_head)
    wire.next_request()
    return wire.start(response)


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\n\r\n"


@pytest.mark.parametrize(
    ("head", "response", "there", "not_there"),
    [
        (GET, Response(200, (), 0, body=b"hi"), [b"content-length: 2", b"\r\n\r\nhi", b"date: "], [b"close"]),
        (GET, Response(200, (), 0), [b"content-length: 0"], []),
        (GET, Response(200, (("content-length", "9"),), 0, body=b"hi"), [b"content-length: 2"], [b": 9"]),
        (GET, Response(200, (), 0, body=Streamed()), [b"transfer-encoding: chunked"], [b"content-length"]),
        (GET, Response(200, (), 0, body=Streamed(7)), [b"content-length: 7"], [b"chunked"]),
        (GET, Response(204, (), 0), [b"204 no content"], [b"content-length", b"chunked"]),
        (GET, Response(304, (("content-length", "9"),), 0), [b"content-length: 9"], [b"chunked"]),
        (GET, Response(304, (), 0, body=b"no"), [b"304 not modified"], [b"\r\n\r\nno"]),
        (HEAD, Response(200, (("content-length", "9"),), 0), [b"content-length: 9"], []),
        (HEAD, Response(200, (), 0, body=b"content"), [b"200"], [b"\r\n\r\ncontent"]),
        (OLD, Response(200, (), 0, body=Streamed()), [b"connection: close"], [b"chunked"]),
        (OLD, Response(200, (), 0, body=b"hi"), [b"content-length: 2"], []),
        (
            GET,
            Response(200, (("te", "y"), ("connection", "x"), ("upgrade", "z")), 0),
            [],
            [b"\nte: ", b"upgrade", b"connection"],
        ),
    ],
)
def test_framing_of_responses(head, response, there, not_there):
    sent = answered(head, response).lower()
    assert all(part in sent for part in there), sent
    assert not any(part in sent for part in not_there), sent


@pytest.mark.parametrize(
    "fields", [(("x", "a\r\ny: b"),), (("x\r\ny", "a"),), (("x", "a\x00"),), (("x", "→"),), (("x y", "z"),)]
)
def test_no_field_smuggles_another_one_in(fields):
    wire = server(GET)
    wire.next_request()
    with pytest.raises(h11.LocalProtocolError):
        wire.start(Response(200, fields, 0))


def test_interim_responses_are_not_for_http_10():
    old = server(OLD)
    old.next_request()
    assert old.interim(103) == b""
    new = server(GET)
    new.next_request()
    assert new.interim(103, (("link", "x"),)).startswith(b"HTTP/1.1 103 ")
    new.start(Response(200, (), 0))
    assert new.interim(103) == b""

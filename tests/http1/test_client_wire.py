from __future__ import annotations

import h11
import pytest

from sim.http1.client_wire import ClientWire
from sim.http1.errors import CutOffError, UpstreamError
from sim.http1.limits import Limits
from sim.http1.wire import END
from tests.support.sockets import Streamed, get

LIMITS = Limits()
WAY = {}


@pytest.fixture(autouse=True, params=[False, True], ids=["common form", "h11"])
def way(request, monkeypatch):
    """Everything is said by both ways of reading and writing."""
    monkeypatch.setitem(WAY, "by_h11", request.param)


def client(request, data=b""):
    wire = ClientWire(LIMITS, **WAY)
    wire.start(request)
    wire.feed(data)
    return wire


def test_the_request_of_a_client():
    sent = ClientWire(LIMITS, **WAY).start(get(fields=(("x", "1"), ("connection", "x"), ("content-length", "7"))))
    assert sent == b"GET /x HTTP/1.1\r\nhost: a.example\r\nx: 1\r\n\r\n"
    assert b"content-length: 0" in ClientWire(LIMITS, **WAY).start(get(method="POST"))
    assert b"chunked" in ClientWire(LIMITS, **WAY).start(get(method="POST", body=Streamed()))
    assert ClientWire(LIMITS, **WAY).start(get(), absolute_form=True).startswith(b"GET http://a.example/x ")


def test_a_response_with_interim_ones_before_it():
    wire = client(get(), b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    assert wire.next_response().status == 103
    final = wire.next_response()
    assert (final.status, final.fields, wire.length) == (200, (), 2)
    assert (wire.next_content(), wire.next_content()) == (b"hi", END)
    assert wire.next_cycle()


def test_content_length_stays_where_it_frames_nothing():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    assert client(get(method="HEAD"), head).next_response().fields == (("content-length", "9"),)
    assert client(get(), head.replace(b"200 OK", b"304 X")).next_response().fields == (("content-length", "9"),)


def test_until_the_end_of_the_connection():
    wire = client(get(), b"HTTP/1.0 200 OK\r\n\r\nhi")
    assert wire.next_response().status == 200
    assert (wire.length, wire.next_content(), wire.next_content()) == (None, b"hi", None)
    wire.feed(b"")
    assert wire.next_content() == END
    assert not wire.next_cycle()


def test_cut_off_content_is_no_content():
    for framing in (b"Content-Length: 9\r\n\r\nhi", b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n"):
        wire = client(get(), b"HTTP/1.1 200 OK\r\n" + framing)
        wire.next_response()
        assert wire.next_content() == b"hi"
        wire.feed(b"")
        with pytest.raises(CutOffError):
            wire.next_content()


def test_malformed_responses():
    with pytest.raises(UpstreamError) as caught:
        client(get(), b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n").next_response()
    assert caught.value.error == "http_protocol_error"


def test_more_than_the_answer_costs_the_connection():
    wire = client(get(), b"HTTP/1.1 204 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
    wire.next_response()
    assert wire.next_content() == END
    assert not wire.next_cycle()


@pytest.mark.parametrize(
    "fields", [(("x", "a\r\ny: b"),), (("x\r\ny", "a"),), (("x", "a\x00"),), (("x", "→"),), (("x y", "z"),)]
)
def test_no_field_smuggles_another_one_in(fields):
    with pytest.raises(h11.LocalProtocolError):
        ClientWire(LIMITS, **WAY).start(get(fields=fields))


def test_no_target_and_no_host_smuggles_a_line_in():
    with pytest.raises(h11.LocalProtocolError):
        ClientWire(LIMITS, **WAY).start(get("http://a.example/x\r\ny"))
    with pytest.raises(h11.LocalProtocolError):
        ClientWire(LIMITS, **WAY).start(get()._replace(host="a\r\nx: y"))
    with pytest.raises(h11.LocalProtocolError):
        ClientWire(LIMITS, **WAY).start(get(method="GET / HTTP/1.1\r\nx: y\r\n"))

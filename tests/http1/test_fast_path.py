"""Reading and writing in the common form says the same as h11 does, whatever the message."""

from __future__ import annotations

from contextlib import suppress

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.http1.client_wire import ClientWire
from sim.http1.errors import CutOffError, RefusedError, UpstreamError
from sim.http1.fast_path import is_common, read_fields, request_line, write_fields
from sim.http1.limits import Limits
from sim.http1.server_wire import ServerWire
from sim.messages import Response
from tests.support.sockets import Streamed, get

LIMITS = Limits(body_bytes=20, field_lines=8)
NAMES = st.sampled_from(
    ["X", "x-a", "Connection", "Content-Length", "Expect", "Upgrade", "Accept", "Date", "Age", "Bad Name"]
)
VALUES = st.sampled_from(
    ["", "1", "3", "close", "keep-alive", "Keep-Alive", "x", "a, b", " padded ", "\xe9", "100-continue", "websocket"]
)
LINES = st.lists(st.tuples(NAMES, VALUES), max_size=5)
CODED = st.lists(st.tuples(st.sampled_from(["Transfer-Encoding"]), st.sampled_from(["chunked", "gzip"])), max_size=1)
CONTENTS = st.sampled_from([b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"])


def head(line, fields):
    return b"".join([line, b"\r\n", *(f"{name}: {value}\r\n".encode("latin-1") for name, value in fields), b"\r\n"])


def heard_by_server(data, response, **way):
    """All that a server's wire makes of some bytes, and the answers that it frames."""
    wire = ServerWire("http", "127.0.0.1:80", LIMITS, **way)
    wire.feed(data)
    heard = []
    with suppress(RefusedError):
        for _ in range(3):
            request = wire.next_request()
            heard.append((request, wire.is_streaming and wire.length, wire.speaks_11))
            if request is None:
                break
            while part := wire.next_content():
                heard.append(part)
            heard.append(said(wire.start(response)))
            heard.append(wire.next_cycle())
            if not heard[-1]:
                break
    return heard


def said(data):
    """Sent bytes, the case and the order of field lines aside."""
    before, _, content = data.partition(b"\r\n\r\n")
    line, *fields = before.split(b"\r\n")
    return line, sorted(field.lower() for field in fields), content


@given(
    st.sampled_from(
        [b"GET / HTTP/1.1", b"POST /x HTTP/1.1", b"HEAD / HTTP/1.1", b"GET / HTTP/1.0", b"OPTIONS * HTTP/1.1"]
    ),
    LINES,
    CODED,
    CONTENTS,
    st.sampled_from(
        [Response(200, (("x", "1"),), 0, body=b"hi"), Response(304, (("date", "d"),), 0), Response(204, (), 0)]
    ),
)
def test_servers_hear_and_say_the_same(line, fields, coded, content, response):
    response = response._replace(fields=(*response.fields, ("date", "now")))
    data = head(line, [("Host", "a"), *fields, *coded]) + content
    assert heard_by_server(data, response) == heard_by_server(data, response, by_h11=True)


def heard_by_client(data, method, **way):
    wire = ClientWire(LIMITS, **way)
    wire.start(get(method=method))
    wire.feed(data)
    heard = []
    try:
        while (response := wire.next_response()) is not None:
            heard.append(response)
            if response.status >= 200:
                while part := wire.next_content():
                    heard.append(part)
                if part is None:
                    wire.feed(b"")
                    heard.append(wire.next_content())
                heard.append(wire.length)
                heard.append(wire.next_cycle())
                break
    except (UpstreamError, CutOffError) as fault:
        heard.append(fault.error)
    return heard


@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 304 X", b"HTTP/1.1 204", b"HTTP/1.0 200 OK", b"HTTP/1.1 103 E"]),
    LINES,
    CODED,
    CONTENTS,
)
def test_clients_hear_the_same(method, line, fields, coded, content):
    data = head(line, [*fields, *coded]) + content
    assert heard_by_client(data, method) == heard_by_client(data, method, by_h11=True)


@given(
    st.sampled_from(["GET", "POST", "DELETE", "bad method"]),
    st.lists(st.tuples(NAMES.map(str.lower), st.one_of(VALUES, st.text(max_size=4))), max_size=4).map(tuple),
    st.sampled_from([None, b"", b"abc"]),
)
def test_clients_say_the_same(method, fields, body):
    def say(**way):
        try:
            return said(ClientWire(LIMITS, **way).start(get(method=method, fields=fields, body=body)))
        except h11.LocalProtocolError:
            return "refused"

    assert say() == say(by_h11=True)


def test_what_is_common():
    assert is_common({"content-length": "3"}, "HTTP/1.1")
    assert not is_common({}, "HTTP/1.0")
    for name in ("transfer-encoding", "expect", "upgrade"):
        assert not is_common({name: "x"}, "HTTP/1.1")
    assert not is_common({"connection": "keep-alive, x"}, "HTTP/1.1")


def test_padding_is_no_part_of_a_value():
    assert read_fields(b"GET / HTTP/1.1\r\nX: \t a b \t\r\nY:\r\n\r\n")[1] == (("x", "a b"), ("y", ""))


@pytest.mark.parametrize("field", [("x", "a\r\nb: c"), ("x", "a\n"), ("x\n", "a"), ("", "a"), ("x", " a"), ("x", "→")])
def test_what_could_be_read_as_something_else_is_not_written(field):
    with pytest.raises(h11.LocalProtocolError):
        write_fields((field,), frozenset())


@pytest.mark.parametrize("words", [("GET ", "/"), ("GET", "/ x"), ("GET", "/\r\n"), ("", "/"), ("GET", "")])
def test_request_lines(words):
    with pytest.raises(h11.LocalProtocolError):
        request_line(*words)


def test_streams_are_framed_alike():
    for length, expected in ((None, b"2\r\nhi\r\n0\r\n\r\n"), (2, b"hi")):
        for way in ({}, {"by_h11": True}):
            wire = ServerWire("http", "127.0.0.1:80", LIMITS, **way)
            wire.feed(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            wire.next_request()
            wire.start(Response(200, (), 0, body=Streamed(length)))
            assert wire.content(b"hi") + wire.end() == expected
            assert wire.next_cycle()

from __future__ import annotations

import h11
import pytest

from sim.http1.framing import END, FastFraming, H11Framing
from sim.messages import Response
from tests.support.sockets import get

NONE = frozenset()
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"


def server(way, received, length=0):
    """A server's framing after a request's head, with what was received behind it."""
    held = bytearray(received)
    if way == "fast":
        framing = FastFraming(held)
    else:
        framing = H11Framing(h11.SERVER, held, 10_000)
        framing.read_head(POST % length if length else GET)
    framing.begin_content(length)
    return framing, held


def answered(framing, length=0, close=False):
    return framing.response_head(Response(200, (), 0), NONE, length, no_content=False, close=close)


@pytest.fixture(params=["fast", "h11"])
def way(request):
    return request.param


def test_a_content_ends_where_it_was_declared_to_and_the_rest_stays(way):
    framing, held = server(way, b"abcGET", length=3)
    assert framing.awaits_content
    assert framing.next_part() == b"abc"
    assert [framing.next_part(), framing.next_part()] == [END, END]
    assert not framing.awaits_content
    answered(framing)
    framing.end()
    assert framing.rest() == b"GET"
    assert framing.next_cycle()
    assert held == b"GET"


def test_a_content_that_comes_later(way):
    framing, _ = server(way, b"", length=3)
    assert framing.next_part() is None
    framing.feed(b"abc")
    assert (framing.next_part(), framing.next_part()) == (b"abc", END)


def test_a_content_that_is_cut_off(way):
    framing, _ = server(way, b"a", length=3)
    assert framing.next_part() == b"a"
    framing.feed(b"")
    with pytest.raises(h11.RemoteProtocolError):
        framing.next_part()


def test_without_a_content_what_follows_is_left_to_the_next_message(way):
    framing, held = server(way, b"GET")
    assert framing.next_part() == END
    framing.feed(b" /")
    assert held == b"GET /"


def test_the_connection_ends_where_that_was_announced_or_something_is_missing(way):
    framing, _ = server(way, b"")
    assert b"connection: close\r\n" in answered(framing, close=True).lower()
    framing.end()
    assert not framing.next_cycle()
    unread, _ = server(way, b"a", length=3)
    answered(unread)
    unread.end()
    assert not unread.next_cycle()


def test_what_is_sent_is_as_long_as_was_declared(way):
    longer, _ = server(way, b"")
    answered(longer, 1)
    with pytest.raises(h11.LocalProtocolError):
        longer.part(b"ab")
    shorter, _ = server(way, b"")
    answered(shorter, 2)
    shorter.part(b"a")
    with pytest.raises(h11.LocalProtocolError):
        shorter.end()


def test_an_empty_part_is_no_last_chunk(way):
    framing, _ = server(way, b"")
    assert b"chunked" in answered(framing, None)
    assert [framing.part(b""), framing.part(b"hi"), framing.end()] == [b"", b"2\r\nhi\r\n", b"0\r\n\r\n"]


def test_after_a_request_of_the_fast_path_h11_reads_the_response():
    framing = H11Framing(h11.CLIENT, bytearray(), 10_000)
    framing.note_sent("GET")
    event = framing.read_head(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert event.status_code == 200
    framing.begin_content(None)
    framing.feed(b"2\r\nhi\r\n0\r\n\r\n")
    assert (framing.next_part(), framing.next_part()) == (b"hi", END)
    assert framing.next_cycle()


def test_only_h11_knows_of_tunnels_old_clients_and_100_continue():
    framing, _ = server("fast", b"")
    assert (framing.is_tunnel, framing.awaits_continue, framing.is_http_11) == (False, False, True)
    old = H11Framing(h11.SERVER, bytearray(), 10_000)
    old.read_head(b"GET / HTTP/1.0\r\n\r\n")
    assert not old.is_http_11
    waiting = H11Framing(h11.SERVER, bytearray(), 10_000)
    waiting.read_head(POST.replace(b"Host", b"Expect: 100-continue\r\nHost") % 3)
    assert waiting.awaits_continue
    tunnel = H11Framing(h11.CLIENT, bytearray(), 10_000)
    tunnel.request_head(get("a:443", "CONNECT"), "a:443", NONE, 0, no_content=True)
    tunnel.end()
    tunnel.read_head(b"HTTP/1.1 200 OK\r\n\r\n")
    assert tunnel.is_tunnel

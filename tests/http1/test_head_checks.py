from __future__ import annotations

import pytest

from sim.http1 import head_checks
from sim.http1.errors import RefusedError
from sim.http1.limits import Limits

SMALL = Limits(head_bytes=400, line_bytes=100, field_lines=3, target_bytes=50)
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"


def refused(head, limits=SMALL):
    with pytest.raises(RefusedError) as caught:
        head_checks.check_request(head, limits)
    return caught.value.status


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 1\r\nContent-Length: 2\r\n",
        b"Content-Length: 1\r\nContent-Length: 1\r\n",
        b"Content-Length: 1, 1\r\n",
        b"Content-Length: +1\r\n",
        b"Content-Length: 0x1\r\n",
        b"Content-Length: \r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        b"Host: b\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding\t: chunked\r\n",
        b"X: a\r\n b\r\n",
        b"X: a\nY: b\r\n",
        b"X: a\rY: b\r\n",
        b"X: a\x00\r\n",
        b"X: a\x0b\r\n",
        b"no colon\r\n",
        b": no name\r\n",
        b"X y: z\r\n",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(lines):
    assert refused(GET + lines + b"\r\n") == 400


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"xchunked", b"chunked, identity", b"\x0bchunked", b""])
def test_transfer_codings_other_than_chunked_are_refused(coding):
    assert refused(GET + b"Transfer-Encoding: " + coding + b"\r\n\r\n") in {400, 501}


@pytest.mark.parametrize(
    "line",
    [b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ", b"GET\t/ HTTP/1.1", b" GET / HTTP/1.1", b"GET /", b"GET / http/1.1", b""],
)
def test_malformed_request_lines_are_refused(line):
    assert refused(line + b"\r\nHost: a\r\n\r\n") == 400


@pytest.mark.parametrize("version", [b"0.9", b"2.0", b"1.2"])
def test_other_versions_are_refused(version):
    assert refused(b"GET / HTTP/" + version + b"\r\nHost: a\r\n\r\n") == 505


def test_chunked_is_no_part_of_http_10():
    assert refused(b"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == 400


def test_bounds():
    assert refused(GET + b"A: 1\r\nB: 2\r\nC: 3\r\n\r\n") == 431
    assert refused(GET + b"A: " + b"x" * 100 + b"\r\n\r\n") == 431
    assert refused(b"GET /" + b"x" * 50 + b" HTTP/1.1\r\nHost: a\r\n\r\n") == 414
    head_checks.check_request(GET + b"A: 1\r\nB: 2\r\n\r\n", SMALL)


def test_a_head_that_never_ends_is_refused_as_soon_as_it_is_too_large():
    with pytest.raises(RefusedError, match="header section") as caught:
        head_checks.take_head(bytearray(GET + b"X: y\r\n" * 100), SMALL)
    assert caught.value.status == 431
    with pytest.raises(RefusedError, match="target") as caught:
        head_checks.take_head(bytearray(b"GET /" + b"x" * 300), SMALL)
    assert caught.value.status == 414


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\n\n", b"\x16\x03\x01\x00\x00"])
def test_what_cannot_become_a_head_is_refused_at_once(data):
    with pytest.raises(RefusedError):
        head_checks.take_head(bytearray(data), SMALL)


def test_empty_lines_before_a_request_are_ignored():
    assert head_checks.take_head(bytearray(b"\r\n" + GET + b"\r\n"), SMALL) == GET + b"\r\n"
    assert head_checks.take_head(bytearray(GET), SMALL) is None


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\nContent-Length: 1\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX : 1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
)
def test_malformed_responses_are_refused(head):
    with pytest.raises(RefusedError) as caught:
        head_checks.check_response(head, SMALL)
    assert caught.value.status == 502


def test_a_status_line_without_a_reason_is_well():
    head_checks.check_response(b"HTTP/1.1 200\r\n\r\n", SMALL)
    head_checks.check_response(b"HTTP/1.1 200 \r\n\r\n", SMALL)

"""Contents: real bytes of about the size that was drawn, and a mark that is taken off again."""

from __future__ import annotations

import asyncio

import pytest

from sim.lab.filler import HEAD_BYTES, MARK, filled_request, filled_response, filling, marked, take_mark, whole
from sim.messages import Request, Response

GET = Request(7, "GET", "http://a.example/", "a.example", (("via", "1.1 a"),), 400)


class Stream:
    length = None

    def __init__(self, *parts, length=None):
        self.parts, self.length = list(parts), length

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.parts:
            raise StopAsyncIteration
        return self.parts.pop(0)


@pytest.mark.parametrize("size_bytes", [0, 50, 150, 10_000, 123_457])
def test_head_and_content_together_are_as_large_as_drawn(size_bytes):
    content = filling(size_bytes)
    assert len(content) == max(0, size_bytes - HEAD_BYTES)
    assert content.isascii()


def test_only_methods_with_a_content_get_one():
    assert filled_request(GET).body is None
    assert len(filled_request(GET._replace(method="POST")).body) == 400 - HEAD_BYTES
    assert filled_request(GET._replace(method="POST", body=b"mine")).body == b"mine"


@pytest.mark.parametrize(
    ("method", "status", "filled"), [("GET", 200, True), ("HEAD", 200, False), ("GET", 304, False)]
)
def test_only_answers_with_a_content_get_one(method, status, filled):
    assert (filled_response(Response(status, (), 500), method).body is not None) is filled


def test_a_content_that_is_there_stays():
    assert filled_response(Response(200, (), 500, body=b"mine"), "GET").body == b"mine"


def test_a_mark_comes_off_as_it_went_on():
    assert take_mark(marked(GET, (7, 3))) == ((7, 3), GET)


@pytest.mark.parametrize("said", ["", "7", "7.", ".3", "7.x", "a.b", "7.3.1"])
def test_a_mark_that_cannot_be_read_is_none(said):
    mark, rest = take_mark(GET._replace(fields=(*GET.fields, (MARK, said))))
    assert mark is None
    assert rest == GET


@pytest.mark.parametrize(
    ("body", "read"),
    [(None, None), (b"x", b"x"), (Stream(b"a", b"bc"), b"abc"), (Stream(b"never", length=0), b"")],
)
def test_a_stream_is_read_to_its_end(body, read):
    assert asyncio.run(whole(Response(200, (), 0, body=body))) == read

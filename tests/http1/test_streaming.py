from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from sim.http1.errors import CutOffError
from sim.http1.streaming import ResponseContent, close_all
from sim.messages import Response, StreamedContent


class Parts:
    """A connection with the parts of a content, after which it may be cut off."""

    def __init__(self, *parts, breaks=False):
        self.is_broken_off = False
        self._parts = list(parts)
        self._breaks = breaks

    async def read_content(self):
        if self._parts:
            return self._parts.pop(0)
        if self._breaks:
            raise CutOffError
        return b""

    def break_off(self):
        self.is_broken_off = True


def content(parts, length=None, received=b"", most_bytes=100):
    return ResponseContent(parts, length, received, most_bytes)


def kept(stream, size_bytes=50):
    wholes = []
    stream.when_whole(Response(200, (), size_bytes, body=stream), wholes.append)
    return wholes


async def everything(stream):
    return [part async for part in stream]


def test_what_was_received_with_the_head_comes_first():
    stream = content(Parts(b"c"), received=b"ab")
    assert isinstance(stream, StreamedContent)
    assert asyncio.run(everything(stream)) == [b"ab", b"c"]
    assert asyncio.run(everything(stream)) == [], "a content is read once"


def test_the_whole_is_collected_until_the_end():
    stream = content(Parts(b"ab", b"cd"))
    wholes = kept(stream)

    async def read():
        async for _ in stream:
            assert not wholes

    asyncio.run(read())
    assert [(one.body, one.size_bytes) for one in wholes] == [(b"abcd", 54)]


def test_a_declared_length_is_not_counted_twice():
    stream = content(Parts(b"ab"), length=2)
    wholes = kept(stream)
    asyncio.run(everything(stream))
    assert (stream.length, wholes[0].size_bytes) == (2, 50)


@pytest.mark.parametrize(
    "parts", [Parts(b"ab", breaks=True), Parts(b"x" * 60, b"y" * 60)], ids=["cut off", "too large"]
)
def test_what_is_cut_off_or_too_large_is_reported_once_as_lost(parts):
    stream = content(parts)
    wholes = kept(stream)
    with suppress(CutOffError):
        assert asyncio.run(everything(stream)) == [b"x" * 60, b"y" * 60]
    asyncio.run(stream.aclose())
    assert wholes == [None]


def test_what_is_declared_too_large_is_lost_at_once_and_still_passed_on():
    stream = content(Parts(b"x" * 101), length=101)
    assert kept(stream) == [None]
    assert asyncio.run(everything(stream)) == [b"x" * 101]


def test_a_content_that_is_closed_before_its_end_is_lost_and_so_is_its_connection():
    source = Parts(b"ab", b"cd")
    stream = content(source)
    wholes = kept(stream)

    async def half():
        await anext(stream)
        await close_all([stream, None, b"bytes"])

    asyncio.run(half())
    assert (source.is_broken_off, wholes) == (True, [None])


def test_closing_after_the_end_leaves_the_connection_alone():
    source = Parts(b"ab")
    stream = content(source)
    asyncio.run(everything(stream))
    asyncio.run(stream.aclose())
    assert not source.is_broken_off


def test_what_is_held_precedes_the_rest_and_belongs_to_the_whole():
    stream = content(Parts(b"d", b"e"), length=3, received=b"c")
    stream.preceded_by(b"ab")
    wholes = kept(stream)
    assert stream.length == 5
    assert b"".join(asyncio.run(everything(stream))) == b"abcde"
    assert [one.body for one in wholes] == [b"abcde"]


def test_a_rest_of_unknown_length_stays_so_and_loses_the_whole_when_it_is_cut_off():
    stream = content(Parts(b"c", breaks=True))
    stream.preceded_by(b"ab")
    wholes = kept(stream)
    with pytest.raises(CutOffError):
        asyncio.run(everything(stream))
    assert (stream.length, wholes) == (None, [None])


class Shouting:
    """A coding that can be read at a glance."""

    def encode(self, part):
        return part.upper()

    def end(self):
        return b"!"


@pytest.mark.parametrize("length", [None, 3])
def test_a_content_is_encoded_on_its_way_and_collected_as_it_came(length):
    stream = content(Parts(b"b", b"c"), length, received=b"a")
    wholes = kept(stream)
    stream.encoded_by(Shouting())
    assert asyncio.run(everything(stream)) == [b"A", b"B", b"C", b"!"]
    assert [whole.body for whole in wholes] == [b"abc"]
    assert asyncio.run(everything(stream)) == []


def test_an_encoded_content_that_is_cut_off_has_no_end():
    stream = content(Parts(b"a", breaks=True), 3)
    stream.encoded_by(Shouting())
    with pytest.raises(CutOffError):
        asyncio.run(everything(stream))

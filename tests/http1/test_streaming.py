from __future__ import annotations

import asyncio

import pytest

from sim.http1.errors import CutOffError
from sim.http1.streaming import Joined, Tee, close_all, read_to_the_end
from sim.messages import Response


class Parts:
    """A stream of some parts, after which it may break."""

    def __init__(self, *parts, length=None, breaks=False):
        self.length = length
        self.is_closed = False
        self._parts = parts
        self._breaks = breaks

    async def __aiter__(self):
        for part in self._parts:
            yield part
        if self._breaks:
            raise CutOffError

    async def aclose(self):
        self.is_closed = True


def tee(parts, most_bytes=100):
    kept = []
    return Tee(Response(200, (), 50, body=parts), parts, kept.append, most_bytes), kept


def test_whoever_waits_for_the_whole_gets_it_at_the_end():
    stream, kept = tee(Parts(b"ab", b"cd"))

    async def read():
        parts = []
        async for part in stream:
            assert not kept
            parts.append(part)
        return parts

    assert asyncio.run(read()) == [b"ab", b"cd"]
    assert [(one.body, one.size_bytes) for one in kept] == [(b"abcd", 54)]


def test_a_declared_length_is_not_counted_twice():
    stream, kept = tee(Parts(b"ab", length=2))
    asyncio.run(read_to_the_end(stream))
    assert stream.length == 2
    assert kept[0].size_bytes == 50


def test_of_what_breaks_or_grows_too_large_or_is_not_wanted_one_hears_once_that_it_is_lost():
    broken, from_broken = tee(Parts(b"ab", breaks=True))
    with pytest.raises(CutOffError):
        asyncio.run(read_to_the_end(broken))
    large, from_large = tee(Parts(b"x" * 60, b"y" * 60))
    asyncio.run(read_to_the_end(large))

    async def half():
        source = Parts(b"ab", b"cd")
        stream, kept = tee(source)
        await anext(stream)
        await close_all([stream, None, b"bytes"])
        return source.is_closed, kept

    assert asyncio.run(half()) == (True, [None])
    assert from_broken == from_large == [None]


def test_what_is_held_comes_before_the_rest():
    rest = Parts(b"cd", b"e", length=3)
    stream = Joined(b"ab", rest)

    async def read():
        return [part async for part in stream]

    assert stream.length == 5
    assert asyncio.run(read()) == [b"ab", b"cd", b"e"]
    asyncio.run(stream.aclose())
    assert rest.is_closed


def test_a_rest_that_breaks_breaks_the_whole_and_nothing_is_kept():
    joined = Joined(b"ab", Parts(b"c", breaks=True))
    assert joined.length is None
    stream, kept = tee(joined)
    with pytest.raises(CutOffError):
        asyncio.run(read_to_the_end(stream))
    assert kept == [None]

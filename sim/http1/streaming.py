"""A content that is passed on part by part, and given whole to a cache at its end."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable

from sim.messages import Response


class Tee:
    """A stream that is also collected.

    Parameters
    ----------
    response : Response
        The response.
    stream : async iterable of bytes
        Its content.
    then : callable
        Told of the same response with all its content, once the stream has come to its end in good order; of None
        if it breaks, is not wanted to its end, or grows too large.
    most_bytes : int
        So much is collected at most.

    Attributes
    ----------
    length : int or None
        Length of the content, where it is known beforehand.
    """

    def __init__(
        self, response: Response, stream: AsyncIterable[bytes], then: Callable[[Response | None], None], most_bytes: int
    ) -> None:
        self._source: AsyncIterator[bytes] = aiter(stream)
        self._stream = stream
        self.length: int | None = getattr(stream, "length", None)
        self._response = response
        self._then: Callable[[Response | None], None] | None = then
        self._left_bytes = most_bytes
        self._parts: list[bytes] = []

    def __aiter__(self) -> Tee:
        """Give itself."""
        return self

    async def __anext__(self) -> bytes:
        """Give the next part."""
        try:
            part = await anext(self._source)
        except StopAsyncIteration:
            self._complete()
            raise
        except BaseException:
            self._forget()
            raise
        self._left_bytes -= len(part)
        if self._left_bytes < 0:
            self._forget()
        elif self._then is not None:
            self._parts.append(part)
        return part

    def _complete(self) -> None:
        then, parts = self._then, self._parts
        self._then, self._parts = None, []
        if then is not None:
            whole = b"".join(parts)
            head_bytes = self._response.size_bytes - (self.length or 0)
            then(self._response._replace(body=whole, size_bytes=head_bytes + len(whole)))

    def _forget(self) -> None:
        then, self._then, self._parts = self._then, None, []
        if then is not None:
            then(None)

    async def aclose(self) -> None:
        """Want no more of it."""
        self._forget()
        await close_all([self._stream])


class Joined:
    """A content of which the beginning is there, and the rest still to come.

    Parameters
    ----------
    held : bytes
        The beginning.
    rest : async iterable of bytes
        The rest; if it breaks, so does the whole.

    Attributes
    ----------
    length : int or None
        Length of the whole, where it is known beforehand.
    """

    def __init__(self, held: bytes, rest: AsyncIterable[bytes]) -> None:
        rest_bytes: int | None = getattr(rest, "length", None)
        self.length = None if rest_bytes is None else len(held) + rest_bytes
        self._held = held
        self._rest = rest
        self._source: AsyncIterator[bytes] = aiter(rest)

    def __aiter__(self) -> Joined:
        """Give itself."""
        return self

    async def __anext__(self) -> bytes:
        """Give what is held, then the next part of the rest."""
        if self._held:
            held, self._held = self._held, b""
            return held
        return await anext(self._source)

    async def aclose(self) -> None:
        """Want no more of it."""
        await close_all([self._rest])


async def close_all(streams: Iterable[object]) -> None:
    """Want no more of some contents; those that cannot be closed need not be.

    Parameters
    ----------
    streams : iterable
        Contents, streamed or not.
    """
    for stream in streams:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


async def read_to_the_end(stream: AsyncIterable[bytes]) -> None:
    """Read a content that only matters to whoever hears of it when it is whole.

    Parameters
    ----------
    stream : async iterable of bytes
        The content.
    """
    async for _ in stream:
        pass

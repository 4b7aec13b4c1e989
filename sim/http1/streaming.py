"""The content of a response that is still being received: read part by part, and collected for a cache on demand.

It implements `sim.messages.StreamedContent`.  Only a content that is read to its end leaves a connection that can be
used again; closing it before closes the connection too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from sim.messages import ContentEncoder, Response, StreamedContent

WhenWhole = Callable[[Response | None], None]


class ContentSource(Protocol):
    """The connection from which a content is read."""

    async def read_content(self) -> bytes:
        """Wait for the next part; empty at the end of the content."""

    def break_off(self) -> None:
        """Close the connection in the middle of the content."""


class ResponseContent(StreamedContent):
    """The content of a response, read from its connection as it is asked for.

    Parameters
    ----------
    source : ContentSource
        The connection.
    length : int or None
        Bytes of the whole content, where the head declares them.
    received : bytes
        Beginning of the content that was received together with the head.
    most_bytes : int
        Largest content that is collected in memory.

    Attributes
    ----------
    length : int or None
        Bytes of the whole content, where they are known beforehand.
    """

    def __init__(self, source: ContentSource, length: int | None, received: bytes, most_bytes: int) -> None:
        self.length = self._declared = length
        self._source: ContentSource | None = source
        self._received = received
        self._most_bytes = most_bytes
        self._collected_for: tuple[Response, WhenWhole] | None = None
        self._collected = bytearray()
        self._encoder: ContentEncoder | None = None

    def preceded_by(self, held: bytes) -> None:
        """Let the content begin with bytes that are held already; to be called before the first part is read."""
        self._received = held + self._received
        if self.length is not None:
            self.length += len(held)
            self._declared = self.length

    def when_whole(self, response: Response, then: WhenWhole) -> None:
        """Collect the content while it is read.

        Parameters
        ----------
        response : Response
            The response to which it belongs.
        then : callable
            Called once: with the response and all its content at the end of it; with None if the content is cut off,
            closed before its end, or larger than what is collected.
        """
        if self.length is not None and self.length > self._most_bytes:
            then(None)
        else:
            self._collected_for = response, then

    def encoded_by(self, encoder: ContentEncoder) -> None:
        """Encode the content while it is read; what is collected stays as it was received."""
        self._encoder = encoder
        self.length = None  # that of the code is not known beforehand

    def __aiter__(self) -> ResponseContent:
        """Return the content itself: it can be read once."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next part."""
        part = await self._next_received()
        if part:
            return part if self._encoder is None else self._encoder.encode(part)
        if self._encoder is None:
            raise StopAsyncIteration
        encoder, self._encoder = self._encoder, None
        return encoder.end()

    async def _next_received(self) -> bytes:
        """Return the next part as it was received; empty at the end."""
        part, self._received = self._received, b""
        if not part:
            part = await self._read()
        if not part:
            self._complete()
        elif self._collected_for is not None:
            self._collect(part)
        return part

    async def _read(self) -> bytes:
        if self._source is None:
            return b""
        try:
            part = await self._source.read_content()
        except BaseException:
            self._lose()
            raise
        if not part:
            self._source = None
        return part

    def _collect(self, part: bytes) -> None:
        if len(self._collected) + len(part) > self._most_bytes:
            self._lose()
        else:
            self._collected += part

    def _complete(self) -> None:
        # What is collected is freed at once: content and response refer to each other, and would wait for the
        # garbage collector together.
        collected_for, self._collected_for = self._collected_for, None
        whole, self._collected = bytes(self._collected), bytearray()
        if collected_for is not None:
            response, then = collected_for
            head_bytes = response.size_bytes - (self._declared or 0)
            then(response._replace(body=whole, size_bytes=head_bytes + len(whole)))

    def _lose(self) -> None:
        collected_for, self._collected_for = self._collected_for, None
        self._collected = bytearray()
        if collected_for is not None:
            collected_for[1](None)

    async def aclose(self) -> None:
        """Read no further; what is left unread costs the connection."""
        self._lose()
        if self._source is not None:
            self._source.break_off()
            self._source = None


async def close_all(contents: Iterable[object]) -> None:
    """Close those of some contents that are streams.

    Parameters
    ----------
    contents : iterable
        Contents, streamed or not.
    """
    for content in contents:
        close = getattr(content, "aclose", None)
        if close is not None:
            await close()

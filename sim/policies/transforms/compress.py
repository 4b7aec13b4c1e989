"""Compression of content on its way to the client."""

from __future__ import annotations

from math import inf
from typing import Annotated, ClassVar, Literal
from zlib import Z_SYNC_FLUSH, compressobj

from pydantic import Field

from sim.messages import Response, StreamedContent
from sim.policies.stage import Visit, setting
from sim.policies.transforms import Changed, Transform, registry
from sim.rules.content_coding import accepts, coded_fields, may_be_coded, validated_fields, varied_fields
from sim.units import Bytes, BytesPerSecond

NOT_MODIFIED = 304

GZIP_WINDOW = 31
"""zlib's number for the largest window in gzip's format (RFC 1952)."""


@registry.register("compress")
class Compress(Transform):
    """Compress: codes content with gzip for clients that accept it, which takes work and saves bytes.

    It acts after storing, on stored responses too, as nginx's gzip module does.  Content that is only a drawn number of
    bytes becomes smaller by `ratio`; real content is compressed by zlib.

    Examples
    --------
    >>> from sim.messages import Draws, Request
    >>> draws = Draws(response_bytes=40_000)
    >>> visit = Visit(Request(0, "GET", "http://a.example/", "a.example", ()), "192.0.2.1", "192.0.2.1", 0.0, draws)
    >>> changed = Compress(ratio=4.0, speed="40 MB/s").apply(visit, Response(200, (), 40_000))
    >>> changed.response.size_bytes, changed.work_s
    (10000, 0.001)
    """

    at: ClassVar[Literal["before_storing", "after_storing"]] = "after_storing"

    ratio: Annotated[float, Field(ge=1, le=1000)] = setting(
        3.6, description="Bytes before over bytes after; 3.6 is gzip level 6 on HTML."
    )
    speed_bytes_per_s: BytesPerSecond = setting(
        "34 MB/s", alias="speed", ge=1, description="Bytes that one worker compresses in a second."
    )
    level: int = setting(6, ge=1, le=9, description="Level of gzip for real content.")
    min_length_bytes: Bytes = setting("1 kB", alias="min_length", description="Smaller content is left as it is.")

    def apply(self, visit: Visit, response: Response) -> Changed | None:
        """Return the response with compressed content, if that is allowed, acceptable and large enough."""
        request, is_drawn = visit.request, visit.draws.response_bytes > 0
        if not may_be_coded(response):
            return None
        # A scenario's clients send no Accept-Encoding, and then any coding is acceptable (RFC 9110 section 12.5.3); a
        # real client that sends none may be unable to decode.
        is_accepted = accepts(request.fields, "gzip", if_silent=is_drawn)
        if response.status == NOT_MODIFIED:
            # Its fields are those that the 200 would have had (RFC 9110 section 15.4.5): with the strong tag of the
            # content as it was, caches would not know which stored response it confirms.
            fields = validated_fields(response.fields) if is_accepted else varied_fields(response.fields)
            return Changed(response._replace(fields=fields))
        if (response.size_bytes if is_drawn else _length(response)) < self.min_length_bytes:
            return None
        coded = self._coded(response, is_drawn=is_drawn, is_head=request.method == "HEAD") if is_accepted else None
        return coded or Changed(response._replace(fields=varied_fields(response.fields)))

    def _coded(self, response: Response, *, is_drawn: bool, is_head: bool) -> Changed | None:
        """Return the response with coded content; None if that would not be smaller."""
        named = response._replace(fields=coded_fields(response.fields, "gzip"))
        if is_head:  # the fields of the response to GET (RFC 9110 section 9.3.2), and no content
            return Changed(named)
        if is_drawn:
            size_bytes = max(1, round(response.size_bytes / self.ratio))
            # Without a body: a world with real connections sends as many bytes as the size requires.
            coded = named._replace(size_bytes=size_bytes, body=None)
            return Changed(coded, response.size_bytes / self.speed_bytes_per_s, "compressed")
        return self._really_coded(named)

    def _really_coded(self, named: Response) -> Changed | None:
        encoder, body = GzipEncoder(self.level), named.body
        if isinstance(body, StreamedContent):
            body.encoded_by(encoder)
            return Changed(named, detail="compressed")
        if not isinstance(body, bytes):
            return None
        coded = encoder.encode(body) + encoder.end()
        if len(coded) >= len(body):
            return None
        size_bytes = named.size_bytes - len(body) + len(coded)
        return Changed(named._replace(size_bytes=size_bytes, body=coded), detail="compressed")


class GzipEncoder:
    """The content coding gzip (RFC 9110 section 8.4.1.3), part by part.

    Parameters
    ----------
    level : int
        Effort, from 1 to 9.

    Examples
    --------
    >>> from gzip import decompress
    >>> encoder = GzipEncoder(6)
    >>> decompress(encoder.encode(b"Hello, ") + encoder.encode(b"world") + encoder.end())
    b'Hello, world'
    """

    def __init__(self, level: int) -> None:
        self._packer = compressobj(level, wbits=GZIP_WINDOW)

    def encode(self, part: bytes) -> bytes:
        """Return the code of a part; a slow stream of small parts is not held up until a block is full."""
        return self._packer.compress(part) + self._packer.flush(Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """Return the last block and the checksum."""
        return self._packer.flush()


def _length(response: Response) -> float:
    """Return the bytes of a content; infinite if they are not known beforehand."""
    body = response.body
    if isinstance(body, StreamedContent):
        return inf if body.length is None else body.length
    return len(body) if isinstance(body, bytes) else 0

"""Compression of content on its way to the client."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal
from zlib import compressobj

from pydantic import Field

from sim.messages import Response
from sim.policies.stage import Visit, setting
from sim.policies.transforms import Changed, Transform, registry
from sim.rules.content_coding import accepts, coded_fields, may_be_coded
from sim.units import Bytes, BytesPerSecond

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
        "34 MB/s", alias="speed", gt=0, description="Bytes that one worker compresses in a second."
    )
    level: int = setting(6, ge=1, le=9, description="Level of gzip for real content.")
    min_length_bytes: Bytes = setting("1 kB", alias="min_length", description="Smaller content is left as it is.")

    def apply(self, visit: Visit, response: Response) -> Changed | None:
        """Return the response with compressed content, if that is allowed, acceptable and large enough."""
        is_drawn = visit.draws.response_bytes > 0
        size_bytes = response.size_bytes if is_drawn else _length(response)
        if size_bytes < self.min_length_bytes or not may_be_coded(visit.request, response):
            return None
        # A scenario's clients send no Accept-Encoding, and then any coding is acceptable (RFC 9110 section 12.5.3); a
        # real client that sends none may be unable to decode.
        if not accepts(visit.request.fields, "gzip", if_silent=is_drawn):
            return None
        return self._drawn(response) if is_drawn else self._real(response)

    def _drawn(self, response: Response) -> Changed:
        """Return a response whose drawn size is reduced by the ratio."""
        size_bytes = max(1, round(response.size_bytes / self.ratio))
        fields = coded_fields(response.fields, "gzip")
        # Without a body: a world with real connections sends as many bytes as the size requires.
        coded = response._replace(fields=fields, size_bytes=size_bytes, body=None)
        return Changed(coded, response.size_bytes / self.speed_bytes_per_s, "compressed")

    def _real(self, response: Response) -> Changed | None:
        """Return a response with compressed content; None if that is still being received."""
        if not isinstance(response.body, bytes):
            return None
        packer = compressobj(self.level, wbits=GZIP_WINDOW)
        body = packer.compress(response.body) + packer.flush()
        fields = coded_fields(response.fields, "gzip")
        saved_bytes = len(response.body) - len(body)
        return Changed(
            response._replace(fields=fields, size_bytes=response.size_bytes - saved_bytes, body=body), 0.0, "compressed"
        )


def _length(response: Response) -> int:
    """Return the length of real content in bytes; 0 if it is still being received."""
    return len(response.body) if isinstance(response.body, bytes) else 0

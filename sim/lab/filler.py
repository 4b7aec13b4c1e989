"""What fills the lab's messages: real bytes of the size that was drawn, and the mark by which an exchange is known."""

from __future__ import annotations

from sim.http1.wire import content_length
from sim.messages import Request, Response

MARK = "proxysim-exchange"
"""Name of the field that says for which exchange a request is sent: ``request id.number of the exchange``."""

HEAD_BYTES = 200
"""What the head of a message is taken to be, of the size that was drawn for the whole: most are about as large."""

WITH_CONTENT = frozenset({"POST", "PUT", "PATCH"})
WITHOUT_CONTENT = frozenset({204, 304})

_PATTERN = b"The quick brown fox jumps over the lazy dog. 0123456789 abcdef\r\n"

Mark = tuple[int, int]


def filling(size_bytes: int) -> bytes:
    """Make a content that, with its head, is about as large as a message was drawn.

    Parameters
    ----------
    size_bytes : int
        Size of the whole message.

    Returns
    -------
    bytes
        Printable; empty where the head alone is as large.

    Examples
    --------
    >>> len(filling(1000))
    800
    """
    wanted = max(0, size_bytes - HEAD_BYTES)
    return (_PATTERN * (wanted // len(_PATTERN) + 1))[:wanted]


def filled_request(request: Request) -> Request:
    """Return a request with a content of the drawn size, where its method has one."""
    if request.body is None and request.method in WITH_CONTENT:
        return request._replace(body=filling(request.size_bytes))
    return request


def filled_response(response: Response, method: str) -> Response:
    """Return a response with a content of the drawn size.

    Parameters
    ----------
    response : Response
        As a node gave it.
    method : str
        Of the request that it answers.

    Returns
    -------
    Response
        With bytes, where such a response has any.
    """
    if response.body is not None or method == "HEAD" or response.status in WITHOUT_CONTENT:
        return response
    return response._replace(body=filling(response.size_bytes))


def marked(request: Request, mark: Mark) -> Request:
    """Add the mark to a request that is sent.

    >>> marked(Request(7, "GET", "http://a.example/", "a.example", ()), (7, 2)).fields
    (('proxysim-exchange', '7.2'),)
    """
    return request._replace(fields=(*request.fields, (MARK, f"{mark[0]}.{mark[1]}")))


def take_mark(request: Request) -> tuple[Mark | None, Request]:
    """Take the mark off a request that was received; None if it has none that can be read.

    >>> mark, request = take_mark(marked(Request(7, "GET", "http://a.example/", "a.example", ()), (7, 2)))
    >>> mark, request.fields
    ((7, 2), ())
    """
    said = [value for name, value in request.fields if name == MARK]
    rest = request._replace(fields=tuple(pair for pair in request.fields if pair[0] != MARK))
    number, _, index = said[0].partition(".") if said else ("", "", "")
    if not (number.isdecimal() and index.isdecimal()):
        return None, rest
    return (int(number), int(index)), rest


async def whole(message: Response | Request) -> bytes | None:
    """Read the content of a message to its end, if it has one.

    Parameters
    ----------
    message : Response or Request
        Its content may be a stream.

    Returns
    -------
    bytes or None
        All of it.
    """
    body = message.body
    if body is None or isinstance(body, bytes):
        return body
    if content_length(body) == 0:
        return b""
    return b"".join([part async for part in body])

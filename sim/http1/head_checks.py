"""Received heads: bounds, and strict checks before anything reads them (RFC 9112).

h11 tolerates some things that other implementations read differently: lines that end in a bare LF, folded lines, a
repeated Content-Length, Content-Length beside Transfer-Encoding.  Each of these can smuggle one request past a proxy
inside another (RFC 9112 section 11.2), so all of them are refused here.
"""

from __future__ import annotations

import re

from sim.http1.errors import RefusedError
from sim.http1.limits import Limits

_END = b"\r\n\r\n"

# Every line ends in CRLF; a field line begins with a token directly followed by its colon (RFC 9112 section
# 5.1), so that neither a folded line nor white space before the colon fits; and no control character but a tab.
_FIELD_LINES = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\x00-\x08\x0a-\x1f\x7f]*\r\n)*\r\n")
_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64} ([\x21-\x7e]+) HTTP/([0-9])\.([0-9])\r\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-9][0-9]{2}(?: [\t \x21-\x7e\x80-\xff]*)?\r\n")
_FRAMING = re.compile(rb"(?i)\r\n(content-length|transfer-encoding|host):([^\r]*)")
_DIGITS = re.compile(rb"[0-9]{1,18}")


def take_head(held: bytearray, limits: Limits) -> bytes | None:
    r"""Take a complete head off the front of the received bytes.

    Parameters
    ----------
    held : bytearray
        Received and unread bytes; the head is removed from them.
    limits : Limits
        Bounds on its size.

    Returns
    -------
    bytes or None
        From the start line to the empty line; None while it is incomplete.

    Raises
    ------
    RefusedError
        With 431 or 414 if it is too large, with 400 if it can no longer become a valid head.

    Examples
    --------
    >>> held = bytearray(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nrest")
    >>> take_head(held, Limits()), bytes(held)
    (b'GET / HTTP/1.1\r\nHost: a\r\n\r\n', b'rest')
    """
    while held.startswith(b"\r\n"):  # RFC 9112 section 2.2: an empty line before a request is ignored
        del held[:2]
    end = held.find(_END, 0, limits.head_bytes)
    if end < 0:
        _refuse_hopeless(held, limits)
        return None
    head = bytes(held[: end + 4])
    del held[: end + 4]
    return head


def _refuse_hopeless(held: bytearray, limits: Limits) -> None:
    if len(held) >= limits.head_bytes:
        raise too_large(held, limits)
    if b"\n\n" in held or b"\x00" in held:  # complete in its sender's eyes, or never valid
        raise RefusedError(400, "lines must end in CRLF")
    if b"\r\n" not in held and len(held) > limits.target_bytes + 128:
        raise RefusedError(414, f"the request target is longer than {limits.target_bytes} bytes")


def too_large(head: bytes | bytearray, limits: Limits) -> RefusedError:
    """Return the refusal of a head that is too large: 414 if its first line alone is, else 431."""
    if head.find(b"\r\n", 0, limits.target_bytes + 128) < 0:
        return RefusedError(414, f"the request target is longer than {limits.target_bytes} bytes")
    return RefusedError(431, f"the header section is larger than {limits.head_bytes} bytes")


def check_request(head: bytes, limits: Limits) -> None:
    r"""Refuse a request head that could be read in two ways, or that is out of bounds.

    Parameters
    ----------
    head : bytes
        As `take_head` returns it.
    limits : Limits
        Bounds on its parts.

    Raises
    ------
    RefusedError
        With 400, 414, 431, 501 or 505.

    Examples
    --------
    >>> check_request(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", Limits())
    >>> check_request(b"GET / HTTP/1.1\nHost: a\r\n\r\n", Limits())
    Traceback (most recent call last):
    sim.http1.errors.RefusedError: the request line is malformed
    """
    line = _REQUEST_LINE.match(head)
    if line is None:
        raise RefusedError(400, "the request line is malformed")
    if line[2] != b"1" or line[3] not in {b"0", b"1"}:
        raise RefusedError(505, "only HTTP/1.0 and HTTP/1.1 are supported")
    if len(line[1]) > limits.target_bytes:
        raise RefusedError(414, f"the request target is longer than {limits.target_bytes} bytes")
    _check_field_lines(head, line.end(), limits)
    _check_framing(head, is_old=line[3] == b"0")


def check_response(head: bytes, limits: Limits) -> None:
    r"""Refuse a response head that could be read in two ways, or that is out of bounds.

    Parameters
    ----------
    head : bytes
        As `take_head` returns it.
    limits : Limits
        Bounds on its parts.

    Raises
    ------
    RefusedError
        With 502.

    Examples
    --------
    >>> check_response(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Limits())
    """
    line = _STATUS_LINE.match(head)
    if line is None:
        raise RefusedError(502, "the status line is malformed")
    try:
        _check_field_lines(head, line.end(), limits)
        _check_framing(head, is_old=head.startswith(b"HTTP/1.0"))
    except RefusedError as error:
        raise RefusedError(502, error.reason) from error


def _check_field_lines(head: bytes, start: int, limits: Limits) -> None:
    if not _FIELD_LINES.fullmatch(head, start):
        raise RefusedError(400, "a field line is malformed")
    if head.count(b"\r\n") - 2 > limits.field_lines:
        raise RefusedError(431, f"there are more than {limits.field_lines} field lines")
    if len(head) > limits.line_bytes and max(map(len, head[start:].split(b"\r\n"))) > limits.line_bytes:
        raise RefusedError(431, f"a field line is longer than {limits.line_bytes} bytes")


def _check_framing(head: bytes, *, is_old: bool) -> None:
    found: dict[bytes, bytes] = {}
    for spelt, value in _FRAMING.findall(head):
        name = spelt.lower()
        if name in found:
            raise RefusedError(400, f"{name.decode()} occurs twice")
        found[name] = value.strip(b" \t")
    length = found.get(b"content-length")
    if length is not None and not _DIGITS.fullmatch(length):
        raise RefusedError(400, "Content-Length is not a number")
    coding = found.get(b"transfer-encoding")
    if coding is None:
        return
    if length is not None or is_old:
        raise RefusedError(400, "Transfer-Encoding is not allowed with Content-Length or in HTTP/1.0")
    if coding.lower() != b"chunked":
        raise RefusedError(501, "the only transfer coding supported is chunked")

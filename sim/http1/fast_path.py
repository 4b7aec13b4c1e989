"""Heads in their common form, read and written without h11, at a fraction of its cost.

Common is: HTTP/1.1, a connection that stays open, no content or one of declared length (for what is sent: chunks too),
no Expect and no Upgrade.  Everything else is h11's.  A head that is read here has passed `head_checks` before; what is
written here is checked just as strictly.  ``tests/http1/test_fast_path.py`` holds both ways against each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from http import HTTPStatus

import h11

from sim.messages import Fields

REASONS = {status.value: status.phrase.encode() for status in HTTPStatus}
"""Reason phrase of each status code."""

_UNCOMMON = frozenset({"transfer-encoding", "expect", "upgrade"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
_TARGET = re.compile(r"[\x21-\x7e]+")


def read_fields(head: bytes) -> tuple[str, Fields]:
    r"""Read a head that has passed `head_checks`.

    Parameters
    ----------
    head : bytes
        From the start line to the empty line.

    Returns
    -------
    tuple of str and Fields
        Start line, and fields with lower-case names.

    Examples
    --------
    >>> read_fields(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    ('GET / HTTP/1.1', (('host', 'a'),))
    """
    line, *rest = head[:-4].decode("latin-1").split("\r\n")
    fields = []
    for text in rest:
        name, _, value = text.partition(":")
        fields.append((name.lower(), value.strip(" \t")))
    return line, tuple(fields)


def is_common(names: dict[str, str], version: str) -> bool:
    """Return whether a head has the common form.

    Parameters
    ----------
    names : dict of str to str
        The head's fields by name.
    version : str
        ``HTTP/1.1`` or another.

    Returns
    -------
    bool
        Whether the fast path can take it.

    Examples
    --------
    >>> is_common({"connection": "keep-alive"}, "HTTP/1.1"), is_common({"connection": "close"}, "HTTP/1.1")
    (True, False)
    """
    if version != "HTTP/1.1" or not _UNCOMMON.isdisjoint(names):
        return False
    connection = names.get("connection")
    return connection is None or connection.lower() == "keep-alive"


@lru_cache(maxsize=1024)
def write_fields(fields: Fields, dropped: frozenset[str]) -> bytes:
    r"""Return field lines; cached, because most messages repeat the fields of others.

    Parameters
    ----------
    fields : Fields
        Names and values.
    dropped : frozenset of str
        Names that are left out.

    Returns
    -------
    bytes
        The lines.

    Raises
    ------
    h11.LocalProtocolError
        If a name or a value is not allowed in a field line.

    Examples
    --------
    >>> write_fields((("x", "1"), ("te", "2")), frozenset({"te"}))
    b'x: 1\r\n'
    """
    lines = []
    for name, value in fields:
        if name not in dropped:
            check_field(name, value)
            lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("latin-1")


def check_field(name: str, value: str) -> None:
    """Refuse a field that its receiver could read as something else, such as two fields.

    The check is stricter than h11's, which lets control characters pass.

    Parameters
    ----------
    name, value : str
        The field.

    Raises
    ------
    h11.LocalProtocolError
        If the name is no token, or the value holds a character that RFC 9110 section 5.5 forbids.

    Examples
    --------
    >>> check_field("x", "1")
    """
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise h11.LocalProtocolError(f"a field that cannot be sent: {name!r}: {value!r}")


def request_line(method: str, target: str) -> bytes:
    r"""Return a request line.

    Parameters
    ----------
    method, target : str
        Method, and target in the form in which it is sent.

    Returns
    -------
    bytes
        The line.

    Raises
    ------
    h11.LocalProtocolError
        If the method is no token, or the target holds a space or a control character.

    Examples
    --------
    >>> request_line("GET", "/x")
    b'GET /x HTTP/1.1\r\n'
    """
    if not _NAME.fullmatch(method) or not _TARGET.fullmatch(target):
        raise h11.LocalProtocolError(f"a request line that cannot be sent: {method!r} {target!r}")
    return f"{method} {target} HTTP/1.1\r\n".encode("ascii")


@lru_cache(maxsize=256)
def status_line(status: int) -> bytes:
    r"""Return a status line.

    >>> status_line(204)
    b'HTTP/1.1 204 No Content\r\n'
    """
    return b"HTTP/1.1 %d %b\r\n" % (status, REASONS.get(status, b""))

"""Messages in their common form, read and written without h11, at a fraction of its cost.

Common is: HTTP/1.1, a connection that stays, no content or one of a declared length (for what is sent: chunks
too), nothing expected and nothing upgraded.  Everything else is h11's.  What is read here was looked at strictly
before (`heads`); what is written here is looked at in the same way.  ``tests/lab/test_common_form.py`` holds
that both ways of reading, and of writing, say the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

import h11

from sim.messages import Fields

_UNCOMMON = frozenset({"transfer-encoding", "expect", "upgrade"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?")
_TARGET = re.compile(r"[\x21-\x7e]+")


def read_fields(head: bytes) -> tuple[str, Fields]:
    r"""Read a head that was looked at before.

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
    """Say whether a message has its common form.

    Parameters
    ----------
    names : dict of str to str
        Its fields by name.
    version : str
        ``HTTP/1.1`` or another.

    Returns
    -------
    bool
        Whether it has.

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
    r"""Write field lines; the same ones come over and over, hence the memory.

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
        If a name or a value could be read as something else, such as one more field.

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
    """Refuse a field that could be read as something else; h11 lets control characters pass.

    Parameters
    ----------
    name, value : str
        The field.

    Raises
    ------
    h11.LocalProtocolError
        If it could.

    Examples
    --------
    >>> check_field("x", "1")
    """
    if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        raise h11.LocalProtocolError(f"a field that cannot be sent: {name!r}: {value!r}")


def request_line(method: str, target: str) -> bytes:
    r"""Write a request line.

    Parameters
    ----------
    method, target : str
        Method, and target in the form that it is sent in.

    Returns
    -------
    bytes
        The line.

    Raises
    ------
    h11.LocalProtocolError
        If one of them could be read as something else.

    Examples
    --------
    >>> request_line("GET", "/x")
    b'GET /x HTTP/1.1\r\n'
    """
    if not _NAME.fullmatch(method) or not _TARGET.fullmatch(target):
        raise h11.LocalProtocolError(f"a request line that cannot be sent: {method!r} {target!r}")
    return f"{method} {target} HTTP/1.1\r\n".encode("ascii")


class Outgoing:
    r"""Framing of a content that is sent.

    Parameters
    ----------
    length : int or None
        Its length; None sends it in chunks.

    Examples
    --------
    >>> chunks = Outgoing(None)
    >>> chunks.part(b"hi"), chunks.end()
    (b'2\r\nhi\r\n', b'0\r\n\r\n')
    """

    __slots__ = ("_left_bytes",)

    def __init__(self, length: int | None) -> None:
        self._left_bytes = length

    def part(self, data: bytes) -> bytes:
        """Frame a part."""
        if self._left_bytes is None:
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise h11.LocalProtocolError("the content is longer than was declared")
        return data

    def end(self) -> bytes:
        """Frame the end."""
        if self._left_bytes:
            raise h11.LocalProtocolError("the content is shorter than was declared")
        return b"0\r\n\r\n" if self._left_bytes is None else b""

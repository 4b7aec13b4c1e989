"""Header fields: their values, lists in them, and sets of fields changed (RFC 9110 section 5)."""

from __future__ import annotations

import re
from collections.abc import Collection

from sim.messages import Fields

# A quoted string takes everything up to its closing quote; one that never ends takes the rest, so that the time grows
# with the length and no faster.
_PIECE = re.compile(r'[^,"]+|,|"(?:[^"\\]|\\.)*("?)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def lines(fields: Fields, name: str) -> tuple[str, ...]:
    """Give the values of all lines of a field, in order.

    Parameters
    ----------
    fields : Fields
        Header fields.
    name : str
        Lower-case name.

    Returns
    -------
    tuple of str
        One value per line; empty if there is no such field.

    Examples
    --------
    >>> lines((("age", "1"), ("via", "1.1 a"), ("age", "2")), "age")
    ('1', '2')
    """
    return tuple([value for held, value in fields if held == name])


def first(fields: Fields, name: str) -> str | None:
    """Give the value of the first line of a field that should be there once; None if it is not there.

    >>> first((("etag", '"1"'), ("etag", '"2"')), "etag")
    '"1"'
    """
    for held, value in fields:
        if held == name:
            return value.strip(" \t")
    return None


def combined(fields: Fields, name: str) -> str | None:
    """Give the value of a field, several lines joined by commas (RFC 9110 section 5.3); None if it is not there.

    >>> combined((("via", "1.1 a"), ("via", "1.1 b")), "via")
    '1.1 a, 1.1 b'
    """
    found = lines(fields, name)
    return ", ".join(found) if found else None


def members(fields: Fields, name: str) -> list[str]:
    """Give the members of a list in a field, over all its lines (RFC 9110 section 5.6.1).

    Parameters
    ----------
    fields : Fields
        Header fields.
    name : str
        Lower-case name.

    Returns
    -------
    list of str
        Without white space around them; empty ones are left out.

    Examples
    --------
    >>> members((("vary", "accept, "), ("vary", "cookie")), "vary")
    ['accept', 'cookie']
    """
    return [member for line in lines(fields, name) for member in split(line)]


def split(value: str) -> list[str]:
    r"""Split a list at its commas, but not at those within quotes (RFC 9110 section 5.6.4).

    Parameters
    ----------
    value : str
        Value of a line.

    Returns
    -------
    list of str
        Members without white space around them; empty ones are left out.  A quote that never ends is no quote.

    Examples
    --------
    >>> split('a, b="c, \\"d", ,e')
    ['a', 'b="c, \\"d"', 'e']
    >>> split('a="b, c')
    ['a="b', 'c']
    """
    if '"' not in value:
        return [part for part in (part.strip(" \t") for part in value.split(",")) if part]
    parts = [""]
    for piece in _PIECE.finditer(value):
        text = piece.group()
        if text == ",":
            parts.append("")
        elif text[0] == '"' and not piece.group(1):
            first_part, *others = value[piece.start() :].split(",")
            parts[-1] += first_part
            parts += others
            break
        else:
            parts[-1] += text
    return [part for part in (part.strip(" \t") for part in parts) if part]


def unquoted(text: str) -> str:
    r"""Take the quotes off a quoted string (RFC 9110 section 5.6.4); anything else stays as it is.

    >>> unquoted('"a \\"b\\""'), unquoted("a"), unquoted('"')
    ('a "b"', 'a', '"')
    """
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text


def without(fields: Fields, names: Collection[str]) -> Fields:
    """Leave some fields out.

    Parameters
    ----------
    fields : Fields
        Header fields.
    names : collection of str
        Lower-case names of those that go.

    Returns
    -------
    Fields
        The others, in order.

    Examples
    --------
    >>> without((("te", "trailers"), ("accept", "*/*")), {"te"})
    (('accept', '*/*'),)
    """
    return tuple([pair for pair in fields if pair[0] not in names])


def replaced(fields: Fields, newer: Fields) -> Fields:
    """Put newer fields in the place of those of the same names.

    Parameters
    ----------
    fields : Fields
        Header fields.
    newer : Fields
        Those that win; all lines of a name together replace all lines of it.

    Returns
    -------
    Fields
        The remaining ones in order, and then the newer ones.

    Examples
    --------
    >>> replaced((("etag", '"1"'), ("date", "long ago")), (("date", "today"),))
    (('etag', '"1"'), ('date', 'today'))
    """
    return (*without(fields, {name for name, _ in newer}), *newer)

"""Header fields: values, lists, quoted strings, and fields left out or replaced (RFC 9110 section 5)."""

from __future__ import annotations

import re
from collections.abc import Collection

from sim.messages import Fields

# A quoted string extends to its closing quote, or to the end of the value if there is none: a pattern that tried again
# after an opening quote would take quadratic time on a hostile value.
_PIECE = re.compile(r'[^,"]+|,|"(?:[^"\\]|\\.)*("?)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def lines(fields: Fields, name: str) -> tuple[str, ...]:
    """Return the value of each line of a field, in order.

    Parameters
    ----------
    fields : Fields
        Header fields.
    name : str
        Lower-case name.

    Returns
    -------
    tuple of str
        Empty if the field is absent.

    Examples
    --------
    >>> lines((("age", "1"), ("via", "1.1 a"), ("age", "2")), "age")
    ('1', '2')
    """
    return tuple([value for held, value in fields if held == name])


def first(fields: Fields, name: str) -> str | None:
    """Return the value of the first line of a field that is no list; None if the field is absent.

    >>> first((("etag", '"1"'), ("etag", '"2"')), "etag")
    '"1"'
    """
    for held, value in fields:
        if held == name:
            return value.strip(" \t")
    return None


def combined(fields: Fields, name: str) -> str | None:
    """Return a field's value, its lines joined by commas (RFC 9110 section 5.3); None if the field is absent.

    >>> combined((("via", "1.1 a"), ("via", "1.1 b")), "via")
    '1.1 a, 1.1 b'
    """
    found = lines(fields, name)
    return ", ".join(found) if found else None


def members(fields: Fields, name: str) -> list[str]:
    """Return the members of a list-based field, over all its lines (RFC 9110 section 5.6.1).

    Parameters
    ----------
    fields : Fields
        Header fields.
    name : str
        Lower-case name.

    Returns
    -------
    list of str
        Without surrounding white space; empty members are ignored (section 5.6.1.2).

    Examples
    --------
    >>> members((("vary", "accept, "), ("vary", "cookie")), "vary")
    ['accept', 'cookie']
    """
    return [member for line in lines(fields, name) for member in split(line)]


def split(value: str) -> list[str]:
    r"""Split a list at its commas, except those inside quoted strings (RFC 9110 sections 5.6.1 and 5.6.4).

    Parameters
    ----------
    value : str
        Value of one line of the field.

    Returns
    -------
    list of str
        Without surrounding white space and empty members.  A quote without a closing one is an ordinary character.

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
    r"""Return the content of a quoted string (RFC 9110 section 5.6.4); any other text unchanged.

    >>> unquoted('"a \\"b\\""'), unquoted("a"), unquoted('"')
    ('a "b"', 'a', '"')
    """
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text


def without(fields: Fields, names: Collection[str]) -> Fields:
    """Return fields without those of some names.

    Parameters
    ----------
    fields : Fields
        Header fields.
    names : collection of str
        Lower-case names of the fields to be removed.

    Returns
    -------
    Fields
        The remaining ones, in order.

    Examples
    --------
    >>> without((("te", "trailers"), ("accept", "*/*")), {"te"})
    (('accept', '*/*'),)
    """
    return tuple([pair for pair in fields if pair[0] not in names])


def replaced(fields: Fields, newer: Fields) -> Fields:
    """Return fields in which newer ones replace all lines of the same name.

    Parameters
    ----------
    fields : Fields
        Header fields.
    newer : Fields
        The fields that replace; several lines of one name are all kept.

    Returns
    -------
    Fields
        The fields of other names, in order, and then the newer ones.

    Examples
    --------
    >>> replaced((("etag", '"1"'), ("date", "long ago")), (("date", "today"),))
    (('etag', '"1"'), ('date', 'today'))
    """
    return (*without(fields, {name for name, _ in newer}), *newer)

"""Paths of targets in one form, so that a rule about a path holds however a client spells it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
"""Characters that mean the same escaped or not (RFC 3986 section 2.3)."""

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def normal_path(target: str) -> str:
    """Return the path of a target, normalised (RFC 3986 section 6.2.2).

    Unreserved characters are unescaped, the hexadecimal digits of other escapes are in upper case, and dot segments are
    removed.  Runs of "/" count as one, as in nginx (``merge_slashes``).  An empty path is "/" (RFC 9110 section 4.2.3).

    Examples
    --------
    >>> normal_path("http://a.example//x/../%61dmin/./%7euser%2fy?q=/../z")
    '/admin/~user%2Fy'
    """
    path = _ESCAPE.sub(_unescaped, urlsplit(target).path)
    kept: list[str] = []
    for segment in re.sub("/+", "/", path).split("/")[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    # "/a/." and "/a/.." name a directory, and so end with a slash (RFC 3986 section 5.2.4).
    ends_open = path.endswith(("/.", "/..")) and bool(kept) and kept[-1] != ""
    return "/" + "/".join(kept) + ("/" if ends_open else "")


def _unescaped(escape: re.Match[str]) -> str:
    character = chr(int(escape.group(1), 16))
    return character if character in UNRESERVED else escape.group(0).upper()

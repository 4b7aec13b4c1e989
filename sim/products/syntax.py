"""Forms that the configuration languages of nginx, Squid and HAProxy share: comments, names, endpoints, times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

Place = tuple[str, int]
"""An IP address and a port."""

NO_LIMIT_S = 86400
"""What stands in a configuration where a scenario sets no time limit, in seconds: a day."""

_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._-]")
_NOT_IDENTIFIER = re.compile(r"[^A-Za-z0-9_]")


def header(product: str, name: str, run: Path) -> list[str]:
    r"""Return the comment at the top of a configuration.

    Parameters
    ----------
    product : str
        The product, as it is spelled.
    name : str
        The node's name.  A scenario's names may hold anything but dots: line breaks and other control characters, which
        would end the comment or the file, become spaces.
    run : Path
        Folder of the pid file, logs and caches.

    Returns
    -------
    list of str
        One line.

    Examples
    --------
    >>> from pathlib import PurePosixPath
    >>> header("nginx", "a\nb\x00c", PurePosixPath("/run/a"))
    ['# nginx in place of a b c, written by proxysim.  The folder /run/a must exist.']
    """
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return [
        f"# {product} in place of {' '.join(printable.split())}, written by proxysim.  The folder {run} must exist."
    ]


def endpoint(place: Place) -> str:
    """Return a place as address and port, an IPv6 address in brackets.

    >>> endpoint(("127.0.0.1", 80)), endpoint(("::1", 80))
    ('127.0.0.1:80', '[::1]:80')
    """
    ip, port = place
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


def plain_name(text: str) -> str:
    """Return a name without the signs that mean something in a configuration, such as ``$``, ``#`` and ``%``.

    >>> plain_name("my-proxy.1"), plain_name("cost$#%")
    ('my-proxy.1', 'cost---')
    """
    return _NOT_PLAIN.sub("-", text)


def identifier(text: str) -> str:
    """Return a name for what a configuration defines: letters, digits and underscores.

    >>> identifier("www.example.org")
    'www_example_org'
    """
    return _NOT_IDENTIFIER.sub("_", text)


def outermost(hosts: Iterable[str]) -> list[str]:
    """Return host names in lower case without those below another one, which stands for them too.

    >>> outermost(["www.ads.example", "Ads.example", "bads.example"])
    ['ads.example', 'bads.example']
    """
    names = sorted({host.lower() for host in hosts})
    return [name for name in names if not any(name.endswith(f".{other}") for other in names)]


def possible_paths(prefixes: Iterable[str]) -> list[str]:
    """Return beginnings of paths without those that no path has: a path ends before ``?`` and ``#``.

    >>> possible_paths(["/admin", "/search?q="])
    ['/admin']
    """
    return [prefix for prefix in prefixes if not {"?", "#"} & set(prefix)]


def indented(lines: Sequence[str]) -> list[str]:
    """Return lines one level deeper; empty ones stay empty."""
    return [f"    {line}" if line else "" for line in lines]


def whole_seconds(seconds: float | None) -> int:
    """Return seconds rounded up, at least one: a product takes 0 for "no limit".

    >>> whole_seconds(0.3), whole_seconds(2.0), whole_seconds(None)
    (1, 2, 86400)
    """
    return NO_LIMIT_S if seconds is None else max(1, -int(-seconds // 1))


def whole_milliseconds(seconds: float | None) -> int:
    """Return a time in milliseconds, at least one.

    >>> whole_milliseconds(0.3), whole_milliseconds(None)
    (300, 86400000)
    """
    return max(1, round((NO_LIMIT_S if seconds is None else seconds) * 1000))

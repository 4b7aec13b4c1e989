"""Request targets: the four forms on the wire (RFC 9112 section 3.2), and the absolute URI of `sim.messages`."""

from __future__ import annotations

import re

from sim.http1.errors import RefusedError

DEFAULT_PORTS = {"http": 80, "https": 443}

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(?::(?P<port>[0-9]{1,5}))?")
_ABSOLUTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<path>[^#]*)")


def authority_parts(authority: str, default_port: int = 80) -> tuple[str, int]:
    """Split an authority into host and port.

    Parameters
    ----------
    authority : str
        Such as ``a.example:8080`` or ``[::1]``.
    default_port : int
        The port of an authority without one.

    Returns
    -------
    tuple of str and int
        Host in lower case, without brackets, and port.

    Raises
    ------
    RefusedError
        With 400 if it is malformed, or holds a user name (RFC 9110 section 4.2.4).

    Examples
    --------
    >>> authority_parts("A.example:8080"), authority_parts("[::1]", 443)
    (('a.example', 8080), ('::1', 443))
    """
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise RefusedError(400, "the host in Host or the target is malformed")
    port = int(match["port"]) if match["port"] else default_port
    if not 0 < port < 65536:  # noqa: PLR2004
        raise RefusedError(400, "the port in Host or the target is not between 1 and 65535")
    return match["host"].lower().strip("[]"), port


def received(method: str, target: str, host: str | None, scheme: str) -> tuple[str, str]:
    """Return the absolute form of a received request target.

    Parameters
    ----------
    method : str
        The request's method.
    target : str
        As it stood on the request line.
    host : str or None
        Value of the Host field, if there is one.
    scheme : str
        ``https`` if the connection is under TLS, else ``http``.

    Returns
    -------
    tuple of str and str
        The absolute URI (for CONNECT ``host:port``) and its authority.

    Raises
    ------
    RefusedError
        With 400 if the form does not fit the method, or if target and Host name different hosts.

    Examples
    --------
    >>> received("GET", "/x?y", "a.example", "http")
    ('http://a.example/x?y', 'a.example')
    >>> received("OPTIONS", "*", "a.example", "http")
    ('http://a.example', 'a.example')
    """
    if method == "CONNECT":
        return _connect(target, host)
    if target.startswith("/"):
        return _origin_form(target, host, scheme)
    if target == "*" and method == "OPTIONS" and host:
        authority_parts(host)
        return f"{scheme}://{host}", host
    match = _ABSOLUTE.fullmatch(target)
    if match is None or match["scheme"].lower() not in DEFAULT_PORTS:
        raise RefusedError(400, "the request target has no form that its method allows")
    _agree(match["authority"], host, DEFAULT_PORTS[match["scheme"].lower()])
    path = match["path"]
    if not path.startswith("/") and (path or method != "OPTIONS"):
        path = f"/{path}"
    return f"{match['scheme'].lower()}://{match['authority']}{path}", match["authority"]


def _origin_form(target: str, host: str | None, scheme: str) -> tuple[str, str]:
    if not host:
        raise RefusedError(400, "Host is missing")
    if "#" in target:
        raise RefusedError(400, "a request target must not have a fragment")
    authority_parts(host)
    return f"{scheme}://{host}{target}", host


def _connect(target: str, host: str | None) -> tuple[str, str]:
    if ":" not in target.rpartition("]")[2]:
        raise RefusedError(400, "CONNECT needs host:port")
    _agree(target, host, 443)
    return target, target


def _agree(authority: str, host: str | None, default_port: int) -> None:
    asked = authority_parts(authority, default_port)
    # Many clients leave the port out of the Host that goes with a CONNECT.
    if host is not None and authority_parts(host, asked[1])[0] != asked[0]:
        raise RefusedError(400, "target and Host name different hosts")
    if host is not None and authority_parts(host, default_port)[1] not in {asked[1], default_port}:
        raise RefusedError(400, "target and Host name different ports")


def to_send(method: str, target: str, *, absolute_form: bool) -> str:
    """Return a request target as it is written on the request line.

    Parameters
    ----------
    method : str
        The request's method.
    target : str
        The absolute URI, or ``host:port`` for CONNECT.
    absolute_form : bool
        Whether the next node is a forward proxy.

    Returns
    -------
    str
        The target in origin, absolute, authority or asterisk form.

    Examples
    --------
    >>> to_send("GET", "http://a.example/x", absolute_form=False)
    '/x'
    >>> to_send("OPTIONS", "http://a.example", absolute_form=False)
    '*'
    """
    if absolute_form or method == "CONNECT":
        return target
    path, is_query = _path(target)
    if is_query:
        return f"/{path}"
    return path or ("*" if method == "OPTIONS" else "/")


def _path(target: str) -> tuple[str, bool]:
    start = target.find("://") + 3
    slash, query = target.find("/", start), target.find("?", start)
    if query >= 0 and not 0 <= slash < query:
        return target[query:], True
    return (target[slash:] if slash >= 0 else ""), False

r"""Common Log Format: the access log that a node of a trace would have written.

It holds what that node could know: the address at the other end of the connection, not that of a client behind a
proxy.  The format is that of Apache's ``mod_log_config``; it has whole seconds, so requests of one second stand in the
order in which they were answered.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sim.errors import ExportError, nearest
from sim.exports.hop_view import NS_PER_S, HopView, epoch_ns, exchanges
from sim.trace.sightings import readable
from sim.trace.trace import Trace

GIVEN_UP = 499
"""Written where the sender gave up before there was an answer, as nginx does; the format requires three digits."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_UNSAFE = re.compile(r'["\\]|[^\x20-\x7e]')


def access_log(trace: Trace, node: str) -> str:
    """Write the access log of a node.

    Parameters
    ----------
    trace : Trace
        Any trace.
    node : str
        A node that answers requests.

    Returns
    -------
    str
        One line for each exchange that it received, in the order of their ends; empty if it received none.  Sizes are
        those of whole messages, which is what a trace knows.

    Raises
    ------
    ExportError
        If there is no such node, or it is a client, which receives no requests.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> print(access_log(three_requests(), "app"), end="")
    192.0.2.2 - - [01/Jan/2000:00:00:00 +0000] "GET /0 HTTP/1.1" 200 1000
    192.0.2.2 - - [01/Jan/2000:00:00:01 +0000] "GET /2 HTTP/1.1" 200 1000
    """
    servers = [name for name, said in trace.nodes.items() if said["role"] != "client"]
    if node not in servers:
        found = f"{node!r} is a client, which receives no requests" if node in trace.nodes else f"no node {node!r}"
        raise ExportError(f"{found}: it has no access log", path="--node", hint=nearest(node, servers))
    received = [one for one in exchanges(trace).values() if one.hop["receiver"] == node and one.received_ns is not None]
    start_ns, role = epoch_ns(trace), trace.nodes[node]["role"]
    return "".join(_line(one, role, start_ns) for one in sorted(received, key=lambda one: one.left_ns))


def _line(one: HopView, role: str, start_ns: int) -> str:
    status = GIVEN_UP if one.answered_ns is None else one.hop["status"] or GIVEN_UP
    sent = one.hop["response_bytes"] if one.answered_ns is not None else 0
    received_ns = one.received_ns or 0
    return (
        f"{one.hop['source_ip'] or '-'} - - [{_stamp(start_ns + received_ns)}] "
        f'"{_request_line(one, role)} HTTP/1.1" {status} {sent or "-"}\n'
    )


def _request_line(one: HopView, role: str) -> str:
    """Return method and target as they stood in the request: in absolute form for a forward proxy, else in origin form.

    A node that cannot read what passes through it knows only where it was to connect to (RFC 9112 section 3.2).
    """
    method, target = one.request["method"], one.request["target"]
    url = urlsplit(target)
    if not readable(one.hop["tls_mode"]).ends:
        return f"CONNECT {url.hostname}:{url.port or 443}"
    form = target if role == "forward_proxy" else f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
    return f"{method} {_escaped(form)}"


def _stamp(time_ns: int) -> str:
    """Write a time in the format's form, in UTC and independent of the machine's locale.

    >>> _stamp(0)
    '01/Jan/1970:00:00:00 +0000'
    """
    at = _START + timedelta(seconds=time_ns // NS_PER_S)
    return f"{at.day:02}/{_MONTHS[at.month - 1]}/{at:%Y:%H:%M:%S} +0000"


def _escaped(text: str) -> str:
    r"""Escape what would end the quoted text or the line, as Apache does.

    >>> _escaped('/a"b\n') == r'/a\"b\x0a', _escaped("/ä") == r"/\xc3\xa4"
    (True, True)
    """

    def escape(found: re.Match[str]) -> str:
        char = found[0]
        return f"\\{char}" if char in '"\\' else "".join(f"\\x{byte:02x}" for byte in char.encode())

    return _UNSAFE.sub(escape, text)

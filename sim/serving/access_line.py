"""The line that a proxy in the foreground prints for each request."""

from __future__ import annotations

from datetime import UTC, datetime

from sim.http1.server import Done
from sim.outcomes import CACHE_STATUS_WORDS


def access_line(done: Done, now: datetime | None = None) -> str:
    """Return the line for one request.

    Parameters
    ----------
    done : Done
        The request and what became of it.
    now : datetime, optional
        The time to write; now if absent.

    Returns
    -------
    str
        Time, client, method, target, status, bytes sent, milliseconds taken, and what the cache did.  Method and target
        hold no control characters: a request with any is refused by `sim.http1.head_checks`.

    Examples
    --------
    >>> from sim.messages import CacheStatus, Request, Response
    >>> request = Request(0, "GET", "http://a.example/", "a.example", ())
    >>> done = Done("127.0.0.1", request, Response(200, (), 0, CacheStatus.HIT), 200, 1234, 0.0021)
    >>> access_line(done, datetime(2025, 1, 1, 12, tzinfo=UTC))
    '12:00:00.000 127.0.0.1 GET http://a.example/ 200 1234 B 2.1 ms cache=hit'
    """
    time = (now or datetime.now(UTC)).strftime("%H:%M:%S.%f")[:-3]
    asked = f"{done.request.method} {done.request.target}" if done.request else "-"
    word = CACHE_STATUS_WORDS[done.response.cache_status] if done.response else ""
    error = done.response.error if done.response else ""
    rest = f"{' cache=' + word if word else ''}{' error=' + error if error else ''}"
    return f"{time} {done.peer_ip} {asked} {done.status} {done.sent_bytes} B {done.seconds * 1000:.1f} ms{rest}"

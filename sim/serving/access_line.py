"""One line for a person about each request that was answered."""

from __future__ import annotations

from datetime import UTC, datetime

from sim.http1.server import Done
from sim.outcomes import CACHE_STATUS_WORDS


def access_line(done: Done, now: datetime | None = None) -> str:
    """Write the line.

    Parameters
    ----------
    done : Done
        What was asked and answered.
    now : datetime, optional
        The time to write; now if absent.

    Returns
    -------
    str
        Time, client, method, target, status, bytes sent, milliseconds taken, and what the cache did.  What came
        from the client holds no control characters: such a request is refused before it gets here.

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

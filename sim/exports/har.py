"""HTTP Archive 1.2: what the clients saw, for the network panel of a browser's developer tools.

One entry per request, as its client saw it, in the order of arrival; one page per client.  The format is that of
J. Odvarko, "HAR 1.2 Spec"; what it requires and a trace does not hold is -1, as it prescribes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sim.exports.hop_view import HopView, Row, carried, epoch_ns, exchanges, ns, version_of
from sim.trace.trace import Trace

NS_PER_MS = 1_000_000
UNKNOWN = -1
"""What does not apply, or is not known, in the words of the format."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_CREATOR = "proxysim"


def har(trace: Trace) -> str:
    """Write a trace as an HTTP Archive.

    Times are the client's: what it spent on earlier tries is ``blocked``, the way of the request is ``send``, the
    time at the receiver is ``wait``, the way of the answer is ``receive``.  They add up to ``time``.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    str
        JSON.  Outcome, answering node and number of exchanges stand in fields that begin with an underscore.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> log = json.loads(har(three_requests()))["log"]
    >>> [entry["time"] for entry in log["entries"]], log["entries"][0]["timings"]["wait"]
    ([1400.0, 200.0, 1600.0], 1200.0)
    """
    start_ns = epoch_ns(trace)
    by_request = [list(made) for _, made in groupby(exchanges(trace).values(), lambda said: said.hop["request_id"])]
    log = {
        "version": "1.2",
        "creator": {"name": _CREATOR, "version": version_of(trace)},
        "pages": _pages([made[0].request for made in by_request], start_ns),
        "entries": [_entry(made, start_ns) for made in by_request],
        "comment": f"{trace.title}, seed {trace.seed}",
    }
    return json.dumps({"log": log}, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _pages(requests: Iterable[Row], start_ns: int) -> list[Row]:
    """Make a page of each client, begun with its first request."""
    first: dict[str, Row] = {}
    for request in requests:
        known = first.setdefault(_page(request), request)
        if request["arrival_s"] < known["arrival_s"]:
            first[_page(request)] = request
    return [
        {
            "startedDateTime": _date(start_ns + ns(request["arrival_s"])),
            "id": page,
            "title": page,
            "pageTimings": {"onContentLoad": UNKNOWN, "onLoad": UNKNOWN},
        }
        for page, request in first.items()
    ]


def _page(request: Row) -> str:
    return f"{request['client']} {request['client_ip']}".strip()


def _entry(made: list[HopView], start_ns: int) -> Row:
    """Write one request; the last of its client's exchanges is the one that counts."""
    request = made[0].request
    last = max((one for one in made if one.is_first), key=lambda one: one.returned_ns)
    arrival_ns, completion_ns = ns(request["arrival_s"]), ns(request["completion_s"])
    return {
        "pageref": _page(request),
        "startedDateTime": _date(start_ns + arrival_ns),
        "time": (completion_ns - arrival_ns) / NS_PER_MS,
        "request": _request(request, last),
        "response": _response(request, last),
        "cache": {},
        "timings": _timings(last, arrival_ns, completion_ns),
        "serverIPAddress": last.hop["destination_ip"],
        "comment": f"{request['outcome']}, answered by {request['answered_by'] or 'nobody'}",
        "_resourceType": "fetch",  # under which heading Chromium's developer tools list it
        "_outcome": request["outcome"],
        "_answeredBy": request["answered_by"],
        "_exchanges": len(made),
        "_requestId": request["request_id"],
    }


def _request(request: Row, last: HopView) -> Row:
    fields = {"host": urlsplit(request["target"]).netloc} | dict(carried(last.hop))
    has_content = request["method"] not in {"GET", "HEAD"}
    return {
        "method": request["method"],
        "url": request["target"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(fields.items()),
        "queryString": _pairs(parse_qsl(urlsplit(request["target"]).query, keep_blank_values=True)),
        "headersSize": UNKNOWN if has_content else last.hop["request_bytes"],
        "bodySize": UNKNOWN if has_content else 0,
    }


def _response(request: Row, last: HopView) -> Row:
    # A trace counts whole messages; how much of one is content is not known.
    status, whole_bytes = request["status"], request["response_bytes"]
    said: dict[str, Any] = {
        "status": status,
        "statusText": _phrase(status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": whole_bytes, "mimeType": "", "comment": "fields included"},
        "redirectURL": "",
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN,
        "_transferSize": whole_bytes,
    }
    return said | ({"_error": request["error"] or last.hop["error"]} if not status else {})


def _timings(last: HopView, arrival_ns: int, completion_ns: int) -> dict[str, float]:
    received = last.connected_ns if last.received_ns is None else last.received_ns
    answered = last.returned_ns if last.answered_ns is None else last.answered_ns
    tls_ns = ns(last.hop["tls_s"])
    connecting_ns = last.connected_ns - last.sent_ns
    parts_ns = {
        "blocked": last.sent_ns - arrival_ns or None,
        "dns": None,
        "connect": connecting_ns or None,
        "send": received - last.connected_ns,
        "wait": answered - received,
        "receive": completion_ns - answered,
        "ssl": tls_ns or None,
    }
    return {name: UNKNOWN if part is None else part / NS_PER_MS for name, part in parts_ns.items()}


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _phrase(status: int) -> str:
    """Return the reason phrase of a status code, if it has one.

    >>> _phrase(404), _phrase(0)
    ('Not Found', '')
    """
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else ""


def _date(time_ns: int) -> str:
    """Write a time as ISO 8601 with microseconds.

    >>> _date(1_500_000_000)
    '1970-01-01T00:00:01.500000+00:00'
    """
    return (_START + timedelta(microseconds=time_ns // 1000)).isoformat(timespec="microseconds")

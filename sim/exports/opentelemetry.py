"""OpenTelemetry traces as OTLP-JSON: a resource per node, two spans per exchange, one trace per request.

The encoding is that of the OTLP specification ("JSON Protobuf Encoding": identifiers in hexadecimal, 64-bit numbers
as text), the attributes are those of the semantic conventions for HTTP spans; what these do not know begins with
``proxysim.``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import IntEnum
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from sim.exports.hop_view import HopView, Row, carried, epoch_ns, exchanges, nodes, ns, rows, version_of
from sim.rules.client_address import claims
from sim.trace.schema import STEP_TEXTS
from sim.trace.trace import Trace

SCHEMA_URL = "https://opentelemetry.io/schemas/1.37.0"
"""Version of the semantic conventions that the names of attributes are taken from."""

CLIENT_ERROR = 400
"""The first status code that a client's span counts as an error, says the convention; for a server's it is 500."""

_STATUS_ERROR = 2
_PORTS = {"http": 80, "https": 443}


class SpanKind(IntEnum):
    """Kind of a span, as the protocol numbers them."""

    INTERNAL = 1
    SERVER = 2
    CLIENT = 3


def opentelemetry(trace: Trace) -> str:
    """Write a trace as OTLP-JSON.

    Parameters
    ----------
    trace : Trace
        Any trace.

    Returns
    -------
    str
        JSON.  Each request is a trace: its client's own span, and for each exchange a ``CLIENT`` span at the sender and
        below it a ``SERVER`` span at the receiver, if that ever got it.  Numbered steps are events of the spans.
        Identifiers follow from scenario, seed and numbers: the same run has the same ones.

    Examples
    --------
    >>> from sim.trace.examples import three_requests
    >>> sent = json.loads(opentelemetry(three_requests()))["resourceSpans"]
    >>> [len(node["scopeSpans"][0]["spans"]) for node in sent]
    [6, 5, 2]
    """
    writer = _Writer(trace)
    spans: dict[str, list[Row]] = {name: [] for name in nodes(trace)}
    for request in rows(trace.tables["requests"]):
        spans[request["client"]].append(writer.of_request(request))
    for one in exchanges(trace).values():
        spans[one.hop["sender"]].append(writer.at_sender(one))
        if one.received_ns is not None:
            spans[one.hop["receiver"]].append(writer.at_receiver(one, one.received_ns))
    sent = [_resource(trace, name, made) for name, made in spans.items() if made]
    return json.dumps({"resourceSpans": sent}, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def _resource(trace: Trace, name: str, spans: list[Row]) -> Row:
    node = trace.nodes[name]
    said = {
        "service.name": name,
        "service.namespace": str(trace.meta.get("scenario", {}).get("name", "")),
        "proxysim.node.role": node["role"],
        "proxysim.node.site": node.get("site"),
        "proxysim.run.seed": trace.seed,
        "proxysim.run.world": trace.meta.get("world"),
    }
    scope = {"name": "proxysim", "version": version_of(trace)}
    return {
        "resource": {"attributes": _attributes(said)},
        "scopeSpans": [{"scope": scope, "spans": spans, "schemaUrl": SCHEMA_URL}],
        "schemaUrl": SCHEMA_URL,
    }


class _Writer:
    """Writes the spans of one trace."""

    def __init__(self, trace: Trace) -> None:
        scenario = trace.meta.get("scenario", {})
        run = (scenario.get("name"), scenario.get("hash"), trace.seed, trace.meta.get("replication"))
        self._run = "|".join(map(str, run))
        self._start_ns = epoch_ns(trace)
        self._steps = _steps(trace)

    def of_request(self, request: Row) -> Row:
        """Write the span of a request from its client's side, the root of all others."""
        number = request["request_id"]
        said = {
            "http.request.method": request["method"],
            "url.full": request["target"],
            "http.response.status_code": request["status"] or None,
            "http.response.size": request["response_bytes"],
            "error.type": request["error"] or None,
            "client.address": request["client_ip"],
            "proxysim.request.id": number,
            "proxysim.outcome": request["outcome"],
            "proxysim.answered_by": request["answered_by"] or None,
        }
        times_ns = ns(request["arrival_s"]), ns(request["completion_s"])
        span = self._span(("request", number), number, request["method"], SpanKind.INTERNAL, times_ns)
        return span | self._told(said, ("request", number))

    def at_sender(self, one: HopView) -> Row:
        """Write the span of an exchange at its sender."""
        hop = one.hop
        of_server = _server(one.request["target"])
        said = {
            **_common(one, CLIENT_ERROR),
            "url.full": one.request["target"],
            **of_server,
            "network.peer.address": hop["destination_ip"],
            "http.request.resend_count": hop["attempt"] or None,
            "proxysim.task": hop["task"] or None,
            "proxysim.connect_s": hop["connect_s"],
            "proxysim.tls_s": hop["tls_s"],
            "proxysim.transfer_s": None if one.answered_ns is None else hop["transfer_s"],
            "proxysim.connection_reused": hop["connection_reused"],
        }
        parent = ("request", hop["request_id"]) if one.is_first else ("server", hop["parent_hop_id"])
        times_ns = one.sent_ns, one.returned_ns
        span = self._span(
            ("client", hop["hop_id"]), hop["request_id"], one.request["method"], SpanKind.CLIENT, times_ns
        )
        return span | {"parentSpanId": self._id(*parent)} | self._told(said, ("client", hop["hop_id"]))

    def at_receiver(self, one: HopView, received_ns: int) -> Row:
        """Write the span of an exchange at its receiver."""
        hop = one.hop
        url = urlsplit(one.request["target"])
        said = {
            **_common(one, CLIENT_ERROR + 100),
            "url.scheme": url.scheme or None,
            "url.path": url.path or "/",
            "url.query": url.query or None,
            **_server(f"{url.scheme}://{hop['host'] or url.netloc}"),
            "client.address": next(iter(claims(carried(hop))), hop["source_ip"]),
            "network.peer.address": hop["source_ip"],
            "network.local.address": hop["destination_ip"],
            "proxysim.cache_status": hop["cache_status"] or None,
            "proxysim.waiting_s": hop["waiting_s"],
            "proxysim.service_s": hop["service_s"],
            "proxysim.collapse_wait_s": hop["collapse_wait_s"],
        }
        times_ns = received_ns, one.left_ns
        span = self._span(
            ("server", hop["hop_id"]), hop["request_id"], one.request["method"], SpanKind.SERVER, times_ns
        )
        return span | {"parentSpanId": self._id("client", hop["hop_id"])} | self._told(said, ("server", hop["hop_id"]))

    def _span(self, key: tuple[str, int], request_id: int, name: str, kind: SpanKind, times_ns: tuple[int, int]) -> Row:
        start_ns, end_ns = times_ns
        return {
            "traceId": sha256(f"{self._run}|{request_id}".encode()).hexdigest()[:32],
            "spanId": self._id(*key),
            "flags": 1,
            "name": name,
            "kind": int(kind),
            "startTimeUnixNano": str(self._start_ns + start_ns),
            "endTimeUnixNano": str(self._start_ns + end_ns),
        }

    def _id(self, what: str, number: int) -> str:
        return sha256(f"{self._run}|{what}|{number}".encode()).hexdigest()[:16]

    def _told(self, said: Row, key: tuple[str, int]) -> Row:
        events = [
            {"timeUnixNano": str(self._start_ns + ns(step["time_s"])), "name": text, "attributes": _attributes(about)}
            for step, text, about in self._steps.get(key, [])
        ]
        status = {"code": _STATUS_ERROR} if said["error.type"] else {}
        return {"attributes": _attributes(said), "events": events, "status": status}


def _steps(trace: Trace) -> dict[tuple[str, int], list[tuple[Row, str, Row]]]:
    """Return the numbered steps by the span to which they belong."""
    found: dict[tuple[str, int], list[tuple[Row, str, Row]]] = {}
    for step in rows(trace.tables["steps"]):
        of_client = step["role"] == "client" or step["hop_id"] < 0
        key = ("request", step["request_id"]) if of_client else ("server", step["hop_id"])
        text = STEP_TEXTS.get((step["role"], step["step"]))
        about = {"proxysim.step.number": step["step"], "proxysim.step.detail": step["detail"] or None}
        found.setdefault(key, []).append((step, text.sentence if text else step["name"], about))
    return found


def _common(one: HopView, error_from: int) -> Row:
    """Return the attributes of both spans of an exchange."""
    hop, status = one.hop, one.hop["status"]
    failure = hop["error"] or ("timeout" if not status else str(status) if status >= error_from else None)
    return {
        "http.request.method": one.request["method"],
        "http.request.size": hop["request_bytes"],
        "http.response.status_code": status or None,
        "http.response.size": hop["response_bytes"],
        "network.protocol.name": "http",
        "network.protocol.version": "1.1",
        "error.type": failure,
        "proxysim.request.id": hop["request_id"],
        "proxysim.hop.id": hop["hop_id"],
    }


def _server(target: str) -> Row:
    """Name the server that a target names, with its port.

    >>> _server("http://a.example:8080/b"), _server("https://a.example/")
    ({'server.address': 'a.example', 'server.port': 8080}, {'server.address': 'a.example', 'server.port': 443})
    """
    url = urlsplit(target)
    try:
        port = url.port
    except ValueError:  # a log may hold anything
        port = None
    return {"server.address": url.hostname or None, "server.port": port or _PORTS.get(url.scheme)}


def _attributes(said: Row) -> list[Row]:
    """Write attributes; None stands for what is not known, and is left out."""
    return list(_known(said.items()))


def _known(pairs: Iterable[tuple[str, Any]]) -> Iterator[Row]:
    for key, value in pairs:
        if value is not None:
            yield {"key": key, "value": _value(value)}


def _value(value: Any) -> Row:
    """Write a value under the name of its type.

    >>> _value(True), _value(3), _value(0.5), _value("a")
    ({'boolValue': True}, {'intValue': '3'}, {'doubleValue': 0.5}, {'stringValue': 'a'})
    """
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": str(value)}

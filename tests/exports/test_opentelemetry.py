"""OTLP-JSON, read back by the protocol's own messages (opentelemetry-proto)."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status, TracesData

from sim.exports.opentelemetry import opentelemetry
from sim.trace.examples import build, three_requests, to_proxy
from tests.exports import runs

IDENTIFIERS = {"traceId", "spanId", "parentSpanId"}


def with_bytes(value):
    """OTLP writes identifiers in hexadecimal; protobuf's own JSON has bytes in base64."""
    if isinstance(value, dict):
        return {
            key: b64encode(bytes.fromhex(held)).decode() if key in IDENTIFIERS else with_bytes(held)
            for key, held in value.items()
        }
    return [with_bytes(held) for held in value] if isinstance(value, list) else value


def read(trace):
    """All spans as (name of the resource, span)."""
    data = json_format.ParseDict(with_bytes(json.loads(opentelemetry(trace))), TracesData())
    found = []
    for sent in data.resource_spans:
        node = said(sent.resource)["service.name"]
        found += [(node, span) for scope in sent.scope_spans for span in scope.spans]
    return found


def said(holder):
    return {kept.key: getattr(kept.value, kept.value.WhichOneof("value")) for kept in holder.attributes}


@pytest.mark.parametrize("name", runs.NAMES)
def test_every_hop_is_a_pair_of_spans_at_its_nodes(name):
    trace, spans = runs.run(name), read(runs.run(name))
    for kind, end, there in (
        (Span.SPAN_KIND_CLIENT, "sender", trace.hops["returned_s"].notna()),
        (Span.SPAN_KIND_SERVER, "receiver", trace.hops["received_s"].notna()),
    ):
        placed = sorted((said(span)["proxysim.hop.id"], node) for node, span in spans if span.kind == kind)
        assert placed == [(hop.hop_id, getattr(hop, end)) for hop in trace.hops[there].itertuples()]
    assert len(spans) == sum(span.kind == Span.SPAN_KIND_INTERNAL for _, span in spans) + len(trace.hops) + int(
        trace.hops["received_s"].notna().sum()
    )


@pytest.mark.parametrize("name", runs.NAMES)
def test_parents_are_linked_and_each_trace_has_one_root(name):
    trace, spans = runs.run(name), [span for _, span in read(runs.run(name))]
    known = {(span.trace_id, span.span_id): span for span in spans}
    assert len(known) == len(spans)
    roots = [span for span in spans if not span.parent_span_id]
    assert len(roots) == len({root.trace_id for root in roots}) == len(trace.requests)
    parent_of = dict(zip(trace.hops["hop_id"], trace.hops["parent_hop_id"], strict=True))
    for span in spans:
        assert (len(span.trace_id), len(span.span_id)) == (16, 8)
        if span.parent_span_id:
            parent = known[span.trace_id, span.parent_span_id]
            hop = said(span)["proxysim.hop.id"]
            expected = hop if span.kind == Span.SPAN_KIND_SERVER else parent_of[hop]
            assert said(parent).get("proxysim.hop.id", -1) == expected


@pytest.mark.parametrize("name", runs.NAMES)
def test_times_are_conserved(name):
    trace = runs.run(name)
    hops = trace.hops.set_index("hop_id")
    for _, span in read(trace):
        lasted_s = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9
        if span.kind == Span.SPAN_KIND_CLIENT:
            hop = hops.loc[said(span)["proxysim.hop.id"]]
            assert lasted_s == pytest.approx(hop["returned_s"] - hop["sent_s"], abs=2e-9)
        elif span.kind == Span.SPAN_KIND_INTERNAL:
            request = trace.requests.set_index("request_id").loc[said(span)["proxysim.request.id"]]
            assert lasted_s == pytest.approx(request["completion_s"] - request["arrival_s"], abs=2e-9)


def test_attributes_are_those_of_the_semantic_conventions():
    by_kind = {(span.kind, said(span).get("proxysim.hop.id")): said(span) for _, span in read(three_requests())}
    sent, asked = by_kind[Span.SPAN_KIND_CLIENT, 1], by_kind[Span.SPAN_KIND_SERVER, 1]
    assert sent["url.full"] == "http://www.example.org/0"
    assert (sent["server.address"], sent["server.port"]) == ("www.example.org", 80)
    assert sent["network.peer.address"] == "198.51.100.1"
    assert (asked["url.path"], asked["network.peer.address"]) == ("/0", "192.0.2.2")
    assert asked["http.response.status_code"] == 200
    assert "error.type" not in asked
    assert asked["proxysim.service_s"] == 0.8


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ({}, "10.0.0.1"),
        ({"forwarded_for": "10.9.9.9, 10.8.8.8"}, "10.9.9.9"),
        ({"forwarded": 'for="[2001:db8::1]:80"'}, "2001:db8::1"),
    ],
)
def test_a_claimed_address_is_the_client_address_and_the_peer_stays_the_peer(told, client):
    (_, span) = next(
        (node, span)
        for node, span in read(build([to_proxy(0, 0.0, host="b.example:81", **told)]))
        if span.kind == Span.SPAN_KIND_SERVER
    )
    assert (said(span)["client.address"], said(span)["network.peer.address"]) == (client, "10.0.0.1")
    assert (said(span)["server.address"], said(span)["server.port"]) == ("b.example", 81)


def test_failures_are_errors():
    failed = {
        said(span)["proxysim.hop.id"]: said(span)["error.type"]
        for _, span in read(runs.gone_wrong())
        if span.status.code == Status.STATUS_CODE_ERROR and span.kind == Span.SPAN_KIND_CLIENT
    }
    assert failed == {0: "connection_timeout", 1: "connection_timeout", 2: "connection_timeout", 4: "503"}


def test_a_missing_page_is_the_askers_error_and_not_the_servers():
    spans = [span for _, span in read(build([to_proxy(0, 0.0, status=404)]))]
    failed = {span.kind for span in spans if span.status.code == Status.STATUS_CODE_ERROR}
    assert failed == {Span.SPAN_KIND_CLIENT}


def test_steps_are_events_in_order():
    trace = runs.shipped("layered")
    spans = read(trace)
    assert sum(len(span.events) for _, span in spans) == len(trace.steps)
    for _, span in spans:
        times = [event.time_unix_nano for event in span.events]
        assert times == sorted(times)
        assert all(span.start_time_unix_nano - 1 <= at <= span.end_time_unix_nano + 1 for at in times)

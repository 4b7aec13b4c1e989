"""HAR, read back by two libraries that are not ours: haralyzer, and hario-core, which holds types to the format."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from haralyzer import HarParser

from sim.exports.har import har
from sim.trace.examples import build, three_requests, to_proxy
from tests.exports import runs

WITH_REQUESTS = [name for name in runs.NAMES if name != "nothing"]


def entries(trace):
    return json.loads(har(trace))["log"]["entries"]


@pytest.mark.parametrize("name", runs.NAMES)
def test_a_typed_model_of_the_format_accepts_it(name):
    parse = pytest.importorskip("hario_core.parse", reason="has no wheels for this Python").parse
    trace = runs.run(name)
    log = parse(har(trace).encode())
    assert len(log.entries) == len(trace.requests)
    for entry, arrival_s in zip(log.entries, trace.requests["arrival_s"], strict=True):
        expected = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=arrival_s)
        assert abs(entry.startedDateTime - expected) <= timedelta(microseconds=1)
        assert entry.request.headers[0].name == "host"


@pytest.mark.parametrize("name", WITH_REQUESTS)
def test_haralyzer_finds_pages_and_statuses(name):
    trace = runs.run(name)
    parser = HarParser(json.loads(har(trace)))
    assert parser.creator["name"] == "proxysim"
    assert len(parser.pages) == trace.requests.groupby(["client", "client_ip"], observed=True).ngroups
    read = [entry for page in parser.pages for entry in page.entries]
    assert sorted(entry.status for entry in read) == sorted(trace.requests["status"])
    assert sorted(entry.url for entry in read) == sorted(trace.requests["target"])


@pytest.mark.parametrize("name", runs.NAMES)
def test_times_are_conserved(name):
    trace = runs.run(name)
    spent_s = (trace.requests["completion_s"] - trace.requests["arrival_s"]).tolist()
    for entry, expected_s in zip(entries(trace), spent_s, strict=True):
        parts = [part for cause, part in entry["timings"].items() if cause != "ssl" and part != -1]
        assert min(parts) >= 0
        assert sum(parts) == pytest.approx(entry["time"], abs=1e-6)
        assert entry["time"] == pytest.approx(1000 * expected_s, abs=1e-5)
        assert entry["timings"]["ssl"] <= max(entry["timings"]["connect"], -1)


def test_the_parts_of_a_request_are_those_of_its_hop():
    (first, *_) = entries(build([to_proxy(0, 1.0, connect_s=0.2, tls_s=0.1, waiting_s=0.5, service_s=1.0)]))
    parts = {"blocked": -1, "dns": -1, "connect": 300, "send": 100, "wait": 1500, "receive": 100, "ssl": 100}
    assert first["timings"] == pytest.approx(parts)
    assert first["serverIPAddress"] == "192.0.2.1"


def test_a_request_that_never_got_an_answer_says_why():
    answered, given_up, tried_twice = entries(runs.gone_wrong())
    assert answered["response"]["statusText"] == "Gateway Timeout"
    assert (given_up["response"]["status"], given_up["response"]["_error"]) == (0, "connection_timeout")
    assert given_up["timings"]["wait"] == pytest.approx(1900)
    assert tried_twice["_exchanges"] == 3


def test_a_page_begins_with_the_first_request_of_its_client():
    pages = json.loads(har(three_requests()))["log"]["pages"]
    assert [(page["id"], page["startedDateTime"][17:26]) for page in pages] == [
        ("students 10.0.0.1", "00.000000"),
        ("students 10.0.0.2", "00.800000"),
    ]


def test_fields_are_those_that_the_client_sent():
    (first,) = entries(build([to_proxy(0, 0.0, forwarded_for="10.0.0.1", host="other.example")]))
    fields = [(field["name"], field["value"]) for field in first["request"]["headers"]]
    assert fields == [("host", "other.example"), ("x-forwarded-for", "10.0.0.1")]

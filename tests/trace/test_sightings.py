"""Who could read what of which message."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import TraceError
from sim.trace import schema
from sim.trace.examples import APP, PROXY_IN, PROXY_OUT, STUDENTS, build, three_requests, to_app, to_proxy
from sim.trace.sightings import readable, sightings, tap
from tests.support.traces import change

NEAR, FAR = tap("students", "proxy"), tap("proxy", "app")


def rows(trace, **wanted):
    frame = trace.sightings
    for name, value in wanted.items():
        frame = frame[frame[name] == value]
    return frame


def test_columns_are_those_of_the_schema():
    table = three_requests().tables["sightings"]
    assert table.names == tuple(column.name for column in schema.SIGHTINGS)
    kinds = {c.name: c.kind for c in schema.SIGHTINGS if c.kind != "word"}
    assert {name: table.numbers(name).dtype.name for name in kinds} == kinds


def test_an_answered_exchange_is_seen_four_times_in_order():
    seen = rows(three_requests(), hop_id=1)
    assert list(zip(seen["observer"], seen["message"], strict=True)) == [
        ("app", "request"),
        (FAR, "request"),
        ("proxy", "response"),
        (FAR, "response"),
    ]


def test_each_end_sees_the_other_ends_address_on_this_connection():
    asked = rows(three_requests(), hop_id=1, observer="app").iloc[0]
    assert (asked["source_ip"], asked["destination_ip"]) == (PROXY_OUT, APP)
    told = rows(three_requests(), hop_id=0, observer="students").iloc[0]
    assert (told["source_ip"], told["destination_ip"]) == (PROXY_IN, STUDENTS[0])


def test_a_request_is_seen_when_it_is_there_and_an_answer_when_it_is_back():
    trace = three_requests()
    times = rows(trace, hop_id=4)["time_s"].tolist()
    hop = trace.hops.loc[4]
    assert times == [hop["received_s"], hop["received_s"], hop["returned_s"], hop["returned_s"]]


def test_in_the_clear_everybody_reads_fields_and_target():
    trace = build([to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8, forwarded_for=STUDENTS[0])])
    for observer in ("app", FAR):
        seen = rows(trace, observer=observer, message="request").iloc[0]
        assert seen["claimed_client_ips"] == STUDENTS[0]
        assert seen["via"] == "1.1 proxy"
        assert seen["host"] == "www.example.org"
        assert seen["target"] == "http://www.example.org/0"
        assert seen["content_readable"]


def test_encrypted_a_tap_reads_the_servers_name_and_nothing_else():
    clear = build([to_proxy(0, 0.0, forwarded_for="192.0.2.99", via="1.1 somebody")])
    trace = change(clear, "hops", 0, tls_mode="tls")
    seen = rows(trace, observer=NEAR, message="request").iloc[0]
    assert seen["sni"] == "www.example.org"
    assert [seen[name] for name in ("claimed_client_ips", "via", "host", "target", "user")] == [""] * 5
    assert not seen["content_readable"]
    assert (seen["source_ip"], seen["destination_ip"]) == (STUDENTS[0], PROXY_IN)
    end = rows(trace, observer="proxy", message="request").iloc[0]
    assert end["target"] == "http://www.example.org/0"
    assert end["content_readable"]


def test_an_unknown_way_of_using_tls_is_an_error():
    trace = change(three_requests(), "hops", 0, tls_mode="tsl")
    with pytest.raises(TraceError, match=r"unknown tls_mode 'tsl' \(did you mean 'tls'\?\)"):
        _ = trace.sightings
    assert readable("plain") == (True, True, False)


def test_an_answer_that_never_came_is_seen_by_nobody():
    trace = build([to_proxy(0, 0.0, answered_s=np.nan, returned_s=5.0, status=0)])
    assert trace.sightings["message"].tolist() == ["request", "request"]


def test_a_request_that_never_arrived_is_seen_by_nobody():
    trace = build([to_proxy(0, 0.0, received_s=np.nan, answered_s=np.nan, returned_s=5.0, status=0)])
    assert len(trace.sightings) == 0


def test_hops_of_a_few_requests_are_matched_to_their_own_targets():
    whole = three_requests()
    some = whole.tables["hops"].take(np.array([4]))
    seen = sightings(some, whole.tables["requests"])
    assert set(seen.words("target").texts()) == {"http://www.example.org/2", ""}


def test_all_fields_that_tell_of_a_client_are_claims():
    told = {
        "forwarded_for": "192.0.2.99",
        "x_real_ip": STUDENTS[0],
        "forwarded": f'for={STUDENTS[0]}, for="[2001:db8::1]"',
    }
    seen = rows(build([to_proxy(0, 0.0, **told), to_proxy(1, 1.0)]), observer="proxy", message="request")
    assert seen["claimed_client_ips"].tolist() == [f"192.0.2.99, {STUDENTS[0]}, 2001:db8::1", ""]


def test_the_host_that_was_carried_is_seen():
    seen = rows(build([to_proxy(0, 0.0, host="proxy-backends")]), observer="proxy", message="request").iloc[0]
    assert (seen["host"], seen["target"]) == ("proxy-backends", "http://www.example.org/0")


def test_what_the_proxy_protocol_tells_is_read_by_a_tap_on_tls_too():
    told = {"proxy_protocol": STUDENTS[0], "forwarded_for": "192.0.2.99", "tls_mode": "tls"}
    trace = build([to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8, **told)])
    seen = trace.sightings.astype({"observer": str, "message": str}).query("hop_id == 1 and message == 'request'")
    claims = dict(zip(seen["observer"], seen["claimed_client_ips"], strict=True))
    assert claims == {"app": f"192.0.2.99, {STUDENTS[0]}", FAR: STUDENTS[0]}
    trace.check()
    tapped = seen.query("observer == @FAR").index[0]
    for more in (f"192.0.2.99, {STUDENTS[0]}", STUDENTS[1]):
        with pytest.raises(TraceError, match="not carried"):
            change(trace, "sightings", tapped, claimed_client_ips=more).check()

"""Runs of the lab: laws hold, everybody is answered, and nothing is left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import signal
import ssl
import sys
import threading
from pathlib import Path
from time import sleep, time

import numpy as np
import pytest

import sim
from sim.errors import SimError
from sim.lab import run as lab_run
from sim.lab.run import measure
from sim.rules.proxy_protocol import ProxiedAddresses
from sim.validation import validate
from tests.support.lab import measured, scenario

VARIANTS = {
    "no waiting place": ("reverse-proxy", [f"nodes.app-{i}.queue_capacity=0" for i in (1, 2, 3)]),
    "sharing": ("direct", [f"nodes.app-{i}.discipline=processor_sharing" for i in (1, 2, 3)]),
    "a slow proxy": ("layered", ["nodes.campus-proxy.service_demand=5 ms"]),
    "impatient": ("layered", ["nodes.students.response_timeout=120 ms", "nodes.gateway.response_timeout=60 ms"]),
    "no kept connections": ("layered", ["nodes.gateway.connections={keep_alive: false}"]),
    "free connections": ("direct", ["nodes.students.connections={handshake: false}"]),
    "all under TLS 1.2": ("layered", [f"links.{i}.tls='1.2'" for i in range(5)]),
    "sessions": ("layered", ["nodes.students.arrivals={kind: sessions, think: 100 ms}"]),
}


@pytest.mark.parametrize("name", ["direct", "forward-proxy", "reverse-proxy", "layered", "tls-offload"])
def test_shipped_scenarios_run_with_requests_under_way_together(name):
    trace = measured(name, requests=60)
    assert len(trace.requests) == 60
    assert set(trace.requests["status"]) == {200}
    together = trace.requests["arrival_s"].to_numpy()[1:] < trace.requests["completion_s"].to_numpy()[:-1]
    assert together.any()


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS)
def test_laws_hold_whatever_a_scenario_asks_for(variant):
    name, overrides = VARIANTS[variant]
    trace = measured(name, *overrides, requests=50)
    assert len(trace.requests) == 50


def test_variants_do_what_they_are_for():
    gave_up = measured("layered", *VARIANTS["impatient"][1], requests=25)
    assert {0, 504} & set(gave_up.requests["status"])
    refused = measured("reverse-proxy", *VARIANTS["no waiting place"][1], "nodes.students.arrivals.rate=400/s")
    assert 503 in set(refused.requests["status"])
    fresh = measured("direct", "nodes.students.connections={keep_alive: false}")
    assert not fresh.hops["connection_reused"].any()
    assert (fresh.hops["connect_s"] >= 0.04).all()


def test_a_trace_tells_at_which_time_of_the_day_it_began():
    before_s = time()
    began_s = measured("direct", requests=1).meta["epoch_s"]
    assert before_s - 1 <= began_s <= time() + 1


def test_a_kept_connection_costs_nothing_and_a_new_one_a_round_trip():
    hops = measured("reverse-proxy", "nodes.students.count=1", one_by_one=True).hops
    outside = hops[hops["sender"] == "students"]
    assert outside["connection_reused"].tolist() == [False] + [True] * 19
    assert outside["connect_s"].iloc[0] >= 0.04
    assert not outside["connect_s"].iloc[1:].any()


@pytest.mark.parametrize(("version", "round_trips"), [("1.3", 1), ("1.2", 2)])
def test_a_new_connection_under_tls_costs_the_round_trips_of_a_real_handshake(version, round_trips):
    trace = measured("tls-offload", "nodes.students.count=1", f"links.0.tls='{version}'", one_by_one=True)
    hops = trace.hops.astype({"sender": str, "tls_mode": str})
    outside, inside = hops[hops["sender"] == "students"], hops[hops["sender"] == "gateway"]
    assert outside["connection_reused"].tolist() == [False] + [True] * 19
    assert outside["connect_s"].iloc[0] == 0.04
    assert outside["tls_s"].iloc[0] >= 0.04 * round_trips - 1e-9
    assert not outside[["connect_s", "tls_s"]].iloc[1:].to_numpy().any()
    assert (set(outside["tls_mode"]), set(inside["tls_mode"])) == ({"tls"}, {"plain"})
    assert not inside["tls_s"].any()


def test_one_node_may_be_asked_plainly_and_under_tls():
    links = [
        {"from": "students", "to": "gateway", "tls": "1.3"},
        {"from": "students", "to": "app-1"},
        *({"from": "gateway", "to": f"app-{number}", "tls": "1.2"} for number in (1, 2, 3)),
    ]
    said = ["content.api.served_by=app-1", "content.api.host=api.example.org", f"links={json.dumps(links)}"]
    hops = measured("reverse-proxy", *said, requests=30).hops.astype(str)
    told = set(zip(hops["sender"], hops["receiver"], hops["tls_mode"], strict=True))
    assert {("students", "app-1", "plain"), ("gateway", "app-1", "tls"), ("students", "gateway", "tls")} <= told


def test_a_handshake_that_is_not_the_scenarios_is_noticed(monkeypatch):
    monkeypatch.setattr("sim.http1.certificates.VERSIONS", dict.fromkeys(("1.2", "1.3"), ssl.TLSVersion.TLSv1_2))
    trace = measure(scenario("tls-offload", requests=1))
    assert trace.meta["surprises"] == [
        "request 0, exchange 0: handshake ('TLSv1.2', 'www.example.org'), not ('TLSv1.3', 'www.example.org')"
    ]


def test_without_certificates_there_is_no_tls_and_the_reason_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(SimError, match=r"pip install 'proxysim\[tls\]'"):
        measure(scenario("tls-offload"))
    assert len(measure(scenario("direct", requests=1)).requests) == 1


def test_addresses_are_those_that_the_kernel_told_in_the_scenarios_words():
    trace = measured("layered", one_by_one=True)
    hops = trace.hops.astype({"source_ip": str, "sender": str})
    assert set(hops.query("sender == 'campus-proxy'")["source_ip"]) == {"198.51.100.1"}
    assert set(hops.query("sender == 'gateway'")["source_ip"]) == {"10.3.0.1"}
    students = hops.query("sender == 'students'")["source_ip"].tolist()
    assert students == trace.requests["client_ip"].tolist()
    assert len(set(students)) > 5
    told = hops.query("sender == 'gateway'")["forwarded_for"].tolist()
    assert set(told) == {"198.51.100.1"}


def test_what_the_kernel_tells_goes_into_the_trace(monkeypatch):
    monkeypatch.setattr(lab_run.Addresses, "there", lambda self, ip: "192.0.2.77")
    hops = measure(scenario("direct", requests=3)).hops
    assert set(hops["source_ip"]) == set(hops["destination_ip"]) == {"192.0.2.77"}


def test_answers_carry_real_bytes_of_the_size_that_was_drawn():
    trace = measured("direct", "nodes.students.arrivals.rate=200/s", requests=10)
    drawn = sim.draw(scenario("direct", "nodes.students.arrivals.rate=200/s", requests=10))
    assert trace.requests["response_bytes"].tolist() == drawn.response_bytes.tolist()


def test_requests_with_a_content_are_sent_whole():
    posts = ["content.api.method=POST", "content.api.request_size=150 KiB", "content.pages.method=PUT"]
    trace = measured("layered", *posts, requests=12)
    assert set(trace.requests["method"]) <= {"POST", "PUT"}
    assert trace.requests["status"].tolist() == [200] * 12


def test_one_by_one_no_two_requests_meet_even_if_their_time_has_come():
    requests = measured("direct", "nodes.students.arrivals.rate=1000/s", one_by_one=True, requests=8).requests
    assert (requests["arrival_s"].to_numpy()[1:] >= requests["completion_s"].to_numpy()[:-1]).all()


def test_a_session_goes_on_when_its_answer_is_there():
    trace = measured("direct", "nodes.students.arrivals={kind: sessions, think: 50 ms}", "nodes.students.count=2")
    workload = sim.draw(
        scenario("direct", "nodes.students.arrivals={kind: sessions, think: 50 ms}", "nodes.students.count=2")
    )
    requests = trace.requests
    for session in (0, 1):
        rows = np.flatnonzero(workload.session == session)
        before, after = requests.iloc[rows[:-1]], requests.iloc[rows[1:]]
        gaps_s = after["arrival_s"].to_numpy() - before["completion_s"].to_numpy()
        assert gaps_s == pytest.approx(workload.think_s[rows[1:]])


def test_progress_is_told_request_by_request():
    told = []
    measured("direct", "nodes.students.arrivals.rate=300/s", requests=5, progress=lambda *said: told.append(said))
    assert told == [(done, 5) for done in range(1, 6)]


def test_ctrl_c_keeps_what_is_complete():
    def press(done, _):
        if done == 5:
            os.kill(os.getpid(), signal.SIGINT)

    trace = measure(scenario("direct", "nodes.students.arrivals.rate=20/s", requests=200), progress=press)
    trace.check()
    assert trace.is_cut_short
    assert 5 <= len(trace.requests) < 100


def test_a_machine_that_cannot_keep_up_is_told(monkeypatch):
    def dawdling(done, _):
        if done == 2:
            sleep(2 * lab_run.LATE_S)

    trace = measured("direct", "nodes.students.arrivals.rate=200/s", requests=60, progress=dawdling)
    assert "requests were issued up to" in trace.meta["notes"][-1]
    # They count from when they should have been issued.
    assert (
        trace.requests["arrival_s"].tolist()
        == sim.draw(scenario("direct", "nodes.students.arrivals.rate=200/s", requests=60)).arrival_s.tolist()
    )


def test_nothing_is_left_behind():
    def open_files():
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    measured("layered", requests=10)
    gc.collect()
    before, limit = open_files(), resource.getrlimit(resource.RLIMIT_NOFILE)
    measured("layered", requests=10)
    gc.collect()
    assert open_files() == before
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limit
    assert threading.active_count() == 1


def test_a_machine_with_too_few_files_is_told_apart(monkeypatch):
    monkeypatch.setattr(lab_run.resource, "getrlimit", lambda _: (100, 210))
    with pytest.raises(SimError, match="connections at once are more than this machine allows"):
        measure(scenario("direct", requests=50))


def test_a_machine_without_loopback_addresses_is_told_apart(monkeypatch):
    def nowhere(self, address):
        return "192.0.2.1"

    monkeypatch.setattr(lab_run.Addresses, "here", nowhere)
    with pytest.raises(SimError, match=r"cannot listen at 192\.0\.2\.1"):
        measure(scenario("direct", requests=3))


def test_a_fault_of_a_node_is_not_swallowed(monkeypatch):
    async def broken(self, request, world):
        raise ValueError("broken")

    monkeypatch.setattr("sim.nodes.client.ClientNode.handle", broken)
    with pytest.raises(ValueError, match="broken"):
        measure(scenario("direct", requests=3))


def test_it_runs_in_a_notebook_too():
    async def cell():
        return measured("direct", "nodes.students.arrivals.rate=300/s", requests=3)

    assert len(asyncio.run(cell()).requests) == 3


def test_an_empty_workload_gives_an_empty_trace():
    known = scenario("direct")
    assert len(measure(known, sim.draw(known).head(0)).requests) == 0


TOLD = ["nodes.campus-proxy.proxy_protocol=v2", "nodes.gateway.trusted_proxies=[198.51.100.1/32]"]


@pytest.mark.parametrize("more", [[], ["nodes.gateway.proxy_protocol=v1", "links.1.tls='1.3'"]])
def test_what_the_proxy_protocol_tells_is_the_same_simulated_and_on_the_wire(more):
    found = validate(sim.load("layered", [*TOLD, *more, "nodes.students.count=4"]), requests=25, repeats=1)
    assert found.is_exact, found.differences


def test_connections_are_between_whom_the_kernel_says_whoever_they_are_for():
    hops = measured("layered", *TOLD, "nodes.gateway.proxy_protocol=v1", requests=20).hops.astype(str)
    inside = hops[hops["sender"] == "campus-proxy"]
    assert set(inside["source_ip"]) == {"198.51.100.1"}
    assert set(inside["destination_ip"]) == {"203.0.113.1"}
    assert set(inside["proxy_protocol"]) <= set(hops[hops["sender"] == "students"]["source_ip"])
    assert inside["forwarded_for"].eq("").all()
    behind = hops[hops["sender"] == "gateway"]
    assert (behind["proxy_protocol"] == behind["forwarded_for"]).all()
    assert set(behind["proxy_protocol"]) <= set(inside["proxy_protocol"])


def test_what_was_not_told_on_the_wire_is_noticed(monkeypatch):
    monkeypatch.setattr("sim.lab.world.Lab._told", lambda *_: ProxiedAddresses("127.1.0.1", "127.1.0.2", 0, 0))
    trace = measure(scenario("layered", *TOLD, requests=2))
    assert trace.meta["surprises"]

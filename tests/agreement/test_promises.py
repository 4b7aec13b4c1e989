"""Who sees whom in the shipped designs, as promised, and the laws of a trace on each."""

from __future__ import annotations

import pytest

import sim
from sim.visibility import exposure, matrix

BACKENDS = ["app-1", "app-2", "app-3"]
DESIGNS = ["direct", "forward-proxy", "reverse-proxy", "layered", "tls-offload"]


@pytest.fixture(scope="module")
def traces():
    return {name: sim.simulate(sim.load(name, ["run.requests=1000", "run.warm_up=0 s"]), seed=1) for name in DESIGNS}


def peers(trace, observer):
    """Whose addresses an observer saw at the other end of a connection."""
    row = matrix(trace).loc[observer]
    return {party for party, how in row.items() if how == "peer"}


def addresses_seen(trace, observer):
    """Every address that stood in any message that an observer could read, however it came there."""
    seen = trace.sightings[trace.sightings["observer"] == observer]
    claimed = {one.strip() for text in seen["claimed_client_ips"].unique() for one in text.split(",")}
    return set(seen["source_ip"]) | set(seen["destination_ip"]) | claimed


@pytest.mark.parametrize("name", DESIGNS)
def test_the_laws_hold(traces, name):
    traces[name].check()


def test_direct_everybody_sees_everybody(traces):
    trace = traces["direct"]
    assert peers(trace, "students") == set(BACKENDS)
    assert all(peers(trace, app) == {"students"} for app in BACKENDS)


def test_behind_a_forward_proxy_no_backend_sees_a_client_and_the_proxy_sees_all(traces):
    trace = traces["forward-proxy"]
    clients = set(trace.requests["client_ip"])
    assert all(not addresses_seen(trace, app) & clients for app in BACKENDS)
    assert all(peers(trace, app) == {"campus-proxy"} for app in BACKENDS)
    assert addresses_seen(trace, "campus-proxy") >= clients
    assert peers(trace, "campus-proxy") == {"students", *BACKENDS}
    asked = trace.sightings[(trace.sightings["observer"] == "campus-proxy") & (trace.sightings["message"] == "request")]
    assert set(asked["request_id"]) == set(trace.requests["request_id"])
    assert set(asked["target"]) == set(trace.requests["target"])


def test_in_front_of_a_reverse_proxy_no_client_sees_a_backend(traces):
    trace = traces["reverse-proxy"]
    apps = {address for app in BACKENDS for address in trace.nodes[app]["addresses"]}
    assert not addresses_seen(trace, "students") & apps
    assert peers(trace, "students") == {"gateway"}
    assert all(peers(trace, app) == {"gateway"} for app in BACKENDS)


def test_a_reverse_proxy_tells_the_backends_who_asks(traces):
    trace = traces["reverse-proxy"]
    assert matrix(trace).loc[BACKENDS, "students"].tolist() == ["told"] * 3
    told = exposure(trace)
    assert set(told.loc[told["observer"].isin(BACKENDS), "how"]) == {"told"}


def test_layered_neither_side_sees_the_other(traces):
    trace = traces["layered"]
    clients = set(trace.requests["client_ip"])
    apps = {address for app in BACKENDS for address in trace.nodes[app]["addresses"]}
    assert not addresses_seen(trace, "students") & apps
    assert all(not addresses_seen(trace, app) & clients for app in BACKENDS)
    assert peers(trace, "students") == {"campus-proxy"}
    assert peers(trace, "gateway") == {"campus-proxy", *BACKENDS}
    assert not addresses_seen(trace, "gateway") & clients


def read_by(trace, observer):
    """Of a request: who is named as asker, the server's name in the handshake, host, target, and what is readable."""
    seen = trace.sightings[trace.sightings["observer"] == observer]
    assert len(seen)
    columns = ("claimed_client_ips", "via", "sni", "host", "target", "content_readable")
    asked = seen[seen["message"] == "request"]
    return {name: set(asked[name]) for name in columns}, set(seen["content_readable"])


def test_a_tap_on_the_long_link_under_tls_reads_addresses_and_the_name_alone(traces):
    trace = traces["tls-offload"]
    asked, content = read_by(trace, "tap:students–gateway")
    assert asked["sni"] == {"www.example.org"}
    assert asked["claimed_client_ips"] == asked["via"] == asked["host"] == asked["target"] == {""}
    assert content == {False}
    assert peers(trace, "tap:students–gateway") == {"students", "gateway"}


def test_tls_that_the_gateway_ends_hides_nothing_from_it_nor_inside_the_data_centre(traces):
    trace, targets = traces["tls-offload"], set(traces["tls-offload"].requests["target"])
    assert read_by(trace, "gateway")[0]["target"] == targets
    inside, content = read_by(trace, "tap:gateway–app-1")
    assert inside["sni"] == {""}
    assert "" not in inside["target"] | inside["claimed_client_ips"]
    assert content == {True}


def test_tls_changes_times_and_nothing_else(traces):
    plain, under_tls = traces["reverse-proxy"].hops, traces["tls-offload"].hops
    fresh = under_tls[(under_tls["sender"] == "students") & ~under_tls["connection_reused"]]
    assert len(fresh) >= 20
    assert set(fresh["connect_s"]) == set(fresh["tls_s"]) == {0.04}
    assert not plain["tls_s"].any()
    assert not under_tls.loc[under_tls["tls_mode"] == "plain", "tls_s"].any()


def test_with_a_forward_proxy_tls_is_to_the_proxy_and_names_no_site():
    trace = sim.simulate(sim.load("forward-proxy", ["run.requests=200", "run.warm_up=0 s", "links.0.tls='1.3'"]))
    trace.check()
    near, content = read_by(trace, "tap:students–campus-proxy")
    assert near["sni"] == near["host"] == near["target"] == {""}
    assert content == {False}
    assert read_by(trace, "tap:campus-proxy–app-1")[1] == {True}


def test_the_same_requests_travel_in_all_of_them(traces):
    asked = [trace.requests[["request_id", "client_ip", "target", "arrival_s"]] for trace in traces.values()]
    assert all(one.astype(object).equals(asked[0].astype(object)) for one in asked)

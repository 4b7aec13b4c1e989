"""Who saw whose addresses."""

from __future__ import annotations

import pytest

import sim
from sim import visibility
from sim.trace.examples import STUDENTS, build, three_requests, to_app, to_proxy
from sim.trace.sightings import tap
from sim.visibility.matrix import observers, party_of_address
from tests.support.traces import change

NEAR, FAR = tap("students", "proxy"), tap("proxy", "app")


def forwarding(claim):
    """Make one request that the proxy forwards with a claim in X-Forwarded-For."""
    return build([to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8, forwarded_for=claim)])


def test_through_a_forward_proxy_the_backend_sees_the_proxy_only():
    seen = visibility.matrix(three_requests())
    assert seen.to_dict(orient="index") == {
        "students": {"students": "self", "proxy": "peer", "app": ""},
        "proxy": {"students": "peer", "proxy": "self", "app": "peer"},
        "app": {"students": "", "proxy": "peer", "app": "self"},
        NEAR: {"students": "peer", "proxy": "peer", "app": ""},
        FAR: {"students": "", "proxy": "peer", "app": "peer"},
    }


def test_a_claimed_address_is_told_to_all_who_can_read_it():
    seen = visibility.matrix(forwarding(f"203.0.113.9, {STUDENTS[0]}"))
    assert seen.loc["app", "students"] == "told"
    assert seen.loc[FAR, "students"] == "told"
    assert seen.loc["students", "app"] == ""


def test_a_claimed_address_that_nobody_has_tells_nothing():
    assert visibility.matrix(forwarding("203.0.113.9, unknown")).loc["app", "students"] == ""


def test_encryption_hides_the_claim_from_the_tap_and_not_from_the_end():
    seen = visibility.matrix(change(forwarding(STUDENTS[0]), "hops", 1, tls_mode="tls"))
    assert seen.loc["app", "students"] == "told"
    assert seen.loc[FAR, "students"] == ""


def test_what_was_seen_is_more_than_what_was_told():
    claimed = build([to_proxy(0, 0.0, forwarded_for=STUDENTS[0], cache_status="hit")])
    assert visibility.matrix(claimed).loc["proxy", "students"] == "peer"
    assert set(visibility.counts(claimed).query("observer == 'proxy'")["how"]) == {"peer", "told"}


def test_one_request_shows_less_than_the_run():
    seen = visibility.matrix(three_requests(), request_id=1)
    assert seen.loc["proxy"].tolist() == ["peer", "self", ""]
    assert seen.loc["app"].tolist() == ["", "", "self"]
    assert seen.loc[FAR].tolist() == ["", "", ""]


def test_addresses_are_counted_with_the_first_time():
    counted = visibility.counts(three_requests()).set_index(["observer", "party"])
    assert counted.loc[("proxy", "students"), ["addresses_seen", "addresses_total"]].tolist() == [2, 2]
    assert counted.loc[("proxy", "students"), "first_seen_s"] == pytest.approx(0.1)
    assert counted.loc[("app", "proxy"), ["addresses_seen", "addresses_total"]].tolist() == [1, 2]
    assert ("app", "students") not in counted.index


def test_only_who_asked_was_seen():
    counted = visibility.counts(three_requests(), request_id=2).set_index(["observer", "party"])
    assert counted.loc[("proxy", "students"), ["addresses_seen", "addresses_total"]].tolist() == [1, 2]


def test_observers_are_the_nodes_and_then_a_tap_on_each_link():
    assert observers(three_requests()) == ["students", "proxy", "app", NEAR, FAR]


def test_addresses_belong_to_parties():
    assert party_of_address(three_requests())[STUDENTS[1]] == "students"
    assert party_of_address(three_requests())["192.0.2.2"] == "proxy"


def test_a_run_without_requests_shows_nothing():
    seen = visibility.matrix(build([]))
    assert set(seen.to_numpy().ravel()) == {"", "self"}
    assert visibility.counts(build([])).empty


def test_who_is_told_by_the_proxy_protocol_knows_the_client_though_fields_are_deleted():
    said = ["run.requests=40", "run.warm_up=0 s", "nodes.campus-proxy.forwarded_for=delete"]
    silent = visibility.matrix(sim.simulate(sim.load("layered", said)))
    assert silent.loc["gateway", "students"] == ""
    told = sim.simulate(sim.load("layered", [*said, "nodes.campus-proxy.proxy_protocol=v2"]))
    assert set(told.hops["forwarded_for"]) == {"", "198.51.100.1"}
    assert visibility.matrix(told).loc["gateway", "students"] == "told"
    assert visibility.matrix(told).loc["app-1", "students"] == ""
    trusting = [*said, "nodes.campus-proxy.proxy_protocol=v2", "nodes.gateway.trusted_proxies=[198.51.100.1/32]"]
    assert visibility.matrix(sim.simulate(sim.load("layered", trusting))).loc["app-1", "students"] == "told"

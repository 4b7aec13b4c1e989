"""To whom each request gave its client away."""

from __future__ import annotations

import numpy as np
import pytest

from sim import visibility
from sim.trace.examples import STUDENTS, build, three_requests, to_app, to_proxy
from sim.trace.sightings import tap

NEAR, FAR = tap("students", "proxy"), tap("proxy", "app")


def seen_by(frame, request_id):
    rows = frame[frame["request_id"] == request_id]
    return dict(zip(rows["observer"], rows["how"], strict=True))


def test_the_first_hop_gives_the_client_away_and_the_second_does_not():
    frame = visibility.exposure(three_requests())
    assert frame["request_id"].tolist() == [0, 0, 1, 1, 2, 2]
    assert all(seen_by(frame, i) == {"proxy": "peer", NEAR: "peer"} for i in range(3))
    assert np.allclose(frame["first_seen_s"], [0.1, 0.1, 0.6, 0.6, 0.9, 0.9])
    assert frame["client_ip"].tolist() == [STUDENTS[0]] * 4 + [STUDENTS[1]] * 2


def test_a_field_gives_the_client_away_too():
    hops = [to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8, forwarded_for=STUDENTS[0])]
    frame = visibility.exposure(build(hops))
    assert seen_by(frame, 0) == {"proxy": "peer", NEAR: "peer", "app": "told", FAR: "told"}


@pytest.mark.parametrize("told", [{"x_real_ip": STUDENTS[0]}, {"forwarded": f"for={STUDENTS[0]};proto=http"}])
def test_whichever_field_it_is(told):
    spoofed = {"forwarded_for": "192.0.2.99"}
    hops = [to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8, **spoofed, **told)]
    assert seen_by(visibility.exposure(build(hops)), 0)["app"] == "told"
    assert "app" not in seen_by(visibility.exposure(build([hops[0], {**hops[1], **dict.fromkeys(told, "")}])), 0)


def test_the_address_of_another_client_does_not_count():
    hops = [to_proxy(0, 0.0, inside_s=1.0), to_app(0, 0.1, parent=0, service_s=0.8, forwarded_for=STUDENTS[1])]
    assert "app" not in seen_by(visibility.exposure(build(hops)), 0)


def test_seen_and_told_is_seen():
    frame = visibility.exposure(build([to_proxy(0, 0.0, forwarded_for=STUDENTS[0], cache_status="hit")]))
    assert seen_by(frame, 0) == {"proxy": "peer", NEAR: "peer"}


def test_one_request_by_itself_is_as_in_the_whole():
    whole = visibility.exposure(three_requests())
    one = visibility.exposure(three_requests(), request_id=2)
    assert one.to_numpy().tolist() == whole[whole["request_id"] == 2].to_numpy().tolist()


def test_a_run_without_requests_gives_nobody_away():
    assert visibility.exposure(build([])).empty

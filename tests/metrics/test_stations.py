"""Utilisation, queues and Little's law: on paper, and on the queue M/M/1."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import TraceError
from sim.metrics import stations
from sim.metrics.replications import mean_response_time
from sim.trace.examples import APP, NODES, STUDENTS, build, exchange, three_requests
from tests.support.queues import mm1


def test_the_station_on_paper():
    row = stations.utilisation(three_requests()).iloc[0]
    assert (row["node"], row["workers"], row["max_queue_length"]) == ("app", 1, 1)
    assert row["utilisation_ratio"] == pytest.approx(1.8 / 2.4)
    assert row["mean_queue_length"] == pytest.approx(0.2 / 2.4)
    assert row["mean_in_flight"] == pytest.approx(2.0 / 2.4)
    assert row["throughput_per_s"] == pytest.approx(2 / 2.4)
    assert row["mean_waiting_s"] == pytest.approx(0.1)


def test_the_window_begins_after_the_warm_up():
    row = stations.utilisation(three_requests(warm_up_s=0.8)).iloc[0]
    assert row["utilisation_ratio"] == pytest.approx(1.4 / 1.6)
    assert row["throughput_per_s"] == pytest.approx(2 / 1.6)
    assert row["mean_waiting_s"] == pytest.approx(0.2)


def test_sharing_workers_does_not_use_them_more_than_wholly():
    ends = {"sender": "students", "receiver": "app", "source_ip": STUDENTS[0], "destination_ip": APP}
    nodes = {"students": NODES["students"], "app": {**NODES["app"], "discipline": "processor_sharing"}}
    hops = [exchange(i, 0.0, link_s=0.0, service_s=2.0, **ends) for i in range(2)]
    row = stations.utilisation(build(hops, nodes=nodes, end_s=4.0)).iloc[0]
    assert row["utilisation_ratio"] == 0.5
    assert row["mean_in_flight"] == 1.0


def test_how_many_are_there_at_every_moment():
    frame = stations.in_flight(three_requests(), "app")
    assert frame["time_s"].tolist() == pytest.approx([0.4, 1.0, 1.2, 2.2])
    assert frame["in_flight"].tolist() == [1, 2, 1, 0]
    assert stations.in_flight(three_requests())["in_flight"].max() == 2


def test_an_unknown_node_names_the_nearest():
    with pytest.raises(TraceError, match=r"no node 'ap' in this trace \(did you mean 'app'\?\)"):
        stations.in_flight(three_requests(), "ap")


def test_littles_law_is_exact_on_a_whole_run():
    frame = stations.little(three_requests())
    assert frame["node"].tolist() == ["system", "proxy", "app"]
    assert frame["mean_stay_s"].tolist() == pytest.approx([3.2 / 3, 2.6 / 3, 1.0])
    assert frame["relative_difference_ratio"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_a_run_without_time_has_no_averages():
    assert stations.utilisation(build([]))["utilisation_ratio"].isna().all()
    assert stations.little(build([]))["mean_in_flight"].isna().all()


def test_an_exchange_that_was_given_up_was_there_until_then():
    ends = {"sender": "students", "receiver": "app", "source_ip": STUDENTS[0], "destination_ip": APP}
    hop = exchange(0, 0.0, link_s=0.2, answered_s=np.nan, returned_s=5.0, status=0, **ends)
    assert stations.in_flight(build([hop]), "app")["time_s"].tolist() == pytest.approx([0.1, 5.0])


def test_mm1_covers_theory():
    """At ρ = 0.5 and a mean service of 1 s: W = 2 s, L = 1, Lq = 0.5 (Kleinrock, Queueing Systems I, section 3.2)."""
    trace = mm1(20_000, rate_per_s=0.5, seed=3, warm_up_s=200.0)
    stay = mean_response_time(trace, confidence=0.99)
    assert stay.low <= 2.0 <= stay.high
    assert stay.half_width < 0.2
    row = stations.utilisation(trace).iloc[0]
    assert row["utilisation_ratio"] == pytest.approx(0.5, abs=0.015)
    assert row["mean_in_flight"] == pytest.approx(1.0, abs=0.08)
    assert row["mean_queue_length"] == pytest.approx(0.5, abs=0.07)
    assert abs(stations.little(trace)["relative_difference_ratio"]).max() < 0.001
    trace.check()

"""Response times, and where they went."""

from __future__ import annotations

import numpy as np
import pytest

from sim.metrics import response_time
from sim.trace.examples import build, three_requests, to_app, to_proxy


def test_the_summary_is_that_on_paper():
    row = response_time.summary(three_requests()).iloc[0]
    assert row["count"] == 3
    assert row["mean_s"] == pytest.approx((1.4 + 0.2 + 1.6) / 3)
    assert row["p50_s"] == pytest.approx(1.4)
    assert row["p90_s"] == pytest.approx(1.4 + 0.8 * 0.2)
    assert row["p99_s"] == pytest.approx(1.4 + 0.98 * 0.2)


def test_the_warm_up_does_not_count():
    assert response_time.response_times_s(three_requests(warm_up_s=0.5)) == pytest.approx([0.2, 1.6])


def test_requests_are_grouped_by_a_column():
    groups = response_time.summary(three_requests(), by="outcome").set_index("outcome")
    assert groups["count"].to_dict() == {"hit": 1, "miss": 2}
    assert groups.loc["miss", "mean_s"] == pytest.approx(1.5)
    assert response_time.summary(three_requests(), by="status")["status"].tolist() == [200]


def test_causes_add_up_to_the_mean_response_time():
    causes = response_time.by_cause(three_requests()).set_index("cause")
    assert causes["mean_s"].sum() == pytest.approx((1.4 + 0.2 + 1.6) / 3)
    assert (causes["mean_s"] * 3).to_dict() == pytest.approx(
        {
            "connect": 0.2,
            "tls": 0.0,
            "waiting": 0.2,
            "service": 1.8,
            "collapse_wait": 0.0,
            "transfer": 1.0,
            "unanswered": 0.0,
        }
    )
    assert causes["share_ratio"].sum() == pytest.approx(1.0)


def test_hops_add_up_to_the_mean_response_time():
    hops = response_time.by_hop(three_requests())
    assert list(zip(hops["sender"], hops["receiver"], strict=True)) == [("students", "proxy"), ("proxy", "app")]
    assert hops["exchanges_per_request"].tolist() == pytest.approx([1.0, 2 / 3])
    assert (hops["total_s"] * 3).tolist() == pytest.approx([0.6, 2.6])
    assert hops.filter(regex="^(?!total).*_s$").sum(axis=1).tolist() == pytest.approx(hops["total_s"].tolist())


def test_only_hops_of_requests_that_count_are_divided():
    hops = response_time.by_hop(three_requests(warm_up_s=0.5))
    assert (hops["total_s"] * 2).tolist() == pytest.approx([0.4, 1.4])


def test_the_time_of_an_answer_that_never_came_is_named():
    gone = {"answered_s": np.nan, "transfer_s": np.nan, "returned_s": 3.1, "status": 0}
    trace = build([to_proxy(0, 0.0, inside_s=3.0, status=504), to_app(0, 0.1, parent=0, **gone)])
    causes = response_time.by_cause(trace).set_index("cause")["mean_s"]
    assert causes["unanswered"] == pytest.approx(3.0)
    assert causes.sum() == pytest.approx(3.2)


def test_no_requests_give_no_numbers():
    row = response_time.summary(build([])).iloc[0]
    assert row["count"] == 0
    assert np.isnan(row["mean_s"])
    assert response_time.summary(build([]), by="outcome").empty
    assert response_time.by_hop(build([])).empty
    assert response_time.by_cause(build([]))["mean_s"].sum() == 0


def test_probes_are_no_part_of_a_response_time():
    hops = [to_proxy(0, 0.5, inside_s=1.0), to_app(0, 0.6, parent=1, service_s=0.8)]
    table = response_time.by_cause(build([to_app(-1, 0.0, parent=-1, service_s=9.0), *hops])).set_index("cause")
    assert table.loc["service", "mean_s"] == pytest.approx(0.8)

"""Times of two worlds: within a tolerance of what real runs show, and a reason where they are not."""

from __future__ import annotations

import numpy as np
import pytest

from sim.metrics.time_agreement import (
    END_TO_END,
    JUDGED,
    MOST_POINTS,
    RANKS,
    percentiles,
    quantiles,
    time_reasons,
    times_by_place,
)
from sim.trace.examples import three_requests
from sim.trace.table import Table
from sim.trace.trace import Trace


def judged(simulated_s, *measured_s):
    rows = percentiles({"here": [np.array([simulated_s]), *(np.array([value]) for value in measured_s)]})
    return rows.iloc[0]


@pytest.mark.parametrize(
    ("simulated_s", "measured_s", "agrees"),
    [
        (0.010, [0.0119], True),  # 2 ms
        (0.010, [0.0121], False),
        (0.200, [0.2099], True),  # 5 %
        (0.200, [0.2101], False),
        (0.200, [0.1901], True),
        (0.200, [0.1899], False),
        (0.200, [0.15, 0.25], True),  # between two real runs
        (0.200, [0.25, 0.2099], True),  # near one of them
        (0.200, [0.25, 0.2101], False),
    ],
)
def test_times_agree_within_5_percent_or_2_ms_of_the_real_runs(simulated_s, measured_s, agrees):
    found = judged(simulated_s, *measured_s)
    assert found["agrees"] == agrees
    assert found["measured_s"] == pytest.approx(np.median(measured_s))
    assert (found["low_s"], found["high_s"]) == (min(measured_s), max(measured_s))


def test_the_gap_is_measured_from_the_nearest_real_run():
    assert judged(0.2, 0.21, 0.25)["gap_s"] == pytest.approx(0.01)
    assert judged(0.2, 0.1, 0.18)["gap_s"] == pytest.approx(0.02)
    assert judged(0.2, 0.1, 0.3)["gap_s"] == 0.0


def test_places_are_end_to_end_and_each_edge_with_its_own_time():
    found = times_by_place(three_requests(), [three_requests()])
    assert list(found) == [END_TO_END, "students → proxy", "proxy → app"]
    model, reality = found["proxy → app"]
    assert model.tolist() == reality.tolist()
    assert all((np.diff(times_s) >= 0).all() for times_s, _ in found.values())
    # Own times of all exchanges together are the response times.
    assert found[END_TO_END][0].sum() == pytest.approx(sum(found[name][0].sum() for name in list(found)[1:]))


def test_an_edge_that_no_real_run_used_has_no_percentile():
    rows = percentiles({"here": [np.array([0.1]), np.empty(0)]})
    assert rows["measured_s"].isna().all()
    assert not rows["agrees"].any()


def test_quantiles_are_paired_and_thinned():
    long = np.linspace(0.0, 1.0, 5000)
    found = quantiles({"here": [long, long * 2, long * 4]})
    assert len(found) == MOST_POINTS
    assert found["measured_s"].to_numpy() == pytest.approx(found["simulated_s"].to_numpy() * 3)
    assert found["low_s"].to_numpy() == pytest.approx(found["simulated_s"].to_numpy() * 2)
    assert len(quantiles({"here": [long[:3], long[:3]]})) == 3


def slower(more_s):
    """The three requests, the proxy's exchange with the backend so much longer on the link back."""
    trace = three_requests()
    hops, requests = trace.tables["hops"], trace.tables["requests"]
    later = np.isin(hops.numbers("request_id"), hops.numbers("request_id")[hops.words("receiver").equal("app")])
    asked = hops.words("receiver").equal("app")
    columns = {name: hops[name] for name in hops}
    columns["returned_s"] = hops.numbers("returned_s") + more_s * later
    columns["answered_s"] = hops.numbers("answered_s") + more_s * (later & ~asked)
    columns["transfer_s"] = hops.numbers("transfer_s") + more_s * asked
    ends = {name: requests[name] for name in requests}
    has = np.isin(requests.numbers("request_id"), hops.numbers("request_id")[asked])
    ends["completion_s"] = requests.numbers("completion_s") + more_s * has
    return Trace(Table(ends), Table(columns), trace.tables["steps"], trace.meta)


def test_reasons_name_what_is_longer_and_where_most_of_it_comes_from():
    model, reality = three_requests(), slower(0.5)
    times = percentiles(times_by_place(model, [reality]))
    said = time_reasons(times, model, [reality])
    assert said[0] == "p50 end to end is 500.0 ms (36%) longer than simulated"
    assert said[-1] == "most of it is transfer on proxy → app: 333.3 ms more in the mean per request"
    assert len(RANKS) > len(JUDGED)
    assert not any("p90" in line for line in said)


def test_a_wide_spread_is_said_with_the_reason():
    model, reality = three_requests(), [slower(0.5), slower(2.0)]
    times = percentiles(times_by_place(model, reality))
    assert "the real runs differ among themselves by 1500.0 ms" in time_reasons(times, model, reality)[0]


def test_no_difference_needs_no_reason():
    model = three_requests()
    assert time_reasons(percentiles(times_by_place(model, [model])), model, [model]) == []

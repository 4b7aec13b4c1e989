"""The numbers of one run."""

from __future__ import annotations

import json

import pytest

from sim import metrics
from sim.metrics.summary import as_dict, measures, records
from sim.outcomes import BLOCKED, HIT, LIMITED, STALE
from sim.trace.examples import build, three_requests, to_proxy
from tests.support.every_outcome import every_outcome


def test_measures_are_those_on_paper():
    found = measures(three_requests())
    assert found == pytest.approx(
        {
            "mean_response_time_s": 3.2 / 3,
            "p50_response_time_s": 1.4,
            "p90_response_time_s": 1.56,
            "p95_response_time_s": 1.58,
            "p99_response_time_s": 1.596,
            "hit_ratio": 1 / 3,
            "byte_hit_ratio": 0.2,
            "backend_requests_ratio": 2 / 3,
            "max_backend_utilisation_ratio": 0.75,
            "failed_ratio": 0.0,
        }
    )


def test_failures_are_counted():
    hops = [to_proxy(i, float(i), status=502 if i else 200, response_bytes=0 if i else 9) for i in range(4)]
    assert measures(build(hops))["failed_ratio"] == 0.75


def test_the_frame_says_units_and_that_it_is_one_run():
    frame = metrics.summary(three_requests())
    assert frame.loc[0].tolist() == ["requests", 3.0, "count"]
    assert set(frame["unit"]) == {"count", "s", "ratio"}
    assert frame.attrs["note"] == "one run: no interval"


@pytest.mark.parametrize("trace", [three_requests(), build([])], ids=["three", "empty"])
def test_the_dictionary_is_plain_json(trace):
    found = as_dict(trace)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["note"] == "one run: no interval"
    assert found["replications"] == 1


def test_the_dictionary_holds_the_tables():
    found = as_dict(three_requests(cut_short=True))
    assert found["cut_short"]
    assert found["outcomes"] == {"miss": 2, "hit": 1}
    assert [row["cause"] for row in found["by_cause"]][:2] == ["connect", "tls"]
    assert found["caches"][0]["hits"] == 1
    assert found["stations"] == records(metrics.utilisation(three_requests()))


def test_refusals_are_counted_as_outcomes_and_are_neither_hits_nor_failures():
    told = as_dict(every_outcome(BLOCKED, LIMITED, HIT, STALE))
    assert told["outcomes"] == {BLOCKED.word: 1, LIMITED.word: 1, HIT.word: 1, STALE.word: 1}
    assert (told["measures"]["hit_ratio"], told["measures"]["failed_ratio"]) == (0.5, 0.0)
    assert {row["outcome"] for row in told["response_time"]} == {BLOCKED.word, LIMITED.word, HIT.word, STALE.word}

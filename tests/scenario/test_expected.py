"""Expected numbers of requests, against sums done by hand."""

import pytest
from pydantic import TypeAdapter

from sim.scenario.distributions import Arrivals
from sim.scenario.expected import expected_requests

POINTS = [{"at": "0 s", "rate": "0/s"}, {"at": "10 s", "rate": "10/s"}, {"at": "20 s", "rate": "4/s"}]


@pytest.mark.parametrize(
    ("arrivals", "expected"),
    [
        ({"kind": "poisson", "rate": "15/s"}, 450.0),
        ({"kind": "deterministic", "rate": "60/min"}, 30.0),
        ({"kind": "piecewise", "points": POINTS}, 50 + 70 + 40),
        ({"kind": "piecewise", "points": POINTS, "shape": "steps"}, 0 + 100 + 40),
        ({"kind": "piecewise", "points": [{"at": "5 s", "rate": "2/s"}]}, 60.0),
        (
            {"kind": "mmpp", "quiet_rate": "1/s", "burst_rate": "10/s", "quiet_time": "2 s", "burst_time": "1 s"},
            30 * (2 + 10) / 3,
        ),
        ({"kind": "sessions", "think": "2 s"}, 20 * 15.0),
        ({"kind": "sessions", "think": "0 s"}, 0.0),
        ({"kind": "access_log", "file": "a.log"}, 0.0),
    ],
)
def test_expected_in_thirty_seconds(arrivals, expected):
    model = TypeAdapter(Arrivals).validate_python(arrivals)
    assert expected_requests(model, 20, 30.0) == pytest.approx(expected)


def test_a_run_that_ends_on_a_ramp():
    model = TypeAdapter(Arrivals).validate_python({"kind": "piecewise", "points": POINTS})
    assert expected_requests(model, 20, 5.0) == pytest.approx(12.5)

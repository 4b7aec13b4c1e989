"""Random quantities as a scenario writes them."""

import pytest
from pydantic import TypeAdapter, ValidationError

from sim.scenario.distributions import (
    AccessLog,
    Arrivals,
    ExponentialTime,
    FixedSize,
    FixedTime,
    Popularity,
    ServiceDemand,
    Size,
)

TIME, SIZE, ARRIVALS, POPULARITY = (TypeAdapter(kind) for kind in (ServiceDemand, Size, Arrivals, Popularity))


def test_a_bare_quantity_is_the_constant():
    assert TIME.validate_python("20 ms") == FixedTime.model_validate({"kind": "deterministic", "mean": "20 ms"})
    assert SIZE.validate_python("10 KiB") == FixedSize.model_validate({"kind": "fixed", "mean": "10 KiB"})


def test_kinds_hold_si_units():
    time = TIME.validate_python({"kind": "exponential", "mean": "20 ms"})
    assert isinstance(time, ExponentialTime)
    assert time.mean_s == 0.02
    assert SIZE.validate_python({"kind": "empirical", "values": ["1 KiB", "1 kB"]}).values_bytes == (1024.0, 1000.0)


@pytest.mark.parametrize(
    ("adapter", "wrong", "message"),
    [
        (TIME, {"kind": "empirical", "values": ["1 s"], "weights": [1, 2]}, "there are 2 weights for 1 values"),
        (SIZE, {"kind": "empirical", "values": ["1 B"], "weights": [0]}, "the sum of the weights must be greater than"),
        (POPULARITY, {"kind": "weighted", "weights": [0, 0]}, "the sum of the weights must be greater than 0"),
        (POPULARITY, {"kind": "weighted", "weights": [1, -1]}, "greater than or equal to 0"),
        (POPULARITY, {"kind": "weighted", "weights": [1, float("nan")]}, "finite"),
        (POPULARITY, {"kind": "uniform", "locality": 1.0}, "less than 1"),
        (TIME, {"kind": "pareto", "mean": "1 s", "shape": 1.0}, "greater than 1"),
        (ARRIVALS, {"kind": "piecewise", "points": [{"at": "1 s", "rate": "1/s"}] * 2}, "later than the one before"),
        (ARRIVALS, {"kind": "piecewise", "points": [{"at": "1 s", "rate": "0/s"}]}, "at least one point"),
        (ARRIVALS, {"kind": "deterministic", "rate": "0/s"}, "greater than 0"),
        (
            ARRIVALS,
            {"kind": "mmpp", "quiet_rate": "0/s", "burst_rate": "0/s", "quiet_time": "1 s", "burst_time": "1 s"},
            "at least one state",
        ),
    ],
)
def test_refuses(adapter, wrong, message):
    with pytest.raises(ValidationError, match=message):
        adapter.validate_python(wrong)


@pytest.mark.parametrize(
    ("pace", "value"),
    [("recorded", "recorded"), ("as_fast_as_possible", "as_fast_as_possible"), ("120/min", 2.0)],
)
def test_pace_of_a_replay(pace, value):
    assert ARRIVALS.validate_python({"kind": "access_log", "file": "a.log", "pace": pace}).pace == value


@pytest.mark.parametrize(
    ("pace", "message"),
    [("recordd", "did you mean 'recorded'"), (5, "a rate needs a unit"), ("0/s", "must be greater than 0")],
)
def test_wrong_pace(pace, message):
    with pytest.raises(ValidationError, match=message):
        AccessLog.model_validate({"kind": "access_log", "file": "a.log", "pace": pace})

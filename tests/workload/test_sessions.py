import numpy as np
import pytest
from pydantic import TypeAdapter

from sim.scenario.distributions import ServiceDemand
from sim.workload.sessions import closed_timing, open_timing


def law(said):
    return TypeAdapter(ServiceDemand).validate_python(said)


def timing(said, sessions, count=None, duration_s=None):
    return closed_timing(law(said), np.random.default_rng(1), sessions, count, duration_s)


EXPONENTIAL = {"kind": "exponential", "mean": "2 s"}


def test_open_arrivals_have_no_session():
    known = open_timing(np.array([1.0, 2.0]))
    assert known.session.tolist() == [-1, -1]
    assert known.think_s.tolist() == [0, 0]


def test_rows_are_in_rounds_and_as_even_as_possible():
    known = timing(EXPONENTIAL, sessions=4, count=10)
    assert known.session.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert known.turn.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_only_first_requests_have_a_time_and_it_is_their_think_time():
    known = timing(EXPONENTIAL, sessions=4, count=10)
    assert known.arrival_s[:4].tolist() == known.think_s[:4].tolist()
    assert np.isnan(known.arrival_s[4:]).all()
    assert (known.think_s > 0).all()


def test_fewer_requests_than_sessions():
    assert timing(EXPONENTIAL, sessions=10, count=3).session.tolist() == [0, 1, 2]


def test_a_duration_holds_all_that_could_be_issued_and_no_more():
    known = timing(EXPONENTIAL, sessions=50, duration_s=100.0)
    thought_s = np.zeros(50)
    np.add.at(thought_s, known.session, known.think_s)
    assert thought_s.max() <= 100.0
    longer = timing(EXPONENTIAL, sessions=50, count=50 * 200)
    for session in range(50):
        reached_s = np.cumsum(longer.think_s[longer.session == session])
        assert (known.session == session).sum() == (reached_s <= 100.0).sum()


def test_a_duration_gives_about_duration_by_think_time():
    assert len(timing(EXPONENTIAL, sessions=200, duration_s=100.0)) == pytest.approx(200 * 50, rel=0.03)


def test_a_session_too_late_for_the_end_has_no_row():
    known = timing({"kind": "empirical", "values": ["1 s", "1000 s"]}, sessions=100, duration_s=10.0)
    assert 0 < len(np.unique(known.session)) < 100
    assert (known.arrival_s[known.turn == 0] <= 10).all()


def test_of_both_limits_the_tighter_holds():
    assert len(timing("1 s", sessions=2, count=100, duration_s=3.5)) == 6
    assert len(timing("1 s", sessions=2, count=3, duration_s=3.5)) == 3


def test_no_thinking_needs_a_count():
    assert len(timing("0 s", sessions=2, count=7)) == 7
    with pytest.raises(ValueError, match="need a count"):
        timing("0 s", sessions=2, duration_s=10.0)

"""Tables in a terminal, from frames as the metrics make them."""

from __future__ import annotations

import pandas as pd
import pytest

import sim
from sim.console import tables
from sim.metrics.compare import Comparison
from sim.metrics.summary import ONE_RUN


@pytest.fixture
def lines(capsys):
    def printed():
        text = capsys.readouterr().out
        return [" ".join(line.replace("│", " ").replace("┃", " ").split()) for line in text.splitlines()]

    return printed


@pytest.fixture
def comparison():
    slow = [{"mean_response_time_s": 0.2 + r / 1000, "hit_ratio": 0.0} for r in range(5)]
    fast = [{"mean_response_time_s": 0.1 + r / 1000, "hit_ratio": 0.4 + r / 100} for r in range(5)]
    return Comparison.from_measures({"direct": slow, "cached": fast})


def test_a_frame_is_shown_in_the_units_of_its_columns(lines):
    tables.print_frame(pd.DataFrame({"node": ["edge"], "mean_s": [0.0123], "hit_ratio": [0.25]}), "Caches")
    shown = lines()
    assert shown[0] == "Caches"
    assert "node mean, ms hit ratio, %" in shown
    assert "edge 12.3 25" in shown


def test_optional_columns_are_left_out_where_they_are_all_zero(lines):
    frame = pd.DataFrame({"node": ["a", "b"], "hits": [0, 0], "stale": [0, 0], "collapsed": [0, 3]})
    tables.print_frame(frame, "Caches", optional=["stale", "collapsed"])
    assert "node hits collapsed" in lines()


def test_the_numbers_of_one_run_say_that_it_is_one(lines):
    frame = pd.DataFrame({"measure": ["requests", "p95_response_time_s"], "value": [4000.0, 0.25], "unit": ["", "s"]})
    frame.attrs["note"] = ONE_RUN
    tables.print_measures(frame, "Direct, seed 1")
    shown = lines()
    assert f"measure {ONE_RUN}" in shown
    assert "p95 response time, ms 250" in shown
    assert "requests 4,000" in shown


def test_a_comparison_shows_intervals_differences_and_verdicts(lines, comparison):
    tables.print_comparison(comparison)
    shown = lines()
    assert "measure direct cached" in shown
    assert "mean response time, ms 202.0 ± 2.0 102.0 ± 2.0" in shown
    assert any("faster" in line for line in shown)
    assert any("5 replications on the same requests" in line for line in shown)


def test_one_design_alone_has_no_differences(lines):
    alone = [{"hit_ratio": 0.4 + r / 100} for r in range(5)]
    tables.print_comparison(Comparison.from_measures({"cached": alone}))
    assert not any("Difference" in line for line in lines())


def test_values_by_name_leave_out_what_is_empty(lines):
    tables.print_values({"hits": 6368, "hit_ratio": 0.5, "notes": [], "key": ["target", "client"]}, "Replay")
    shown = lines()
    assert "hits 6,368" in shown
    assert "hit ratio, % 50" in shown
    assert "key target" in shown
    assert not any("notes" in line for line in shown)


def test_brackets_in_names_are_no_markup(lines):
    tables.print_frame(pd.DataFrame({"node": ["[red]edge"]}), "Names")
    assert "[red]edge" in lines()


def test_the_parties_of_a_run_and_whose_addresses_they_see(lines):
    trace = sim.simulate(sim.load("layered", ["run.requests=100", "run.warm_up=0 s"]))
    tables.print_visibility(trace)
    shown = lines()
    assert "students campus-proxy" in shown
    assert "campus-proxy students, gateway" in shown
    assert "app-1 gateway campus-proxy" in shown


def test_numbers_stand_right_and_names_left(capsys):
    tables.print_frame(pd.DataFrame({"node": ["app-1", "b"], "requests": [1000, 7]}), "Columns")
    shown = capsys.readouterr().out.splitlines()
    assert "│ app-1 │    1,000 │" in shown
    assert "│ b     │        7 │" in shown

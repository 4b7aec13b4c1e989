"""Errors print without a traceback: every problem with its place and a hint."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import errors
from sim.errors import Problem, ScenarioError, SimError, UnitError, UnknownPolicyError, nearest

LEAVES = [
    errors.UnitError,
    errors.UnknownPolicyError,
    errors.AccessLogError,
    errors.TraceError,
    errors.ReplicationError,
]


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("", "the file is empty"), "the file is empty"),
        (Problem("run.requests", "-1 is below 1"), "run.requests: -1 is below 1"),
        (Problem("a.b", "no", hint="did you mean 'c'?"), "a.b: no (did you mean 'c'?)"),
        (Problem("a.b", "no", hint="say yes", line=7), "line 7: a.b: no (say yes)"),
        (Problem("", "no", line=0), "line 0: no"),
    ],
)
def test_problem_reads_place_message_hint(problem, text):
    assert str(problem) == text


def test_scenario_error_shows_every_problem_on_its_own_line():
    error = ScenarioError([Problem("a", "first", line=1), Problem("b", "second", line=2)], source="two.yaml")
    assert str(error).splitlines() == ["two.yaml: 2 problems", "  line 1: a: first", "  line 2: b: second"]


def test_one_problem_is_counted_in_the_singular():
    assert str(ScenarioError([Problem("a", "no")])).startswith("scenario: 1 problem\n")


def test_scenario_error_survives_the_way_to_another_process():
    error = ScenarioError([Problem("a", "no", hint="yes", line=3)], source="x.yaml")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.problems, copy.source, str(copy)) == (error.problems, error.source, str(error))


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_leaf_is_a_sim_error_with_path_and_hint(leaf):
    error = leaf("no", path="a.b", hint="say yes")
    assert isinstance(error, SimError)
    assert (error.path, error.hint, str(error)) == ("a.b", "say yes", "a.b: no (say yes)")


@pytest.mark.parametrize("leaf", [UnitError, UnknownPolicyError])
def test_errors_inside_a_model_are_value_errors_for_pydantic(leaf):
    assert issubclass(leaf, ValueError)


def test_nearest_prefers_the_closest_name():
    assert nearest("least_conections", ["least_connections", "round_robin"]) == "did you mean 'least_connections'?"


def test_nearest_lists_what_is_known_when_nothing_is_near():
    assert nearest("zzz", ["lru", "fifo"]) == "known: fifo, lru"


@given(st.sampled_from(["fifo", "lfu", "lru", "sieve"]))
def test_a_known_name_is_its_own_nearest(name):
    assert nearest(name, ["fifo", "lfu", "lru", "sieve"]) == f"did you mean {name!r}?"

"""Verdicts: the same as the suite's own pages would give."""

from __future__ import annotations

import pytest

from tests.suite.verdicts import counts, judge


def listed(test_id, kind="required", depends_on=(), excluded=""):
    return {
        "id": test_id,
        "group": "group",
        "name": test_id,
        "kind": kind,
        "depends_on": list(depends_on),
        "excluded": excluded,
    }


FAILED = ["Assertion", "Response 2 comes from cache"]


@pytest.mark.parametrize(
    ("kind", "result", "expected"),
    [
        ("required", True, "pass"),
        ("optimal", True, "pass"),
        ("check", True, "yes"),
        ("required", FAILED, "fail"),
        ("required", ["FetchError", "socket hang up"], "fail"),
        ("optimal", FAILED, "not optimal"),
        ("check", FAILED, "no"),
        ("required", ["Setup", "Response 1 status is 502, not 200"], "setup failure"),
        ("required", ["Setup", "retry"], "retry"),
    ],
)
def test_a_result_and_its_verdict(kind, result, expected):
    (found,) = judge([listed("one", kind)], {"one": result})
    assert found.verdict == expected
    assert found.is_passed == (result is True)


def test_who_stands_on_a_failed_test_fails_with_it_but_keeps_its_own_result():
    tests = [listed("one", "check"), listed("two", depends_on=["one"]), listed("three", depends_on=["two"])]
    found = judge(tests, {"one": FAILED, "two": True, "three": True})
    assert [one.verdict for one in found] == ["no", "dependency failure", "dependency failure"]
    assert counts(found)["required"] == {"passed": 2, "total": 2}


def test_what_was_not_run_is_untested():
    (found,) = judge([listed("one")], {})
    assert (found.verdict, found.is_passed, found.detail) == ("untested", False, "")


def test_tests_for_others_are_left_out():
    tests = [listed("one", excluded="browser_only"), listed("two", excluded="cdn_only"), listed("three")]
    assert [one.id for one in judge(tests, {"one": True, "two": True, "three": True})] == ["three"]

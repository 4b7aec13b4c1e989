"""What a result means: the same verdicts as the suite's own pages give (its ``lib/display.mjs``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

KINDS = ("required", "optimal", "check")
PASSED = ("pass", "yes")
FAILED = {"required": "fail", "optimal": "not optimal", "check": "no"}


class Verdict(NamedTuple):
    """What became of one test.

    ``is_passed`` is the test's own result; its verdict may still be "dependency failure", since a test that another
    one stands on has failed.
    """

    id: str
    group: str
    kind: str
    verdict: str
    is_passed: bool
    name: str
    detail: str


def judge(tests: Iterable[Mapping[str, Any]], results: Mapping[str, Any]) -> list[Verdict]:
    """Give the verdict on each test that applies to a proxy.

    Left out are tests for browsers only and for CDNs only, and the group Surrogate-Control, which the suite's own
    list does not contain.
    """
    tests = list(tests)
    by_id = {test["id"]: test for test in tests}
    return [_judge(test, by_id, results) for test in tests if not test["excluded"]]


def _judge(test: Mapping[str, Any], tests: Mapping[str, Mapping[str, Any]], results: Mapping[str, Any]) -> Verdict:
    result, said = results.get(test["id"]), verdict(test["id"], tests, results)
    return Verdict(test["id"], test["group"], test["kind"], said, result is True, test["name"], _detail(result))


def verdict(test_id: str, tests: Mapping[str, Mapping[str, Any]], results: Mapping[str, Any]) -> str:
    """Say what a result means, given those of the tests on which it depends."""
    test, result = tests[test_id], results.get(test_id)
    if result is None:
        return "untested"
    if any(verdict(other, tests, results) not in PASSED for other in test["depends_on"]):
        return "dependency failure"
    if result is True:
        return "yes" if test["kind"] == "check" else "pass"
    if result[0] == "Setup":
        return "retry" if result[1] == "retry" else "setup failure"
    return FAILED[test["kind"]]


def counts(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    """Count tests and passes of each kind.

    A pass is a test whose own result is a success, as the suite's own pages count them, whatever became of the tests
    on which it depends.
    """
    table = {kind: {"passed": 0, "total": 0} for kind in KINDS}
    for one in verdicts:
        table[one.kind]["total"] += 1
        table[one.kind]["passed"] += one.is_passed
    return table


def _detail(result: Any) -> str:
    return "" if result in (None, True) else f"{result[0]}: {result[1]}"

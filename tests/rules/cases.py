"""Reads the YAML files beside it: the rules as examples that a reader can check against the RFCs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

CASES = {
    rule: listed
    for path in sorted(Path(__file__).parent.glob("*.yaml"))
    for rule, listed in yaml.safe_load(path.read_text(encoding="utf-8")).items()
}


def cases(rule):
    """The cases of a rule, as parameters (exchange, expected) of a test."""
    return pytest.mark.parametrize(
        ("exchange", "expected"),
        [pytest.param(case["exchange"], case["expected"], id=case["id"]) for case in CASES[rule]],
    )


def fields(lines):
    """Header fields from lines like "name: value"."""
    return tuple(tuple(line.split(": ", 1)) for line in lines)

"""Reads `cases.yaml`: the rules as examples that a reader can check against the RFCs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

CASES = yaml.safe_load(Path(__file__).with_name("cases.yaml").read_text(encoding="utf-8"))


def cases(rule):
    """The cases of a rule, as parameters (exchange, expected) of a test."""
    return pytest.mark.parametrize(
        ("exchange", "expected"),
        [pytest.param(case["exchange"], case["expected"], id=case["id"]) for case in CASES[rule]],
    )


def fields(lines):
    """Header fields from lines like "name: value"."""
    return tuple(tuple(line.split(": ", 1)) for line in lines)

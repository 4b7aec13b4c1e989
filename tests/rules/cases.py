"""Reads the YAML files beside it: the rules as examples that a reader can check against the RFCs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sim.messages import Response
from sim.rules.storing import StoredResponse, to_store
from sim.rules.terms import CacheKind, terms

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
    return tuple((name, value.lstrip(" ")) for name, _, value in (line.partition(":") for line in lines))


def kind(**said):
    """What kind of cache a case speaks of: a shared one unless it says otherwise."""
    return CacheKind(**said)


def stored(lines=(), *, status=200, request=(), asked_s=0.0, received_s=0.0, age_s=0.0, body=None, **said):
    """A stored response, from lines like "name: value"."""
    response = Response(status, fields(lines), 1000, age_s=age_s, body=body)
    read = terms(kind(**said), status, response.fields, received_s)
    kept = to_store(read, fields(request), response, asked_s, received_s)
    assert isinstance(kept, StoredResponse)
    return kept

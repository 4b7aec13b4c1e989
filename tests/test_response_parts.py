"""The parts of a response time are told apart in every medium, and all recorded ones are columns of a trace."""

from __future__ import annotations

import pytest

from sim.response_parts import PARTS, UNANSWERED
from sim.trace.schema import HOPS


@pytest.mark.parametrize("attribute", ["label", "phrase", "colour", "hatch"])
def test_no_two_parts_look_alike(attribute):
    assert len({getattr(part, attribute) for part in PARTS.values()}) == len(PARTS)


def test_every_recorded_part_is_a_column_of_the_trace():
    columns = {column.name for column in HOPS if column.kind == "float64" and column.name.endswith("_s")}
    moments = {"sent_s", "received_s", "answered_s", "returned_s"}
    assert {part.column for part in PARTS.values() if part.is_recorded} == columns - moments


def test_only_the_rest_is_not_recorded_and_it_comes_last():
    assert [part for part in PARTS.values() if not part.is_recorded] == [UNANSWERED]
    assert list(PARTS.values())[-1] is UNANSWERED

"""The contract of the trace keeps its own promises."""

from __future__ import annotations

import pytest

from sim.trace import schema


@pytest.mark.parametrize("name", schema.TABLES)
def test_columns_are_named_once_and_explained(name):
    names = [column.name for column in schema.TABLES[name]]
    assert len(set(names)) == len(names)
    assert all(column.meaning.rstrip().endswith((".", "…")) for column in schema.TABLES[name])


@pytest.mark.parametrize("name", schema.TABLES)
def test_every_time_and_size_says_its_unit(name):
    for column in schema.TABLES[name]:
        if column.kind == "float64":
            assert column.name.endswith("_s"), column.name


def test_the_four_tables_are_there():
    assert list(schema.TABLES) == ["requests", "hops", "steps", "sightings"]

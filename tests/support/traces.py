"""Traces made by hand, and how to spoil them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.trace.table import Table, Words
from sim.trace.trace import Trace


def change(trace: Trace, name: str, row: int, **cells: Any) -> Trace:
    """Return the trace with some cells of one row of one table replaced."""
    old = trace.tables[name]
    tables = {**trace.tables.recorded(), name: Table({c: _changed(old, c, row, cells) for c in old})}
    return Trace(tables["requests"], tables["hops"], tables["steps"], trace.meta, tables.get("sightings"))


def _changed(old: Table, column: str, row: int, cells: Mapping[str, Any]) -> Any:
    values = old[column]
    if column not in cells:
        return values
    if isinstance(values, Words):
        words = values.texts()
        words[row] = cells[column]
        return Words.of(words)
    return np.where(np.arange(len(old)) == row, cells[column], values).astype(values.dtype)

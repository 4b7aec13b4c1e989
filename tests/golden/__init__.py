"""A dozen requests written out in full: every number that the simulation gives is looked at by a person once.

``python -m tests.golden`` writes ``layered.csv`` anew.  Do so only when a change of the numbers is meant, and read
the difference.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import sim

FILE = Path(__file__).with_name("layered.csv")

# Few objects, so that both caches have hits; impatient, so that there is an error.
OVERRIDES = {
    "run.requests": 14,
    "run.warm_up": "0 s",
    "nodes.students.count": 4,
    "nodes.students.response_timeout": "300 ms",
    "content.pages.objects": 3,
    "content.api.objects": 2,
}


def trace():
    """Make the trace."""
    return sim.simulate(sim.load("layered", OVERRIDES), seed=2)


def text(made):
    """Write requests and hops as CSV; a number as `repr` gives it, so that not one bit of it is lost."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    for name in ("requests", "hops"):
        frame = getattr(made, name).astype(object)
        writer.writerow([f"# {name}"])
        writer.writerow(frame.columns)
        writer.writerows([_cell(value) for value in row] for row in frame.itertuples(index=False, name=None))
    return lines.getvalue()


def _cell(value):
    return value if isinstance(value, str) else repr(value)

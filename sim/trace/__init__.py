"""What happened in a run: the contract, the tables, the files, and the laws that every trace obeys."""

from sim.trace.table import Table, Words
from sim.trace.trace import Trace

__all__ = ["Table", "Trace", "Words"]

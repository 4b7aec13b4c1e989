"""Visibility: what each node and each tap could learn about the others from the messages that it saw."""

from sim.visibility.anonymity import anonymity
from sim.visibility.exposure import exposure
from sim.visibility.matrix import counts, matrix

__all__ = ["anonymity", "counts", "exposure", "matrix"]

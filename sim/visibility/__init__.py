"""Who saw whom: what each party and each tap could learn from what passed it."""

from sim.visibility.anonymity import anonymity
from sim.visibility.exposure import exposure
from sim.visibility.matrix import counts, matrix

__all__ = ["anonymity", "counts", "exposure", "matrix"]

"""Workloads: one row per request, all random numbers drawn before the run.

``draw`` assembles a workload from the times of requests (``arrivals``, ``sessions``, ``schedule``), their clients
(``clients``), targets (``popularity``, ``catalogue``), sizes and service demands (``demands``), each drawn from a
stream of its own (``streams``).  ``log_columns`` reads access logs, and ``recorded`` turns them into requests.
``columns`` defines the workload that every world gets.
"""

from sim.workload.columns import Workload
from sim.workload.draw import draw
from sim.workload.streams import Streams

__all__ = ["Streams", "Workload", "draw"]

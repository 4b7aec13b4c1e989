"""Numbers from a trace: tidy tables, each column with its unit in its name."""

from sim.metrics.caching import NOT_PLAIN_HITS, ratios, spared
from sim.metrics.compare import Comparison
from sim.metrics.replications import Interval, batch_means, interval, mean_response_time
from sim.metrics.response_time import by_cause, by_hop
from sim.metrics.stations import in_flight, little, utilisation
from sim.metrics.summary import as_dict, measures, summary

__all__ = [
    "NOT_PLAIN_HITS",
    "Comparison",
    "Interval",
    "as_dict",
    "batch_means",
    "by_cause",
    "by_hop",
    "in_flight",
    "interval",
    "little",
    "mean_response_time",
    "measures",
    "ratios",
    "spared",
    "summary",
    "utilisation",
]

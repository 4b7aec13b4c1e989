"""Pictures: one function per chart, from a tidy table or a trace to axes; no chart computes a metric.

Without ``ax`` a chart makes its own slide, which a notebook shows: ``charts.topology(trace).figure``.
"""

from sim.charts.agreement import agreement
from sim.charts.breakdown import breakdown
from sim.charts.caching import hit_ratios
from sim.charts.comparison import comparison
from sim.charts.ladder import ladder
from sim.charts.response_time import response_time_cdf
from sim.charts.save import save_all
from sim.charts.scoreboard import scoreboard
from sim.charts.slide import Slide, footnote, save
from sim.charts.topology import topology
from sim.charts.visibility import visibility_designs, visibility_matrix

__all__ = [
    "Slide",
    "agreement",
    "breakdown",
    "comparison",
    "footnote",
    "hit_ratios",
    "ladder",
    "response_time_cdf",
    "save",
    "save_all",
    "scoreboard",
    "topology",
    "visibility_designs",
    "visibility_matrix",
]

"""Who asks for what and when: one row per request, all dice thrown before the run.

``draw`` puts a workload together: ``arrivals``, ``sessions`` and ``schedule`` say when, ``clients`` who,
``popularity`` and ``catalogue`` what, ``demands`` how much, each from its own stream of ``streams``.  ``access_log``
reads recorded requests and ``recorded`` makes a workload of them.  ``columns`` is what every world is given.
"""

from sim.workload.columns import Workload
from sim.workload.draw import draw
from sim.workload.streams import Streams

__all__ = ["Streams", "Workload", "draw"]

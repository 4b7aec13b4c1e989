"""proxysim: simulate, measure and draw web traffic through forward and reverse proxies.

Examples
--------
A scenario is loaded, and any value of it changed; one run leaves a trace, and numbers are taken from that:

>>> import sim
>>> layered = sim.load("layered", ["run.requests=200", "run.warm_up=0 s"])
>>> trace = sim.simulate(layered, seed=1)
>>> len(trace.requests)
200
>>> sim.visibility.matrix(trace).loc["app-1", ["students", "campus-proxy", "gateway"]].tolist()
['', 'told', 'peer']

Designs are compared on the very same requests, several times over:

>>> direct = sim.load("direct", ["run.requests=200", "run.warm_up=0 s"])
>>> differences = sim.compare([direct, layered]).differences
>>> differences.query("measure == 'mean_response_time_s'")["verdict"].tolist()
['faster']

Any trace can be watched: ``sim.play(trace)`` in a notebook, ``proxysim play`` from the command line.

Everything is loaded when it is first used, so that ``import sim`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim import charts, metrics, visibility
    from sim.engine.replay import replay
    from sim.engine.run import simulate
    from sim.errors import SimError
    from sim.lab.run import measure
    from sim.player.widget import play
    from sim.scenario.load import load
    from sim.scenario.schema import Scenario
    from sim.study import compare
    from sim.trace.trace import Trace
    from sim.validation import validate
    from sim.workload.columns import Workload
    from sim.workload.draw import draw

__all__ = [
    "Scenario",
    "SimError",
    "Trace",
    "Workload",
    "charts",
    "compare",
    "draw",
    "load",
    "measure",
    "metrics",
    "play",
    "replay",
    "simulate",
    "validate",
    "visibility",
]

_HOME = {
    "Scenario": "sim.scenario.schema",
    "SimError": "sim.errors",
    "Trace": "sim.trace.trace",
    "Workload": "sim.workload.columns",
    "compare": "sim.study",
    "draw": "sim.workload.draw",
    "load": "sim.scenario.load",
    "play": "sim.player.widget",
    "measure": "sim.lab.run",
    "replay": "sim.engine.replay",
    "simulate": "sim.engine.run",
    "validate": "sim.validation",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    found = getattr(import_module(_HOME[name]), name) if name in _HOME else import_module(f"sim.{name}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)

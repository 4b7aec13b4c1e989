"""Runs designs several times on the very same requests, and hands the numbers to the statistics.

Replication r of every design meets the same draws (common random numbers), so that what differs between two
designs is their doing and not that of chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from sim.engine.run import simulate
from sim.errors import ReplicationError
from sim.metrics.compare import Comparison
from sim.metrics.replications import FEWEST_REPLICATIONS
from sim.metrics.summary import measures
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.trace.trace import Trace
from sim.workload.draw import draw


def compare(
    scenarios: Sequence[Scenario | str | Path],
    *,
    replications: int = 5,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare designs by independent replications on common random numbers.

    Parameters
    ----------
    scenarios : sequence of Scenario, str or Path
        The designs: scenarios, their files, or names of shipped ones.  The first is the baseline.
    replications : int
        How often each is run, at least five.
    seed : int
        Seed of the study.
    progress : callable of (done, total), optional
        Called after each run with how many runs are over.

    Returns
    -------
    Comparison
        Student intervals of each design's measures and of the paired differences, after the warm-up; and the
        trace of each design's first replication.

    Raises
    ------
    ReplicationError
        With fewer than five replications, without a scenario, or with the same one twice.
    ScenarioError
        If a scenario cannot be run.
    KeyboardInterrupt
        If it is interrupted before five replications are complete; later, those that are complete count.

    Examples
    --------
    >>> import sim
    >>> small = [sim.load(name, ["run.requests=300", "run.warm_up=0 s"]) for name in ("direct", "forward-proxy")]
    >>> comparison = sim.compare(small)
    >>> comparison.table.query("measure == 'hit_ratio'")["n"].tolist()
    [5, 5]
    """
    if replications < FEWEST_REPLICATIONS:
        raise ReplicationError(
            f"{replications} replications give no interval", hint=f"at least {FEWEST_REPLICATIONS} are needed"
        )
    designs = _named([each if isinstance(each, Scenario) else load(each) for each in scenarios])
    runs: list[dict[str, dict[str, float]]] = []
    first: dict[str, Trace] = {}
    # Ctrl-C may fall into a run, a draw or the measuring; what is complete for all designs counts.
    with suppress(KeyboardInterrupt):
        for traces in _replications(designs, replications, seed, progress):
            runs.append({name: measures(trace) for name, trace in traces.items()})
            first = first or traces
    if len(runs) < FEWEST_REPLICATIONS:
        raise KeyboardInterrupt
    titles = {name: scenario.title for name, scenario in designs.items()}
    found = {name: [run[name] for run in runs] for name in designs}
    return Comparison.from_measures(found, titles=titles, traces=first)


def _replications(
    designs: dict[str, Scenario], replications: int, seed: int, progress: Callable[[int, int], None] | None
) -> Iterator[dict[str, Trace]]:
    """Run every design once per replication; an interrupted replication is not given."""
    for replication in range(replications):
        traces = {}
        for name, scenario in designs.items():
            traces[name] = simulate(scenario, draw(scenario, seed, replication), steps=replication == 0)
            if traces[name].is_cut_short:
                return
            if progress:
                progress(replication * len(designs) + len(traces), replications * len(designs))
        yield traces


def _named(scenarios: Sequence[Scenario]) -> dict[str, Scenario]:
    """Return designs by unique names: their own, with their hash where two share one."""
    if not scenarios:
        raise ReplicationError("nothing to compare", hint="name at least one scenario")
    names = [scenario.name or scenario.hash for scenario in scenarios]
    distinct = [
        name if names.count(name) == 1 else f"{name} {scenario.hash}"
        for name, scenario in zip(names, scenarios, strict=True)
    ]
    twice = sorted({name for name in distinct if distinct.count(name) > 1})
    if twice:
        raise ReplicationError(f"the same design twice: {', '.join(twice)}", hint="name each design once")
    return dict(zip(distinct, scenarios, strict=True))

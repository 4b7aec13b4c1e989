"""Comparison of designs by paired differences, replication by replication.

In each replication all designs get the same requests (common random numbers).  The difference between two designs is
taken within each replication, so that the variation that is common to both cancels out and the interval is narrow
(A. M. Law, Simulation Modeling and Analysis, 5th ed. 2015, sections 10.2 and 11.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import ReplicationError, nearest
from sim.metrics.replications import FEWEST_REPLICATIONS, Interval, interval
from sim.metrics.summary import records, unit_of

if TYPE_CHECKING:
    import pandas as pd

    from sim.trace.table import Numbers
    from sim.trace.trace import Trace

Measures = Mapping[str, float]

NO_DIFFERENCE = "no difference seen"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Result of a comparison of designs; made by `from_measures`.

    Attributes
    ----------
    table : pandas.DataFrame
        design, measure, unit, mean, low, high, half_width, n: an interval for each design.
    differences : pandas.DataFrame
        design, baseline, measure, unit, difference, low, high, half_width, n, verdict: paired differences
        "design minus baseline" on the same requests.  Each interval has the confidence `confidence` by itself; of
        twenty such verdicts at 95 %, one is expected to be wrong.
    baseline : str
        The design with which the others are compared.
    titles : mapping of str to str
        Title of each design.
    traces : mapping of str to Trace
        The first replication of each design.
    confidence : float
        Confidence level of every interval.
    """

    table: pd.DataFrame
    differences: pd.DataFrame
    baseline: str
    titles: Mapping[str, str] = field(default_factory=dict)
    traces: Mapping[str, Trace] = field(default_factory=dict)
    confidence: float = 0.95

    @classmethod
    def from_measures(
        cls,
        measures: Mapping[str, Sequence[Measures]],
        *,
        baseline: str | None = None,
        titles: Mapping[str, str] | None = None,
        traces: Mapping[str, Trace] | None = None,
        confidence: float = 0.95,
    ) -> Comparison:
        """Return the comparison of designs by their measures in each replication.

        Parameters
        ----------
        measures : mapping of str to sequence of mapping
            For each design its measures in each replication; replication r of every design had the same requests.
        baseline : str, optional
            The design with which the others are compared; the first one if absent.
        titles, traces : mapping, optional
            Title and first trace of each design.
        confidence : float
            Confidence level of every interval.

        Returns
        -------
        Comparison
            Intervals and paired differences.

        Raises
        ------
        ReplicationError
            With fewer than five replications, an unknown baseline, or designs that differ in the number of
            replications or in their measures.

        Examples
        --------
        >>> slow = [{"mean_response_time_s": 1.0 + r / 10} for r in range(5)]
        >>> fast = [{"mean_response_time_s": 0.5 + r / 10} for r in range(5)]
        >>> Comparison.from_measures({"direct": slow, "cached": fast}).differences["verdict"].tolist()
        ['faster']
        """
        import pandas as pd

        values = _columns(measures)
        first = baseline if baseline is not None else next(iter(values))
        if first not in values:
            raise ReplicationError(f"no design {first!r} to compare with", hint=nearest(first, values))
        rows = [_row(design, name, held[name], confidence) for design, held in values.items() for name in held]
        pairs = [
            _difference(design, first, name, held[name] - values[first][name], confidence)
            for design, held in values.items()
            if design != first
            for name in held
        ]
        columns = ["measure", "unit", "low", "high", "half_width", "n"]
        table = pd.DataFrame(rows, columns=["design", *columns[:2], "mean", *columns[2:]])
        names = ["design", "baseline", *columns[:2], "difference", *columns[2:], "verdict"]
        return cls(table, pd.DataFrame(pairs, columns=names), first, titles or {}, traces or {}, confidence)

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison in plain JSON values; undefined numbers are None."""
        return {
            "baseline": self.baseline,
            "confidence": self.confidence,
            "replications": int(self.table["n"].min()),
            "titles": dict(self.titles),
            "table": records(self.table),
            "differences": records(self.differences),
        }

    def wide(self) -> pd.DataFrame:
        """Return measures as rows and designs as columns, each cell "mean ± half width", for people."""
        cells = self.table.assign(cell=[f"{m:.4g} ± {h:.2g}" for m, h in self.table[["mean", "half_width"]].to_numpy()])
        order = list(dict.fromkeys(self.table["design"]))
        rows = list(dict.fromkeys(self.table["measure"]))
        return cells.pivot_table(index="measure", columns="design", values="cell", aggfunc="first").loc[rows, order]

    def _repr_html_(self) -> str:
        count = int(self.table["n"].min())
        said = f"mean ± half width of the {self.confidence:.0%} interval, {count} replications on the same requests"
        against = f"<p>paired differences from {self.baseline}</p>"
        return f"<p>{said}</p>{self.wide().to_html()}{against}{self.differences.to_html(index=False)}"


def verdict(measure: str, found: Interval) -> str:
    """Return in a word what a paired difference shows.

    Parameters
    ----------
    measure : str
        Name of the measure.
    found : Interval
        Interval of the difference "design minus baseline".

    Returns
    -------
    str
        faster or slower for a response time, else lower or higher; `NO_DIFFERENCE` if the interval covers 0.

    Examples
    --------
    >>> verdict("hit_ratio", Interval(0.2, 0.1, 0.1, 0.3, 5))
    'higher'
    >>> verdict("mean_response_time_s", Interval(0.2, 0.3, -0.1, 0.5, 5))
    'no difference seen'
    """
    if np.isnan(found.mean):
        return "not defined"
    if found.low <= 0 <= found.high:
        return NO_DIFFERENCE
    less, more = ("faster", "slower") if measure.endswith("response_time_s") else ("lower", "higher")
    return less if found.high < 0 else more


def _columns(measures: Mapping[str, Sequence[Measures]]) -> dict[str, dict[str, Numbers]]:
    """Return one array per design and measure; an error if the designs cannot be paired."""
    if not measures:
        raise ReplicationError("there is nothing to compare", hint="name at least one scenario")
    counts = {design: len(replications) for design, replications in measures.items()}
    if len(set(counts.values())) > 1:
        raise ReplicationError(f"designs with different numbers of replications cannot be paired: {counts}")
    if min(counts.values()) < FEWEST_REPLICATIONS:
        raise ReplicationError(
            f"a comparison needs at least {FEWEST_REPLICATIONS} replications, not {min(counts.values())}"
        )
    names = {design: tuple(held[0]) for design, held in measures.items()}
    if len(set(names.values())) > 1:
        raise ReplicationError("designs with different measures cannot be compared")
    return {
        design: {name: np.array([replication[name] for replication in held]) for name in names[design]}
        for design, held in measures.items()
    }


def _row(design: str, measure: str, values: Numbers, confidence: float) -> dict[str, Any]:
    return {"design": design, "measure": measure, "unit": unit_of(measure), **interval(values, confidence)._asdict()}


def _difference(design: str, baseline: str, measure: str, values: Numbers, confidence: float) -> dict[str, Any]:
    found = interval(values, confidence)
    said = {"design": design, "baseline": baseline, "measure": measure, "unit": unit_of(measure)}
    return {**said, "difference": found.mean, **found._asdict(), "verdict": verdict(measure, found)}

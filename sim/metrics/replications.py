"""Confidence intervals for the means of simulated numbers.

Requests of one run are correlated (one waits because the one before it waited), so that their variance does not give
the error of their mean.  Means of independent replications, or of long batches of one run, are nearly independent and
nearly normal, and Student's interval applies to them (A. M. Law, Simulation Modeling and Analysis, 5th ed. 2015,
sections 9.4 and 9.5).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.errors import ReplicationError
from sim.metrics.response_time import response_times_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.trace.trace import Trace

FEWEST_REPLICATIONS = 5
"""Fewest replications, or batches, for an interval: with less than 4 degrees of freedom it is too wide to be of use."""

FEWEST_IN_BATCH = 2
"""Fewest values in a batch."""


class Interval(NamedTuple):
    """A mean with its confidence interval.

    Attributes
    ----------
    mean : float
        Mean of the values.
    half_width : float
        Half the width of the interval, in the values' unit.
    low, high : float
        Its ends.
    n : int
        Number of values.
    """

    mean: float
    half_width: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.4g} ± {self.half_width:.2g}"


def interval(values: Sequence[float] | NDArray[np.float64], confidence: float = 0.95) -> Interval:
    r"""Return Student's confidence interval for the mean of independent values.

    :math:`\bar x \pm t_{n-1,\,(1+\gamma)/2}\; s / \sqrt n` with confidence :math:`\gamma`.

    Parameters
    ----------
    values : sequence of float
        One number per replication.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        All NaN if a value is NaN (a measure that is not defined in some replication).

    Raises
    ------
    ReplicationError
        With fewer than five values, or a confidence outside (0, 1).

    Examples
    --------
    >>> print(interval([1.0, 2.0, 3.0, 4.0, 5.0]))
    3 ± 2
    """
    found = np.asarray(values, dtype=float)
    if len(found) < FEWEST_REPLICATIONS:
        hint = f"run at least {FEWEST_REPLICATIONS} replications"
        raise ReplicationError(
            f"an interval needs at least {FEWEST_REPLICATIONS} replications, not {len(found)}", hint=hint
        )
    if not 0 < confidence < 1:
        raise ReplicationError(f"a confidence lies between 0 and 1, not {confidence}", hint="write 0.95 for 95 %")
    if np.isnan(found).any():
        return Interval(math.nan, math.nan, math.nan, math.nan, len(found))
    mean = float(found.mean())
    half = _student_quantile(confidence, len(found) - 1) * float(found.std(ddof=1)) / math.sqrt(len(found))
    return Interval(mean, half, mean - half, mean + half, len(found))


def _student_quantile(confidence: float, freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))


def batch_means(
    values: Sequence[float] | NDArray[np.float64], batches: int = 20, *, confidence: float = 0.95, warm_up: int = 0
) -> Interval:
    """Return an interval for the mean of one long, correlated sequence by the means of its batches.

    Parameters
    ----------
    values : sequence of float
        In the order of time.
    batches : int
        Number of batches of equal length; values left over at the end are not used.
    confidence : float
        Between 0 and 1.
    warm_up : int
        Number of values left out at the beginning.

    Returns
    -------
    Interval
        Of the batch means.

    Raises
    ------
    ReplicationError
        With fewer than five batches, or fewer than two values for each.

    Examples
    --------
    >>> batch_means([9.0, 9.0] + [1.0, 3.0] * 50, batches=10, warm_up=2).mean
    2.0
    """
    kept = np.asarray(values, dtype=float)[warm_up:]
    length = len(kept) // batches if batches > 0 else 0
    if batches >= FEWEST_REPLICATIONS and length < FEWEST_IN_BATCH:
        hint = "run longer, or use fewer batches"
        raise ReplicationError(f"{len(kept)} values are too few for {batches} batches", hint=hint)
    if batches < FEWEST_REPLICATIONS:
        raise ReplicationError(
            f"batch means need at least {FEWEST_REPLICATIONS} batches, not {batches}", hint="20 is usual"
        )
    return interval(kept[: length * batches].reshape(batches, length).mean(axis=1), confidence)


def mean_response_time(trace: Trace, batches: int = 20, *, confidence: float = 0.95) -> Interval:
    """Return an interval for the mean response time of one long run, in seconds, by batch means.

    Parameters
    ----------
    trace : Trace
        A long run; requests that arrived during its warm-up are left out.
    batches : int
        Number of batches.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    Interval
        In seconds.

    Examples
    --------
    >>> from sim.trace.examples import build, to_proxy
    >>> trace = build([to_proxy(i, float(i), link_s=0.5) for i in range(10)])
    >>> mean_response_time(trace, batches=5).mean
    0.5
    """
    return batch_means(response_times_s(trace), batches, confidence=confidence)

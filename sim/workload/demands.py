"""Sizes of responses, service demands and think times.

Sizes are functions of uniform numbers, so that a static object's size can be looked up by its number alone (see
``Streams.uniforms``); times are drawn row after row.  Heavy tails are not truncated: with a Pareto shape below 2 the
variance is infinite, and the averages of a run may lie far from the mean.  Only sizes above 1 EiB, the largest size
that a scenario may state, are cut, because a 64-bit integer holds little more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.scenario.distributions import (
    EmpiricalSize,
    EmpiricalTime,
    ErlangTime,
    ExponentialTime,
    FixedSize,
    FixedTime,
    LognormalSize,
    LognormalTime,
    ServiceDemand,
    Size,
)
from sim.workload import weighted

Floats = NDArray[np.float64]

_LARGEST_BYTES = 2.0**60


def sizes_bytes(law: Size, uniforms: Floats) -> NDArray[np.int64]:
    """Return sizes as functions of uniform numbers.

    Parameters
    ----------
    law : FixedSize, LognormalSize, ParetoSize or EmpiricalSize
        Distribution of the sizes.
    uniforms : ndarray of float64, shape (n, 2)
        Two independent uniform numbers in [0, 1) for each size.

    Returns
    -------
    ndarray of int64, shape (n,)
        Sizes in whole bytes; at least 1, unless the size is fixed at 0.

    Notes
    -----
    Lognormal by Box and Muller (1958), Pareto and empirical by inversion of the distribution function.

    Examples
    --------
    >>> law = FixedSize.model_validate({"kind": "fixed", "mean": "10 KiB"})
    >>> sizes_bytes(law, np.zeros((2, 2)))
    array([10240, 10240])
    """
    first = uniforms[:, 0]
    if isinstance(law, FixedSize):
        return np.full(len(first), round(law.mean_bytes), np.int64)
    if isinstance(law, EmpiricalSize):
        return np.rint(_choose(law.values_bytes, law.weights, first)).astype(np.int64)
    if isinstance(law, LognormalSize):
        normal = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * uniforms[:, 1])
        exact = _lognormal(law.mean_bytes, law.sigma, normal)
    else:
        exact = _pareto(law.mean_bytes, law.shape, first)
    return np.rint(np.clip(exact, 1, _LARGEST_BYTES)).astype(np.int64)


def times_s(law: ServiceDemand, generator: np.random.Generator, count: int) -> Floats:
    """Draw times.

    Parameters
    ----------
    law : FixedTime, ExponentialTime, ErlangTime, LognormalTime, ParetoTime or EmpiricalTime
        Distribution of the times.
    generator : numpy.random.Generator
        The stream to draw from.
    count : int
        Number of times.

    Returns
    -------
    ndarray of float64, shape (count,)
        Times in seconds, not negative.

    Examples
    --------
    >>> law = ErlangTime.model_validate({"kind": "erlang", "mean": "20 ms", "stages": 4})
    >>> drawn_s = times_s(law, np.random.default_rng(1), 100_000)
    >>> print(f"{drawn_s.mean():.3f} s, squared coefficient of variation {drawn_s.var() / drawn_s.mean() ** 2:.2f}")
    0.020 s, squared coefficient of variation 0.25
    """
    if isinstance(law, FixedTime):
        return np.full(count, law.mean_s)
    if isinstance(law, EmpiricalTime):
        return _choose(law.values_s, law.weights, generator.random(count))
    if isinstance(law, ExponentialTime):
        return generator.exponential(law.mean_s, count)
    if isinstance(law, ErlangTime):
        return generator.gamma(law.stages, law.mean_s / law.stages, count)
    if isinstance(law, LognormalTime):
        return _lognormal(law.mean_s, law.sigma, generator.standard_normal(count))
    return _pareto(law.mean_s, law.shape, generator.random(count))


def mean_s(law: ServiceDemand) -> float:
    """Return the mean of a distribution of times.

    Parameters
    ----------
    law : FixedTime, ExponentialTime, ErlangTime, LognormalTime, ParetoTime or EmpiricalTime
        Distribution of the times.

    Returns
    -------
    float
        Its mean in seconds.

    Examples
    --------
    >>> mean_s(EmpiricalTime.model_validate({"kind": "empirical", "values": ["1 s", "4 s"], "weights": [3, 1]}))
    1.75
    """
    if isinstance(law, EmpiricalTime):
        return float(np.average(law.values_s, weights=law.weights))
    return law.mean_s


def _lognormal(mean: float, sigma: float, normal: Floats) -> Floats:
    return np.asarray(mean * np.exp(sigma * normal - sigma * sigma / 2))


def _pareto(mean: float, shape: float, uniform: Floats) -> Floats:
    """Return values of the Pareto distribution of the first kind, whose least value is mean (shape - 1) / shape."""
    smallest = mean * (shape - 1) / shape
    return np.asarray(smallest * (1 - uniform) ** (-1 / shape))


def _choose(values: Sequence[float], weights: Sequence[float] | None, uniform: Floats) -> Floats:
    if weights is None:
        return np.asarray(values)[(uniform * len(values)).astype(np.intp)]
    return np.asarray(values)[weighted.choose(weights, uniform)]

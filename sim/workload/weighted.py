"""Weighted choice: the inverse of a discrete distribution function."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def choose(weights: Sequence[float] | NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return choices with probabilities in proportion to their weights, as functions of uniform numbers.

    Parameters
    ----------
    weights : sequence of float, shape (choices,)
        Not negative, with a sum greater than 0.
    uniform : ndarray of float64, shape (n,)
        Numbers in [0, 1).

    Returns
    -------
    ndarray of int64, shape (n,)
        Index of the choice; never one of weight 0.

    Examples
    --------
    >>> choose([2, 0, 1, 1], np.array([0.0, 0.49, 0.5, 0.99]))
    array([0, 0, 2, 3])
    """
    reached = np.cumsum(weights)
    return find(reached, uniform * reached[-1])


def find(reached: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the first choice whose cumulative weight is greater than a value.

    Parameters
    ----------
    reached : ndarray of float64, shape (choices,)
        Cumulative weights.
    wanted : ndarray of float64, shape (n,)
        Values; the last choice is returned for a value at or above the last cumulative weight.

    Returns
    -------
    ndarray of int64, shape (n,)
        Index of the choice.

    Examples
    --------
    >>> find(np.array([1.0, 3.0]), np.array([0.5, 1.0, 3.0]))
    array([0, 1, 1])
    """
    # side="right" never finds a choice of weight 0; the minimum keeps rounding from going beyond the last other one.
    last = np.searchsorted(reached, reached[-1], side="left")
    return np.asarray(np.minimum(np.searchsorted(reached, wanted, side="right"), last))

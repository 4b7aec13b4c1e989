"""Which requests are under way in which stretch of time: so that a seek costs what is on screen."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FEWEST, MOST = 1, 1 << 16
PER_BUCKET = 4
"""Requests that a bucket should see begin, where they do not last longer than that takes."""


class Index(NamedTuple):
    """Buckets of time, and the requests under way in each.

    Attributes
    ----------
    start_s, width_s : float
        Where the first bucket begins, and how long each is, in seconds.
    offsets : ndarray of int64, shape (buckets + 1,)
        Bucket ``b`` holds ``rows[offsets[b]:offsets[b + 1]]``.
    rows : ndarray of int64
        Rows of the intervals, in increasing order within a bucket.
    """

    start_s: float
    width_s: float
    offsets: NDArray[np.int64]
    rows: NDArray[np.int64]

    def at(self, time_s: float) -> NDArray[np.int64]:
        """Return the rows of the bucket in which a moment lies.

        >>> begin_s = np.arange(100.0)
        >>> build(begin_s, begin_s + 0.5).at(50.2).tolist()
        [48, 49, 50, 51]
        """
        bucket = int((time_s - self.start_s) / self.width_s)
        if not 0 <= bucket < len(self.offsets) - 1:
            return np.empty(0, dtype=np.int64)
        return self.rows[self.offsets[bucket] : self.offsets[bucket + 1]]


def build(begin_s: NDArray[np.float64], end_s: NDArray[np.float64]) -> Index:
    """Sort intervals into buckets of time.

    A bucket is no shorter than the mean interval, so that there are at most about two entries for each.

    Parameters
    ----------
    begin_s, end_s : ndarray of float64, shape (rows,)
        When each begins and ends, in seconds.

    Returns
    -------
    Index
        Every interval is in all buckets that it touches.

    Examples
    --------
    >>> index = build(np.array([0.0, 1.0]), np.array([2.0, 4.0]))
    >>> index.at(1.5).tolist(), index.at(9.0).tolist()
    ([0, 1], [])
    """
    if not len(begin_s):
        return Index(0.0, 1.0, np.zeros(2, dtype=np.int64), np.empty(0, dtype=np.int64))
    start_s, span_s = float(begin_s.min()), float(end_s.max() - begin_s.min())
    width_s = _width_s(span_s, float(np.mean(end_s - begin_s)), len(begin_s))
    first = ((begin_s - start_s) / width_s).astype(np.int64)
    last = ((end_s - start_s) / width_s).astype(np.int64)
    counts = last - first + 1
    rows = np.repeat(np.arange(len(first)), counts)
    bucket = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(first, counts)
    sizes = np.bincount(bucket, minlength=int(last.max()) + 1)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    return Index(start_s, width_s, offsets, rows[np.argsort(bucket, kind="stable")])


def _width_s(span_s: float, mean_s: float, rows: int) -> float:
    buckets = min(max(rows // PER_BUCKET, FEWEST), MOST)
    return max(span_s / buckets, mean_s, 1e-9) * (1 + 1e-9)

"""Named independent streams of random numbers.

Each column of a workload has its own stream, which depends on seed, replication and name alone: a further node or
content class draws from streams of its own, and all others stay as they were.  Names are turned into numbers by
SHA-256, because Python's ``hash`` of a string differs from process to process.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Streams:
    """All streams of one replication.

    Parameters
    ----------
    seed : int
        Seed of the study, not negative.
    replication : int
        Number of the replication, from 0; streams of different replications are independent.

    Examples
    --------
    >>> streams = Streams(seed=1)
    >>> first = streams.generator("arrivals/students").random(3)
    >>> again = streams.generator("arrivals/students").random(3)
    >>> bool((first == again).all()), bool((first == streams.generator("think/students").random(3)).any())
    (True, False)
    """

    def __init__(self, seed: int, replication: int = 0) -> None:
        self.seed = seed
        self.replication = replication

    def generator(self, name: str) -> np.random.Generator:
        """Return a generator at the beginning of the stream of that name.

        Parameters
        ----------
        name : str
            What is drawn and for which node, such as ``arrivals/students``.

        Returns
        -------
        numpy.random.Generator
            PCG64, seeded by ``SeedSequence(seed, spawn_key=(replication, digits of the name's SHA-256))``.
        """
        return np.random.default_rng(self._sequence(name))

    def uniforms(self, name: str, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return two uniform numbers for each object, independent of which objects are requested and in which order.

        They are outputs 2k and 2k + 1 of SplitMix64 [1]_, whose state is a counter, so that each can be computed
        alone: ten of 10^8 objects cost ten computations.

        Parameters
        ----------
        name : str
            Name of the stream.
        numbers : ndarray of int64, shape (n,)
            Numbers k of the objects, not negative.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Uniform in [0, 1); the same for the same object.

        References
        ----------
        .. [1] Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.

        Examples
        --------
        >>> sizes = Streams(seed=1).uniforms("size/pages", np.array([7, 99_999_999, 7]))
        >>> bool((sizes[0] == sizes[2]).all())
        True
        """
        start = self._sequence(name).generate_state(1, np.uint64)[0]
        position = 2 * np.asarray(numbers).astype(np.uint64)[:, np.newaxis] + np.array([1, 2], np.uint64)
        bits = start + position * _GOLDEN
        bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
        bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
        bits ^= bits >> np.uint64(31)
        return np.asarray((bits >> np.uint64(11)) * 2.0**-53)

    def _sequence(self, name: str) -> np.random.SeedSequence:
        digest = hashlib.sha256(name.encode()).digest()
        words = (int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
        return np.random.SeedSequence(self.seed, spawn_key=(self.replication, *words))

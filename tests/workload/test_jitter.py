"""Jitter: a function of the request and of the place, and of nothing else."""

from __future__ import annotations

import numpy as np

from sim.workload.jitter import BACK, OUTWARD, jitter_draw


def test_jitter_draws_of_one_request_are_independent():
    bits = np.random.default_rng(4).integers(0, 2**64, 20_000, dtype=np.uint64).tolist()
    places = [[jitter_draw(draw, edge, way) for draw in bits] for edge in (0, 1) for way in (OUTWARD, BACK)]
    correlation = np.corrcoef(places)[np.triu_indices(4, 1)]
    assert np.abs(correlation).max() < 3.5 / np.sqrt(len(bits))


def test_the_known_values_of_splitmix64():
    # The generator's first outputs from the state 0, as published with it; of 64 bits the upper 53 are used.
    known = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)
    assert [jitter_draw(0, *place) for place in ((0, 0), (0, 1), (1, 0))] == [(z >> 11) / 2**53 for z in known]

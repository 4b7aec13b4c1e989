"""A cache under independent Zipf requests, against Che's approximation."""

import numpy as np
import pytest

import sim
from tests.theory import formulas

OBJECTS = 2000
REQUESTS = 120_000

STORED = {"lru": lambda x: -np.expm1(-x), "fifo": lambda x: x / (1 + x)}


def behind_a_cache(policy, capacity, exponent):
    return sim.load(
        {
            "run": {"requests": REQUESTS, "warm_up": "20 s"},
            "nodes": {
                "crowd": {
                    "role": "client",
                    "arrivals": {"kind": "deterministic", "rate": "1000/s"},
                    "connections": {"handshake": False},
                },
                "edge": {
                    "role": "reverse_proxy",
                    "address": "192.0.2.1",
                    "backends": ["app"],
                    "connections": {"handshake": False},
                    "cache": {"capacity": f"{capacity} objects", "replacement": policy},
                },
                "app": {"role": "backend", "address": "192.0.2.2"},
            },
            "content": {
                "pages": {
                    "host": "a.example",
                    "served_by": "edge",
                    "objects": OBJECTS,
                    "popularity": {"kind": "zipf", "exponent": exponent},
                }
            },
            "links": [{"from": "crowd", "to": "edge"}, {"from": "edge", "to": "app"}],
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize(("policy", "capacity", "exponent"), [("lru", 100, 0.8), ("lru", 400, 1.0), ("fifo", 200, 0.9)])
def test_hit_ratio_is_that_of_ches_approximation(policy, capacity, exponent):
    trace = sim.simulate(behind_a_cache(policy, capacity, exponent), seed=1, steps=False)
    hit = trace.tables["requests"].words("outcome").equal("hit")[trace.counted]
    theory = formulas.che_hit_ratio(formulas.zipf(OBJECTS, exponent), capacity, STORED[policy])
    # 100,000 hits or misses: the standard error is at most 0.0016, three of them are half of the tolerance.
    assert hit.mean() == pytest.approx(theory, abs=0.01)

"""What theory says, worked out without any simulation.

Times are in units of the mean service time; `load` is the arrival rate times the mean service time.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

INFINITE = 3000
"""States kept of a queue without limit; at the loads used here the rest has no weight."""


def birth_death(births, deaths):
    """Stationary probabilities of states 0..n, from the rates n -> n + 1 and n + 1 -> n (detailed balance)."""
    weight = np.cumprod(np.concatenate([[1.0], np.asarray(births) / np.asarray(deaths)]))
    return weight / weight.sum()


def in_system(load, workers, places=INFINITE):
    """M/M/c/(c + places): probability of each number of requests, waiting or served."""
    states = workers + places
    return birth_death(np.full(states, load), np.minimum(np.arange(1, states + 1), workers))


def mean_wait(load, workers):
    """M/M/c: mean queue length by its distribution, and then Little's law."""
    waiting = np.maximum(np.arange(workers + INFINITE + 1) - workers, 0)
    return in_system(load, workers) @ waiting / load


def blocking(load, workers, places):
    """M/M/c/(c + places): an arrival finds all places taken, as often as they are (PASTA). Erlang B for 0 places."""
    return in_system(load, workers, places)[-1]


def pollaczek_khinchine(load, variation):
    """M/G/1: mean response; `variation` is the squared coefficient of variation of service times."""
    return 1 + load * (1 + variation) / (2 * (1 - load))


def machine_repairman(clients, think, workers):
    """M/M/c//N: throughput and mean response of N clients that think, ask and wait."""
    idle = clients - np.arange(clients)
    busy = np.minimum(np.arange(1, clients + 1), workers)
    throughput = birth_death(idle / think, busy)[1:] @ busy
    return throughput, clients / throughput - think


def zipf(objects, exponent):
    """Probability of each object."""
    weight = np.arange(1.0, objects + 1) ** -exponent
    return weight / weight.sum()


def che_hit_ratio(popularity, capacity, stored):
    """Hit ratio of a cache under independent draws, by Che's approximation.

    `stored(p t)` is the probability that an object asked for at rate p is in the cache, for the characteristic time
    t: 1 - exp(-p t) for LRU (Che, Tung and Wang, 2002), p t / (1 + p t) for FIFO (Fricker, Robert and Roberts, 2012).
    """

    def excess(time):
        return stored(popularity * time).sum() - capacity

    time = brentq(excess, 0.0, 1e6 / popularity.min())
    return popularity @ stored(popularity * time)

"""Each policy by hand-made examples; the laws for all are in tests/contracts."""

import time

import pytest

from sim.policies import replacement


def victims(name: str, story: str) -> str:
    """Tell who leaves, in order: lower case inserts, upper case uses, ``-x`` removes, ``!`` evicts."""
    policy = replacement.registry.make(name)
    left = []
    letters = iter(story)
    for letter in letters:
        if letter == "!":
            left.append(policy.victim())
            policy.on_remove(left[-1])
        elif letter == "-":
            policy.on_remove(next(letters))
        elif letter.isupper():
            policy.on_hit(letter.lower())
        else:
            policy.on_insert(letter, 1)
    return "".join(left)


@pytest.mark.parametrize(
    ("name", "story", "left"),
    [
        ("fifo", "abcAA!!!", "abc"),
        ("fifo", "abc-b!!", "ac"),
        ("fifo", "ab!a!!", "aba"),
        ("lru", "abcA!!!", "bca"),
        ("lru", "abcCBA!!!", "cba"),
        ("lru", "abc-bA!!", "ca"),
        ("lfu", "abcAACB!!!", "cba"),
        ("lfu", "abcABC!!!", "abc"),
        ("lfu", "abcCAB!!!", "cab"),
        ("lfu", "aAAAb!c!!", "bca"),
        ("lfu", "aAAb-bcC!!", "ca"),
        ("lfu", "aAA!ab!!", "aab"),
        ("sieve", "abc!!!", "abc"),
        ("sieve", "abcA!!!", "bca"),
        # The hand goes on from where it evicted, and from the newest back to the oldest.
        ("sieve", "abcdAB!e!!!", "cdea"),
        ("sieve", "abcdABC!e!!", "dab"),
        ("sieve", "abcABC!!!", "abc"),
        ("sieve", "abcA!-c!", "ba"),
    ],
)
def test_who_leaves(name, story, left):
    assert victims(name, story) == left


def test_a_policy_of_ones_own_is_a_few_lines():
    class MRU(replacement.LRU):
        """Most recently used first."""

        def victim(self):
            return next(reversed(self._order))

    policy = MRU()
    for key in "abc":
        policy.on_insert(key, 1)
    policy.on_hit("a")
    assert policy.victim() == "a"


@pytest.mark.parametrize("name", replacement.registry.names)
def test_cost_does_not_grow_with_the_store(name):
    """Evicting from a store of 100,000 costs no more than some times what it costs from one of 1,000."""

    def cost_s(stored: int) -> float:
        policy = replacement.registry.make(name)
        for key in range(stored):
            policy.on_insert(key, 1)
        start = time.process_time()
        for key in range(stored, stored + 5_000):
            policy.on_remove(policy.victim())
            policy.on_insert(key, 1)
        return time.process_time() - start

    assert min(cost_s(100_000) for _ in range(3)) < 10 * max(min(cost_s(1_000) for _ in range(3)), 1e-3)

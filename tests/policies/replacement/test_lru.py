import pytest

from sim.policies.replacement.lru import LRU
from tests.support.policies import victims


@pytest.mark.parametrize(
    ("story", "left"),
    [
        ("abcA!!!", "bca"),
        ("abcCBA!!!", "cba"),
        ("abc-bA!!", "ca"),
    ],
)
def test_who_leaves(story, left):
    assert victims("lru", story) == left


def test_a_policy_of_ones_own_is_a_few_lines():
    class MRU(LRU):
        """Most recently used first."""

        def victim(self):
            return next(reversed(self._order))

    policy = MRU()
    for key in "abc":
        policy.on_insert(key, 1)
    policy.on_hit("a")
    assert policy.victim() == "a"

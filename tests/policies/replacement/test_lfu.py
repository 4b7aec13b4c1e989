import pytest

from tests.support.policies import victims


@pytest.mark.parametrize(
    ("story", "left"),
    [
        ("abcAACB!!!", "cba"),
        ("abcABC!!!", "abc"),
        ("abcCAB!!!", "cab"),
        ("aAAAb!c!!", "bca"),
        ("aAAb-bcC!!", "ca"),
        ("aAA!ab!!", "aab"),
    ],
)
def test_who_leaves(story, left):
    assert victims("lfu", story) == left

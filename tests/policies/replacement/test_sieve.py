import pytest

from tests.support.policies import victims


@pytest.mark.parametrize(
    ("story", "left"),
    [
        ("abc!!!", "abc"),
        ("abcA!!!", "bca"),
        # The hand goes on from where it evicted, and from the newest back to the oldest.
        ("abcdAB!e!!!", "cdea"),
        ("abcdABC!e!!", "dab"),
        ("abcABC!!!", "abc"),
        ("abcA!-c!", "ba"),
    ],
)
def test_who_leaves(story, left):
    assert victims("sieve", story) == left

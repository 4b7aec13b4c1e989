import pytest

from tests.support.policies import victims


@pytest.mark.parametrize(
    ("story", "left"),
    [
        ("abcAA!!!", "abc"),
        ("abc-b!!", "ac"),
        ("ab!a!!", "aba"),
    ],
)
def test_who_leaves(story, left):
    assert victims("fifo", story) == left

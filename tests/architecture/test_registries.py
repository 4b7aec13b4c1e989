"""No file names a package registry or a place on somebody's machine: an install works behind any mirror."""

from __future__ import annotations

import subprocess

import pytest

# Put together here, so that this file does not hold the words that it looks for.
FORBIDDEN = [
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.npm" + "js.org",
    "registry.yarn" + "pkg.com",
    "proxy.golang" + ".org",
    "conda.ana" + "conda.org",
    "/wo" + "rk/main",
    "/wo" + "rk/shared",
]


@pytest.fixture(scope="module")
def texts(repository):
    """Text of every file that is, or is about to be, under version control."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listing, cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [repository / line for line in done.stdout.splitlines()]
    return {str(path): path.read_bytes() for path in paths if path.is_file()}


@pytest.mark.parametrize("word", FORBIDDEN, ids=range(len(FORBIDDEN)))
def test_no_file_holds_the_word(texts, word):
    holders = [path for path, text in texts.items() if word.encode() in text]
    assert not holders, f"{word!r} stands in {holders}"

"""Fixtures and rules for all tests.

``PROXYSIM_REQUIRE_ALL=1`` turns a missing program from a skip into a failure, so that the machine that judges
a change cannot pass by leaving tests out.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def missing(tool: str) -> None:
    """Skip the running test because a program is missing, or fail it where nothing may be missing."""
    reason = f"{tool} is not installed"
    if os.environ.get("PROXYSIM_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and PROXYSIM_REQUIRE_ALL=1 forbids to skip")
    pytest.skip(reason)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for tool in marker.args:
            if shutil.which(tool) is None:
                missing(tool)


@pytest.fixture(scope="session")
def repository() -> Path:
    """Root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real access logs beside the repository; not everybody has it."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared data beside the repository")
    return folder

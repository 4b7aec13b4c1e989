"""The rules are covered by their own tests alone: every branch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture import source


@pytest.mark.slow
def test_every_branch_of_the_rules_is_taken_by_the_tests_of_the_rules(tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", "tests/rules"]
    covered = ["--cov=sim/rules", "--cov-branch", "--cov-report=term-missing:skip-covered", "--cov-fail-under=100"]
    done = subprocess.run(
        [*command, *covered],
        cwd=source.REPOSITORY,
        env={"PATH": "", "COVERAGE_FILE": str(tmp_path / "coverage"), "PYTHONPATH": str(source.REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr

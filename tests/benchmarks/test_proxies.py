"""The benchmark of proxies runs and prints what it is for; how quick a proxy is, no test asserts."""

from __future__ import annotations

import os
import re

import pytest

from tests.benchmarks import proxies


@pytest.mark.slow
@pytest.mark.needs("nginx", "wrk")
def test_command_prints_all_that_are_installed(capsys):
    proxies.main(["--rounds", "1", "--seconds", "1", "--connections", "2", "--without-python"])
    printed = capsys.readouterr().out
    for name in ("proxysim forward", "proxysim reverse", "nginx reverse"):
        assert re.search(rf"^{name} +[\d,]+ +[\d.]+x +[\d,]+ +[\d.]+x$", printed, re.MULTILINE), printed


def test_processor_time_counts_a_process():
    before_s = proxies.cpu_s(os.getpid())
    deadline_s = before_s + 0.05
    while proxies.cpu_s(os.getpid()) < deadline_s:
        pass
    assert proxies.cpu_s(os.getpid()) >= deadline_s


def test_each_is_compared_with_ours_of_its_kind(capsys):
    known = [
        proxies.Contender(name, [], 0, is_forward, per_second=[speed], per_cpu_second=[2 * speed])
        for name, is_forward, speed in (("f", True, 100.0), ("r", False, 300.0), ("other", False, 600.0))
    ]
    proxies.report(known)
    assert re.search(r"^other +600 +0.50x +1,200 +0.50x$", capsys.readouterr().out, re.MULTILINE)

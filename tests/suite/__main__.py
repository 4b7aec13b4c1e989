"""``python -m tests.suite``: put a proxy under the public suite, print passes per kind, list what failed."""

from __future__ import annotations

import argparse
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tests.suite import package, proxies, scores, verdicts
from tests.suite.scores import DRAWN


def main(arguments: Sequence[str] | None = None) -> None:
    said = _parser().parse_args(arguments)
    try:
        if said.chart:
            print(*scores.draw(), sep="\n")
        else:
            _measure(said)
    except package.SuiteError as problem:
        sys.exit(f"error: {problem}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.suite", description=__doc__)
    parser.add_argument("--proxy", choices=sorted(proxies.PROXIES), default="ours", help="(default: %(default)s)")
    parser.add_argument("--id", metavar="TEST", help="run this test only, and print its exchanges")
    parser.add_argument("--record", action="store_true", help="keep the counts for the scoreboard")
    parser.add_argument("--chart", action="store_true", help="draw the scoreboard from what is kept; measure nothing")
    return parser


def _measure(said: argparse.Namespace) -> None:
    proxy, where = proxies.PROXIES[said.proxy], package.install()
    with package.origin(where) as (port, log), proxies.running(proxy, port) as base:
        if said.id:
            print(package.explain(where, base, said.id))
            print(log.read_text(encoding="utf-8", errors="replace"))
            return
        start_s = time.monotonic()
        results = package.run(where, base)
        took_s = time.monotonic() - start_s
    found = verdicts.judge(package.catalogue(where), results)
    print(f"{proxy.title} {proxies.version(proxy)}, {package.NAME} {package.VERSION}, {took_s:.1f} s\n")
    _print(found, scores.explanations() if said.proxy in scores.OURS else {})
    if said.record:
        day = datetime.now(tz=UTC).date().isoformat()
        scores.record(proxy.title, proxies.version(proxy), day, took_s, found)


def _print(found: list[verdicts.Verdict], explained: Mapping[str, scores.Explanation]) -> None:
    for kind, count in verdicts.counts(found).items():
        print(f"{kind:9} {count['passed']:3} of {count['total']:3}")
    failed = [one for kind in DRAWN for one in found if one.kind == kind and not one.is_passed]
    for one in failed:
        if one.id not in explained:
            print(f"\n{one.kind}: {one.id} ({one.verdict})\n    {one.name}\n    {one.detail}")
    for reason in dict.fromkeys(one.reason for one in explained.values()):
        print()
        print(textwrap.fill(reason, 118))
        for one in failed:
            if one.id in explained and explained[one.id].reason == reason:
                print(f"    {one.kind}: {one.id} ({one.verdict}): {one.detail}")
    for test in sorted(explained.keys() - {one.id for one in failed}):
        print(f"\n{test} passes now, and needs no explanation")


if __name__ == "__main__":
    main()

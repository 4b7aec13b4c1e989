"""``python -m tests.benchmarks``: how quick the engine is, against the textbook's model and in itself."""

from __future__ import annotations

import argparse
import platform
from collections.abc import Sequence
from statistics import median

from tests.benchmarks import design, speed

CLIENTS = (20, 2_000, 20_000)


def main(arguments: Sequence[str] | None = None) -> None:
    said = _parser().parse_args(arguments)
    few, half = max(1, said.requests // 20), max(2, said.requests // 2)
    comparison = design.make(said.requests)
    print(f"Python {platform.python_version()}; {said.requests:,} requests, {said.rounds} interleaved round(s)\n")
    _print_speeds(speed.against_naive(comparison, said.rounds))
    growth = speed.growth_bytes(few, half)
    print(f"\nmemory: {growth:+.1f} B per request beyond the recorded rows (from {few:,} to {half:,} requests)\n")
    sizes = (few, half, 5 * said.requests) if said.long else (few, half)
    _print_costs([(size, CLIENTS[0]) for size in sizes] + [(half, clients) for clients in CLIENTS[1:]])
    print(f"\ndraw:   {speed.draws_per_s(comparison):,.0f} requests per CPU second")
    print(f"replay: {speed.replays_per_s(comparison):,.0f} log lines per CPU second (LRU of 1,000 objects)")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000, help="of the comparison (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default: %(default)s)")
    parser.add_argument("--long", action="store_true", help="measure the cost at five times the requests too")
    return parser


def _print_speeds(speeds: list[speed.Speed]) -> None:
    print(f"{'':26}{'requests per CPU second':>32}{'times the naive model':>28}")
    for way, per_s, ratios in speeds:
        print(f"{way:26}{_spread(per_s, ',.0f'):>32}{_spread(ratios, '.2f'):>28}")


def _spread(values: list[float], form: str) -> str:
    """Write the median with the least and the greatest value."""
    middle, least, most = (format(value, form) for value in (median(values), min(values), max(values)))
    return f"{middle} ({least}–{most})"


def _print_costs(cases: list[tuple[int, int]]) -> None:
    print("cost of a whole trace with its tables, in CPU time")
    print(f"{'requests':>10}{'clients':>10}{'exchanges/request':>20}{'µs/request':>13}{'µs/exchange':>13}")
    for requests, clients, exchanges, per_request_us, per_exchange_us in speed.costs(cases):
        print(f"{requests:10,}{clients:10,}{exchanges:20.2f}{per_request_us:13.1f}{per_exchange_us:13.1f}")


if __name__ == "__main__":
    main()

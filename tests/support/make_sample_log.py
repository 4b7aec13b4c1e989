"""Makes ``scenarios/sample-access.log.gz``: a small synthetic access log in Combined format.

Run it from the top of the project: ``python -m tests.support.make_sample_log``.  Visitors come to a small web
site in sessions; a page brings its style sheet, script and pictures with it; few pages are asked for often;
what a visitor's browser already has is answered 304; a monitor and a robot come too.  Addresses are those set
aside for documentation (RFC 5737, RFC 3849).  Six lines are broken on purpose, as real logs have them.
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

SEED = 20_240_229
LINES = 2_000
PAGES = 80
VISITORS = 70
START = datetime(2024, 2, 29, 22, 30, tzinfo=timezone(timedelta(hours=1)))
SITE = "https://www.example.org"
BROKEN = {
    137: b'192.0.2.9 - - [29/Feb/2024:22:34:10 +0100] "-" 408 0 "-" "-"',
    402: rb'203.0.113.77 - - [29/Feb/2024:22:44:41 +0100] "\x16\x03\x01\x00\xEE" 400 226 "-" "-"',
    811: b"198.51.100.23 - - [29/Feb/2024:23:0",
    1203: b'198.51.100.8 - - [31/Feb/2024:23:20:09 +0100] "GET / HTTP/1.1" 200 6120 "-" "curl/8.5.0"',
    1466: b"\x00\x00\x00\x00\x00\x00\x00\x00",
    1999: b"logrotate: renamed old log \xff\xfe",
}
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:122.0) Gecko/20100101 Firefox/122.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
)

Entry = tuple[datetime, str, str, str, int, str, str, str]


def page(rank: int) -> str:
    """Path of the page of a rank; the home page first."""
    return "/" if rank == 0 else f"/articles/{rank:03d}.html"


def size_bytes(path: str) -> int:
    """Size of an object, the same each time: skewed, downloads large."""
    if path == "/":
        return 6_120
    if path.endswith(".html"):
        mu, sigma = 9.0, 0.6
    elif path.endswith(".pdf"):
        mu, sigma = 13.5, 0.8
    else:
        mu, sigma = 9.8, 1.0
    return int(random.Random(f"{SEED}{path}").lognormvariate(mu, sigma)) + 200


def parts(rank: int) -> Iterator[str]:
    """What a browser fetches with a page."""
    yield "/static/site.css"
    yield "/static/site.js"
    for number in range(rank % 4):
        yield f"/images/{rank:03d}-{number}.jpg"


def session(dice: random.Random, address: str, weights: list[float]) -> Iterator[Entry]:
    """One visit: pages with their parts, and pauses between them."""
    browser, cached = dice.choice(BROWSERS), set()
    moment = START + timedelta(seconds=dice.uniform(0, 7_200))
    referrer = dice.choice(("-", "-", "https://search.example.com/"))
    for _ in range(1 + min(int(dice.expovariate(0.35)), 15)):
        rank = dice.choices(range(PAGES), weights)[0]
        for path in (page(rank), *parts(rank)):
            status = 304 if path in cached and dice.random() < 0.7 else 200
            cached.add(path)
            sent = "-" if status == 304 else str(size_bytes(path))
            yield moment, address, "GET", path, status, sent, referrer, browser
            referrer = SITE + page(rank)
            moment += timedelta(seconds=dice.uniform(0.02, 0.4))
        yield from detour(dice, moment, address, referrer, browser)
        moment += timedelta(seconds=dice.lognormvariate(3.2, 0.9))


def detour(dice: random.Random, moment: datetime, address: str, referrer: str, browser: str) -> Iterator[Entry]:
    """What happens now and then after a page: a download, a search, a dead or an odd link."""
    chance = dice.random()
    if chance < 0.05:
        path = f"/downloads/report-{dice.randrange(12)}.pdf"
        status, sent = (206, 65_536) if dice.random() < 0.3 else (200, size_bytes(path))
        yield moment, address, "GET", path, status, str(sent), referrer, browser
    elif chance < 0.10:
        yield moment, address, "POST", "/search", 200, str(dice.randrange(900, 9_000)), referrer, browser
    elif chance < 0.14:
        yield moment, address, "GET", f"/old/{dice.randrange(40)}.html", 404, "312", referrer, browser
    elif chance < 0.15:
        yield moment, address, "GET", r"/search?q=\"reverse proxy\"", 200, "4411", referrer, browser
    elif chance < 0.16:
        yield moment, address, "GET", "/caf\u00e9", 301, "178", referrer, browser


def machines(dice: random.Random) -> Iterator[Entry]:
    """A monitor every five minutes, and a robot that walks through all articles."""
    for number in range(24):
        moment = START + timedelta(minutes=5 * number)
        yield moment, "2001:db8::5", "HEAD", "/", 200, "-", "-", "monitor/1.0"
    for rank in range(PAGES):
        moment = START + timedelta(seconds=1_800 + 11 * rank + dice.uniform(0, 3))
        yield moment, "203.0.113.200", "GET", page(rank), 200, str(size_bytes(page(rank))), "-", "examplebot/2.1"


def entries() -> list[Entry]:
    """All proper requests, in order of time."""
    dice = random.Random(SEED)
    blocks = ("192.0.2", "198.51.100", "203.0.113")
    visitors = [f"{blocks[number % 3]}.{10 + number}" for number in range(VISITORS)] + ["2001:db8:0:7::21"]
    weights = [1 / (rank + 1) ** 0.9 for rank in range(PAGES)]
    found = list(machines(dice))
    while len(found) < 2 * LINES:
        found += session(dice, dice.choice(visitors), weights)
    # The log was rotated here: what came later is in the next one.
    return sorted(found)[: LINES - len(BROKEN)]


def text() -> bytes:
    """The whole log."""
    lines = []
    for moment, address, method, path, status, sent, referrer, browser in entries():
        stamp = moment.strftime("%d/%b/%Y:%H:%M:%S %z")
        line = f'{address} - - [{stamp}] "{method} {path} HTTP/1.1" {status} {sent} "{referrer}" "{browser}"'
        lines.append(line.encode())
    for number, line in BROKEN.items():
        lines.insert(number - 1, line)
    return b"\n".join(lines) + b"\n"


def main() -> None:
    """Write the file."""
    target = Path(__file__).parents[2] / "scenarios" / "sample-access.log.gz"
    target.write_bytes(gzip.compress(text(), 9, mtime=0))


if __name__ == "__main__":
    main()

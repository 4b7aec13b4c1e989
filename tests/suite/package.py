"""The npm package ``http-cache-tests``: installed outside the tree, its server and its client started.

Nothing of the package is copied into the tree.  Its folder is ``$PROXYSIM_SUITE_DIR`` or one in the user's cache.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

NAME, VERSION = "http-cache-tests", "0.4.5"
HERE = Path(__file__).parent
INSTALL_S, START_S, RUN_S = 180.0, 15.0, 600.0
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


class SuiteError(Exception):
    """The suite could not be installed, started, or run to its end."""


def folder() -> Path:
    """Say where the package is kept."""
    own = os.environ.get("PROXYSIM_SUITE_DIR")
    if own:
        return Path(own)
    caches = os.environ.get("XDG_CACHE_HOME")
    return (Path(caches) if caches else Path.home() / ".cache") / "proxysim" / f"{NAME}-{VERSION}"


def install(where: Path | None = None) -> Path:
    """Install the package unless it is there, and give its own folder."""
    where = where or folder()
    package = where / "node_modules" / NAME
    if _version(package) != VERSION:
        where.mkdir(parents=True, exist_ok=True)
        options = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"]
        command = ["npm", "install", *options, "--prefix", str(where), f"{NAME}@{VERSION}"]
        _run(command, INSTALL_S)
    if _version(package) != VERSION:
        raise SuiteError(f"npm left no {NAME} {VERSION} in {where}")
    return package


def catalogue(package: Path) -> list[dict[str, Any]]:
    """Give id, group, name, kind, depends_on, and excluded (why it is left out) of each test."""
    return json.loads(_run(["node", str(HERE / "catalogue.mjs"), str(package)], START_S))


@contextmanager
def origin(package: Path) -> Iterator[tuple[int, Path]]:
    """Run the suite's server on a free port of 127.0.0.1; give the port, and the file with what it prints."""
    with TemporaryDirectory(prefix="cache-suite-") as place:
        log = Path(place) / "server.log"
        said = {"port": "0", "protocol": "http", "pidfile": str(Path(place) / "pid")}
        command = ["node", "--require", str(HERE / "loopback.cjs"), "server/server.mjs"]
        with log.open("wb") as sink:
            server = subprocess.Popen(command, cwd=package, env=_settings(said), stdout=sink, stderr=sink)
        try:
            yield _port(server, log), log
        finally:
            server.terminate()
            server.wait(START_S)


def run(package: Path, base: str) -> dict[str, Any]:
    """Run all tests against the proxy at a base URL; give each one's ``True`` or [error, message]."""
    said = _run(_CLIENT, RUN_S, cwd=package, env=_settings({"base": base, "id": ""}))
    try:
        return json.loads(said)
    except ValueError as problem:
        raise SuiteError(f"the suite's client printed no JSON but: {said[:500]}") from problem


def explain(package: Path, base: str, test_id: str) -> str:
    """Run one test, and give what the client saw of it."""
    return _run(_CLIENT, RUN_S, cwd=package, env=_settings({"base": base, "id": test_id}))


_CLIENT = ["node", "--no-warnings", "cli.mjs"]


def _settings(said: Mapping[str, str]) -> dict[str, str]:
    """Tell the package's programs what npm would tell them: an empty id must be said in both ways."""
    told = {f"{prefix}{key}": value for key, value in said.items() for prefix in ("npm_config_", "npm_package_config_")}
    return {**os.environ, **told}


def _version(package: Path) -> str:
    try:
        return str(json.loads((package / "package.json").read_text(encoding="utf-8"))["version"])
    except (OSError, ValueError, KeyError):
        return ""


def _port(server: subprocess.Popen[bytes], log: Path) -> int:
    """Wait for the line with the server's address."""
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s and server.poll() is None:
        found = _ADDRESS.search(log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return int(found[1])
        time.sleep(0.02)
    raise SuiteError(f"the suite's server did not start: {log.read_text(encoding='utf-8', errors='replace')[-500:]}")


def _run(command: list[str], most_s: float, **options: Any) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=most_s, check=False, **options)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise SuiteError(f"{command[0]} {command[1]}: {problem}") from problem
    if done.returncode:
        raise SuiteError(f"{command[0]} {command[1]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return done.stdout

"""Requests per second through proxies: ours, nginx, tinyproxy and two written in Python, on one machine in one run.

``python -m tests.benchmarks.proxies`` (``make bench-proxy``) starts each on loopback before the same nginx, sends
``wrk`` at all of them in turns, so that what else the machine does hits all alike, and prints medians and ratios.
The Python proxies are tools of this benchmark, not dependencies: they live in an environment of their own.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import REPOSITORY

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "proxysim" / "benchmark"
OURS = [sys.executable, "-c", "from sim.cli import main; main()", "proxy"]
START_S = 15.0

NGINX = """
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 64; }}
  server {{ listen 127.0.0.1:{port}; {what} }}
}}
"""
TINYPROXY = "Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 200\nLogLevel Critical\n"
SCRIPT = """
number = 0
request = function()
  number = number + 1
  return "GET {before}/1k?" .. number .. " HTTP/1.1\\r\\nHost: 127.0.0.1:{origin}\\r\\nAccept: */*\\r\\n\\r\\n"
end
"""
"""Every target is another one, so that nobody's memory of what was asked before helps."""


@dataclass
class Contender:
    """A proxy that is measured: its name, whether clients ask it for absolute targets, and what was measured."""

    name: str
    command: list[str]
    port: int
    is_forward: bool
    pid: int = 0
    per_second: list[float] = field(default_factory=list)
    per_cpu_second: list[float] = field(default_factory=list)


def free_port() -> int:
    """Find a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def python_proxies() -> Path | None:
    """Make the environment of the Python proxies, once; None where that cannot be."""
    folder = CACHE / "python"
    if not (folder / "bin" / "mitmdump").exists():
        print("installing proxy.py and mitmproxy for this benchmark (once) ...", file=sys.stderr)
        venv.create(folder, with_pip=True)
        install = [folder / "bin" / "python", "-m", "pip", "install", "-q", "proxy.py", "mitmproxy"]
        if subprocess.run(install, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
            shutil.rmtree(folder)
            return None
    return folder / "bin"


def contenders(folder: Path, origin: int, *, with_python: bool) -> Iterator[Contender]:
    """Give all proxies that are installed."""
    port = free_port()
    yield Contender("proxysim forward", [*OURS, "forward", "--quiet", "--listen", f"127.0.0.1:{port}"], port, True)
    port = free_port()
    backend = ["--backend", f"127.0.0.1:{origin}"]
    command = [*OURS, "reverse", "--quiet", "--listen", f"127.0.0.1:{port}", *backend]
    yield Contender("proxysim reverse", command, port, False)
    port = free_port()
    what = 'location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }'
    yield Contender("nginx reverse", nginx(folder / "nginx", port, origin, what), port, False)
    if shutil.which("tinyproxy"):
        port = free_port()
        config = folder / "tinyproxy.conf"
        config.write_text(TINYPROXY.format(port=port))
        yield Contender("tinyproxy forward", ["tinyproxy", "-d", "-c", str(config)], port, True)
    installed = python_proxies() if with_python else None
    if installed is not None:
        port = free_port()
        listen = ["--hostname", "127.0.0.1", "--port", str(port)]
        one = ["--num-workers", "1", "--num-acceptors", "1", "--log-level", "ERROR"]
        yield Contender("proxy.py forward", [str(installed / "proxy"), *listen, *one], port, True)
        port = free_port()
        quiet = ["-q", "--set", "flow_detail=0", "--listen-host", "127.0.0.1", "--listen-port", str(port)]
        yield Contender("mitmdump forward", [str(installed / "mitmdump"), *quiet], port, True)


def nginx(folder: Path, port: int, origin: int, what: str) -> list[str]:
    """Write a configuration, and give the command that runs it."""
    folder.mkdir()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, port=port, origin=origin, what=what))
    return ["nginx", "-c", str(config), "-e", str(folder / "error.log")]


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    """Run a server until the block ends; gives its process id once it listens."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=REPOSITORY, **quiet) as process:
        try:
            wait_for(port)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    deadline_s = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.1)
        else:
            return


def cpu_s(pid: int) -> float:
    """Processor time of a process and of all its children, in seconds."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parts = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        number = int(stat.parent.name)
        parents[number] = int(parts[1])
        spent[number] = (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(spent.get(member, 0.0) for member in family)


def measure(contender: Contender, script: Path, seconds: int, connections: int) -> None:
    """Send wrk at a proxy for some seconds."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script)]
    before_s = cpu_s(contender.pid)
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{contender.port}/1k"], capture_output=True, text=True, check=True
    )
    spent_s = cpu_s(contender.pid) - before_s
    if "Non-2xx" in done.stdout:
        raise SystemExit(f"{contender.name} answers with errors:\n{done.stdout}")
    answered = int(re.search(r"(\d+) requests in", done.stdout)[1])
    contender.per_second.append(float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1]))
    contender.per_cpu_second.append(answered / max(spent_s, 0.01))


def run(rounds: int, seconds: int, connections: int, *, with_python: bool) -> list[Contender]:
    """Start all, measure them in turns, and stop them."""
    with tempfile.TemporaryDirectory(prefix="proxysim-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        (folder / "www").mkdir()
        (folder / "www" / "1k").write_bytes(b"x" * 1024)
        folder.chmod(0o755)
        origin = free_port()
        stack.enter_context(running(nginx(folder / "origin", origin, origin, f"root {folder}/www;"), origin))
        scripts = {is_forward: folder / f"{is_forward}.lua" for is_forward in (False, True)}
        for is_forward, script in scripts.items():
            script.write_text(SCRIPT.format(origin=origin, before=f"http://127.0.0.1:{origin}" if is_forward else ""))
        known = list(contenders(folder, origin, with_python=with_python))
        for contender in known:
            contender.pid = stack.enter_context(running(contender.command, contender.port))
        for number in range(rounds):
            for contender in known[number % len(known) :] + known[: number % len(known)]:
                measure(contender, scripts[contender.is_forward], seconds, connections)
        return known


def report(known: list[Contender]) -> None:
    """Print medians, and how many times as quick as each one ours is."""
    print(f"{'proxy':<20}{'requests/s':>12}{'ours is':>10}{'per CPU s':>12}{'ours is':>10}")
    ours = {contender.is_forward: contender for contender in known[:2]}
    for contender in known:
        own = ours[contender.is_forward]
        cells = [contender.name.ljust(20)]
        for mine, theirs in ((own.per_second, contender.per_second), (own.per_cpu_second, contender.per_cpu_second)):
            ratio = statistics.median(a / b for a, b in zip(mine, theirs, strict=True))
            cells.append(f"{statistics.median(theirs):12,.0f}{ratio:9.2f}x")
        print("".join(cells))


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="for each proxy in each round")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--without-python", action="store_true", help="leave out the proxies that must be installed")
    said = parser.parse_args(arguments)
    missing = [tool for tool in ("nginx", "wrk") if shutil.which(tool) is None]
    if missing:
        raise SystemExit(f"this benchmark needs {' and '.join(missing)}")
    report(run(said.rounds, said.seconds, said.connections, with_python=not said.without_python))


if __name__ == "__main__":
    main()

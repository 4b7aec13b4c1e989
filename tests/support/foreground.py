"""Proxies in the foreground, started as a user would and stopped afterwards, and a web server to put behind them."""

from __future__ import annotations

import http.server
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.conftest import REPOSITORY

PROXYSIM = [sys.executable, "-c", "from sim.cli import main; main()"]
LONGEST_S = 20


@dataclass
class Running:
    """A proxy that runs: where, its process, and the lines that it writes (all of them once it has ended)."""

    url: str
    process: subprocess.Popen
    lines: list[str] = field(default_factory=list)
    first_lines: list[str] = field(default_factory=list)

    @property
    def port(self):
        return int(self.url.rpartition(":")[2])


@contextmanager
def proxy(kind, *options):
    """Run ``proxysim proxy KIND --listen 127.0.0.1:0 …``; it must end well when told to."""
    command = [*PROXYSIM, "proxy", kind, "--listen", "127.0.0.1:0", *map(str, options)]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            running = Running("", process)
            while "listens at" not in (line := process.stdout.readline()):
                assert line, process.stderr.read()
                running.first_lines.append(line.strip())
            running.url = line.split()[-1]
            yield running
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            said, complaints = process.communicate(timeout=LONGEST_S)
            running.lines += said.splitlines()
            assert (process.returncode, complaints) == (0, "")
        finally:
            process.kill()


class _Site(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked, says how often it was asked, and may be stored for a minute."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        self._answer(f"<html><title>site</title><p id=path>{self.path}</p></html>".encode())

    def do_POST(self):
        self.server.asked.append(self.path)
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def _answer(self, content):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("Content-Length", str(len(content)))
        for name in ("X-Forwarded-For", "Via", "Host"):
            self.send_header(f"Got-{name}", self.headers.get(name, "-"))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextmanager
def site(tls=None):
    """Serve a small web site in another thread; under TLS with a context."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.daemon_threads = True
    server.asked = []
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def curl(*arguments):
    """Run curl; gives its standard output."""
    command = ["curl", "--silent", "--show-error", "--max-time", "10", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=LONGEST_S).stdout

"""The proxies that are put under the suite, each started on a free port of 127.0.0.1 in a folder of its own.

The configurations of the products follow those with which the suite's authors publish their results: a cache in
front of one origin, nothing else set, except that nginx may revalidate.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.suite.package import SuiteError

START_S, STOP_S = 15.0, 10.0
Command = list[str]


class Proxy(NamedTuple):
    """A proxy, how it is started, and how it tells its version."""

    title: str
    program: str
    command: Callable[[Path, int, int], Command]
    version: Command


OURS = [sys.executable, "-c", "from sim.cli import main; main()"]


def _ours(_: Path, port: int, origin: int) -> Command:
    places = ["--listen", f"127.0.0.1:{port}", "--backend", f"127.0.0.1:{origin}"]
    return [*OURS, "proxy", "reverse", *places, "--cache", "64 MiB"]


def _cautious(folder: Path, port: int, origin: int) -> Command:
    return [*_ours(folder, port, origin), "--set", "cache.cautious=true"]


_NGINX = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/temp;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=suite:8m max_size=1000m inactive=600m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{origin};
      proxy_cache suite;
      proxy_cache_revalidate on;
    }}
  }}
}}
"""

_SQUID = """\
http_port 127.0.0.1:{port} accel defaultsite=localhost no-vhost
cache_peer 127.0.0.1 parent {origin} 0 no-query no-digest originserver default name=origin
cache_peer_access origin allow all
http_access allow all
cache_mem 64 MB
access_log none
cache_log {folder}/cache.log
pid_filename {folder}/pid
coredump_dir {folder}
netdb_filename none
icp_port 0
shutdown_lifetime 1 second
connect_retries 3
visible_hostname localhost
"""

_HAPROXY = """\
global
  maxconn 2048
defaults
  mode http
  timeout client 30s
  timeout server 30s
  timeout connect 5s
cache suite
  total-max-size 64
  max-age 86400
  process-vary on
frontend in
  bind 127.0.0.1:{port}
  http-request cache-use suite
  http-response cache-store suite
  default_backend out
backend out
  server origin 127.0.0.1:{origin}
"""

_APACHE = """\
ServerName localhost
ServerRoot {folder}
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
StartServers 1
ServerLimit 1
ThreadLimit 256
ThreadsPerChild 256
MaxRequestWorkers 256
MaxSpareThreads 256
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule cache_module {modules}/mod_cache.so
LoadModule cache_disk_module {modules}/mod_cache_disk.so
{user}
ProxyPass "/" "http://127.0.0.1:{origin}/"
CacheEnable disk /
CacheRoot {folder}/cache
CacheDirLevels 5
CacheDirLength 3
CacheDefaultExpire 0
CacheIgnoreNoLastMod On
CacheStoreExpired On
UseCanonicalName On
CacheHeader On
CacheDetailHeader on
"""


def _configured(template: str, *command: str) -> Callable[[Path, int, int], Command]:
    """Give what starts a product that reads a file made from a template."""

    def start(folder: Path, port: int, origin: int) -> Command:
        (folder / "cache").mkdir()
        folder.chmod(0o777)  # products that are started by root drop their rights
        (folder / "cache").chmod(0o777)
        modules = Path("/usr/lib/apache2/modules")
        user = "User www-data\nGroup www-data" if modules.is_dir() and _is_root() else ""
        values = {"folder": folder, "port": port, "origin": origin, "modules": modules, "user": user}
        file = folder / "configuration"
        file.write_text(template.format(**values), encoding="utf-8")
        return [part.format(file=file, folder=folder) for part in command]

    return start


def _is_root() -> bool:
    import os

    return os.geteuid() == 0


PROXIES = {
    "ours": Proxy("proxysim", sys.executable, _ours, [*OURS, "--version"]),
    "cautious": Proxy("proxysim, cautious", sys.executable, _cautious, [*OURS, "--version"]),
    "nginx": Proxy("nginx", "nginx", _configured(_NGINX, "nginx", "-p", "{folder}", "-c", "{file}"), ["nginx", "-v"]),
    "squid": Proxy("Squid", "squid", _configured(_SQUID, "squid", "-N", "-f", "{file}"), ["squid", "-v"]),
    "haproxy": Proxy("HAProxy", "haproxy", _configured(_HAPROXY, "haproxy", "-db", "-f", "{file}"), ["haproxy", "-v"]),
    "apache": Proxy(
        "Apache httpd",
        "apache2",
        _configured(_APACHE, "apache2", "-f", "{file}", "-D", "FOREGROUND"),
        ["apache2", "-v"],
    ),
}


def version(proxy: Proxy) -> str:
    """Say which version is installed, in figures only."""
    done = subprocess.run(proxy.version, capture_output=True, text=True, timeout=STOP_S, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else ""


@contextmanager
def running(proxy: Proxy, origin_port: int) -> Iterator[str]:
    """Run a proxy in front of an origin; give its base URL.  It is stopped afterwards."""
    if shutil.which(proxy.program) is None:
        raise SuiteError(f"{proxy.program} is not installed")
    with TemporaryDirectory(prefix="cache-suite-") as place:
        folder, port = Path(place), free_port()
        log = folder / "output.log"
        with log.open("wb") as sink:
            started = subprocess.Popen(proxy.command(folder, port, origin_port), stdout=sink, stderr=sink)
        try:
            _wait(started, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _stop(started)


def free_port() -> int:
    """Find a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(started: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end_s = time.monotonic() + START_S
    while time.monotonic() < end_s and started.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.05)
    raise SuiteError(f"the proxy did not start: {log.read_text(encoding='utf-8', errors='replace')[-800:]}")


def _stop(started: subprocess.Popen[bytes]) -> None:
    started.terminate()
    try:
        started.wait(STOP_S)
    except subprocess.TimeoutExpired:
        started.kill()
        started.wait(STOP_S)

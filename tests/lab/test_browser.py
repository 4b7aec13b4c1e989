"""A real browser through both proxies."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.foreground import proxy, site

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--ignore-certificate-errors",
)  # fmt: skip
PATIENCE_S = 120


def browse(folder, url, *options):
    """Load a page in a fresh browser, and give what it shows as HTML."""
    command = ["chromium", *QUIET, f"--user-data-dir={folder}", *options, "--dump-dom", url]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout


def through(running):
    """Chromium goes straight to loopback unless told not to."""
    return f"--proxy-server={running.url}", "--proxy-bypass-list=<-loopback>"


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_browser_through_the_forward_proxy(tmp_path):
    with site() as server, proxy("forward", "--cache", "1 MiB") as running:
        url = f"http://127.0.0.1:{server.server_port}/page"
        for visit in ("first", "second"):
            assert '<p id="path">/page</p>' in browse(tmp_path / visit, url, *through(running))
    assert server.asked.count("/page") == 1, "the second browser was answered by the proxy's cache"
    assert any(re.search(r"GET \S+/page 200 .*cache=hit", line) for line in running.lines)


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_browser_through_a_tunnel(tmp_path):
    from sim.http1.certificates import Authority

    with site(Authority().server_context("localhost")) as server:
        port = server.server_port
        with proxy("forward", "--connect-port", port) as running:
            assert "/secret" in browse(tmp_path, f"https://localhost:{port}/secret", *through(running))
    assert "/secret" in server.asked
    told = "\n".join(running.lines)
    assert f"CONNECT localhost:{port} 200" in told
    assert "secret" not in told, "the proxy sees the host and no more"


@pytest.mark.slow
@pytest.mark.needs("chromium")
def test_a_browser_before_the_reverse_proxy_under_tls(tmp_path):
    with (
        site() as server,
        proxy("reverse", "--backend", f"127.0.0.1:{server.server_port}", "--tls", "--cache", "1 MiB") as running,
    ):
        assert "/front" in browse(tmp_path, f"https://localhost:{running.port}/front")
    assert "/front" in server.asked

"""Proxies in the foreground, from the command line to curl."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from contextlib import ExitStack

import pytest

from sim.cli import main
from tests.conftest import REPOSITORY
from tests.support.foreground import LONGEST_S, PROXYSIM, curl, proxy, site


@pytest.mark.needs("curl")
def test_a_forward_proxy_with_a_cache():
    with site() as server, proxy("forward", "--cache", "1 MiB") as running:
        target = f"http://127.0.0.1:{server.server_port}/page"
        first = curl("-x", running.url, "-i", target)
        second = curl("-x", running.url, "-i", target)
        assert curl("-x", running.url, "-d", "content", target) == "content"
    assert "Via: 1.1 proxysim".lower() in first.lower().replace("got-", "")
    assert "age: " in second.lower()
    assert "cache-status: proxysim; fwd=uri-miss" in first.lower()
    assert "cache-status: proxysim; hit; ttl=" in second.lower()
    assert server.asked == ["/page", "/page"], "the second GET came from the cache"
    assert f"GET {target} 200" in running.lines[0]
    assert running.lines[0].endswith("cache=uri-miss")
    assert running.lines[1].endswith("cache=hit")
    assert running.lines[-1] == "proxysim has ended"


@pytest.mark.needs("curl")
def test_a_reverse_proxy_spreads_over_its_backends_and_says_for_whom():
    with site() as one, site() as two:
        backends = [word for s in (one, two) for word in ("--backend", f"127.0.0.1:{s.server_port}")]
        with proxy("reverse", *backends, "--quiet", "--set", "via=false") as running:
            said = [curl("-i", f"{running.url}/{i}") for i in range(4)]
        assert (one.asked, two.asked) == (["/0", "/2"], ["/1", "/3"])
    assert "got-x-forwarded-for: 127.0.0.1" in said[0].lower()
    assert "got-via: -" in said[0].lower()
    assert len(running.lines) == 2, "no line for each request"


@pytest.mark.needs("curl")
def test_tls_is_terminated_and_its_authority_is_written_down(tmp_path):
    file = tmp_path / "authority.pem"
    with site() as server:
        options = ("--backend", f"127.0.0.1:{server.server_port}", "--tls", "--ca-out", file)
        with proxy("reverse", *options) as running:
            assert running.url.startswith("https://")
            assert str(file) in running.first_lines[0]
            assert "site" in curl("--cacert", file, f"https://localhost:{running.port}/x")


@pytest.mark.needs("curl")
def test_the_bridge_speaks_tls_to_its_backend_and_a_tunnel_leaves_it_alone(tmp_path):
    from sim.http1.certificates import Authority

    authority = Authority()
    file = authority.write(tmp_path / "authority.pem")
    with site(authority.server_context("localhost", "127.0.0.1")) as server:
        port = server.server_port
        with proxy("reverse", "--backend", f"https://localhost:{port}", "--ca-file", file) as running:
            assert "site" in curl(f"{running.url}/bridged")
        with proxy("reverse", "--backend", f"https://localhost:{port}") as running:
            assert (
                "proxy-status: proxysim; error=tls_certificate_error" in curl("-i", f"{running.url}/untrusted").lower()
            )
        with proxy("forward", "--connect-port", port) as running:
            assert "site" in curl("-x", running.url, "--cacert", file, f"https://localhost:{port}/tunnelled")
        with proxy("forward") as running:
            done = subprocess.run(
                ["curl", "-s", "-x", running.url, f"https://localhost:{port}/"], check=False, timeout=LONGEST_S
            )
            assert done.returncode != 0
    assert server.asked == ["/bridged", "/tunnelled"]
    assert f"CONNECT localhost:{port} 403" in running.lines[0]


@pytest.mark.needs("curl")
def test_tls_is_passed_on_by_its_name(tmp_path):
    from sim.http1.certificates import Authority

    authority = Authority()
    file = authority.write(tmp_path / "authority.pem")
    with (
        site(authority.server_context("a.example")) as server,
        proxy("passthrough", "--route", f"a.example=127.0.0.1:{server.server_port}") as running,
    ):
        name = ("--cacert", file, "--resolve", f"a.example:{running.port}:127.0.0.1")
        assert "site" in curl(*name, f"https://a.example:{running.port}/passed")
    assert server.asked == ["/passed"]
    assert any("TLS a.example 200" in line for line in running.lines)


@pytest.mark.needs("curl")
def test_tls_that_is_passed_on_unread_can_tell_for_whom_it_is(tmp_path):
    file = tmp_path / "authority.pem"
    with site() as server, ExitStack() as stack:
        cert = ("--tls", "--tls-name", "a.example", "--ca-out", file)
        backend = ("--backend", f"127.0.0.1:{server.server_port}")
        inner = stack.enter_context(proxy("reverse", "--accept-proxy-protocol", *cert, *backend))
        route = ("--route", f"a.example=127.0.0.1:{inner.port}")
        outer = stack.enter_context(
            proxy("passthrough", "--accept-proxy-protocol", "--send-proxy-protocol", "v1", *route)
        )
        name = ("--cacert", file, "--resolve", f"a.example:{outer.port}:127.0.0.1", "--interface", "127.0.0.77")
        said = curl("--haproxy-protocol", *name, "-i", f"https://a.example:{outer.port}/passed")
    assert "got-x-forwarded-for: 127.0.0.77" in said.lower()
    assert any(" 127.0.0.77 TLS a.example 200" in line for line in outer.lines)


@pytest.mark.needs("curl")
def test_proxies_in_a_chain():
    with (
        site() as server,
        proxy("forward", "--name", "outer") as outer,
        proxy("forward", "--upstream", f"127.0.0.1:{outer.port}", "--name", "inner") as inner,
    ):
        said = curl("-x", inner.url, "-i", f"http://127.0.0.1:{server.server_port}/x")
    assert "got-via: 1.1 inner, 1.1 outer" in said.lower()


@pytest.mark.needs("curl")
def test_it_is_no_open_proxy():
    with proxy("forward", "--cache", "1 MiB") as running:
        started_s = time.monotonic()
        for target in ("http://192.0.2.1/", "http://unknown.example/", "http://169.254.169.254/latest"):
            assert curl("-x", running.url, "-o", "/dev/null", "-w", "%{http_code}", target) in {"403", "502"}
        assert time.monotonic() - started_s < 5


def test_strangers_are_refused():
    stranger = next((ip for ip in _own_addresses() if not ip.startswith("127.")), None)
    if stranger is None:
        pytest.skip("this machine has no address but loopback")
    with (
        proxy("forward", "--listen", f"{stranger}:0") as running,
        socket.create_connection((stranger, running.port), 5) as sock,
    ):
        sock.sendall(b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 403")


def _own_addresses():
    return {found[4][0] for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_is_in_flight_finishes_when_it_is_told_to_end(number):
    with socket.create_server(("127.0.0.1", 0)) as backend:
        backend.settimeout(5)
        with proxy("reverse", "--backend", f"127.0.0.1:{backend.getsockname()[1]}") as running:
            with socket.create_connection(("127.0.0.1", running.port), 5) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                upstream, _ = backend.accept()
                with upstream:
                    upstream.recv(1000)
                    running.process.send_signal(number)
                    time.sleep(0.3)
                    with pytest.raises(ConnectionRefusedError):
                        socket.create_connection(("127.0.0.1", running.port), 1)
                    upstream.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
                    said = client.recv(1000)
            running.process.wait(LONGEST_S)
    assert said.endswith(b"done")
    assert b"onnection: close" in said


def test_a_second_signal_does_not_wait():
    with socket.create_server(("127.0.0.1", 0)) as backend:
        command = [*PROXYSIM, "proxy", "reverse", "--listen", "127.0.0.1:0"]
        command += ["--backend", f"127.0.0.1:{backend.getsockname()[1]}", "--quiet"]
        with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
            port = int(process.stdout.readline().rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port), 5) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                time.sleep(0.2)
                process.send_signal(signal.SIGTERM)
                assert "is ending" in process.stdout.readline()
                process.send_signal(signal.SIGTERM)
                assert process.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["reverse"], "--backend: no backend is given"),
        (["reverse", "--backend", "here"], "--backend: 'here' is not HOST:PORT"),
        (["passthrough"], "--route: no route is given"),
        (["passthrough", "--route", "x"], "--route: 'x' is not NAME=HOST:PORT"),
        (["forward", "--listen", "127.0.0.1"], "--listen: '127.0.0.1' is not HOST:PORT"),
        (["forward", "--cache", "12"], "cache.capacity"),
        (["forward", "--allow-to", "10.0.0.1/8"], "--allow-to"),
        (["forward", "--known-name", "x"], "--known-name"),
        (["forward", "--idle-timeout", "soon"], "soon"),
        (["forward", "--tls-cert", "absent.pem"], "a certificate needs its key"),
        (
            ["forward", "--send-proxy-protocol", "3"],
            "--send-proxy-protocol: '3' is not a version of the PROXY protocol (v1 or v2)",
        ),
        (["forward", "--proxy-protocol-from", "10.0.0.0/8"], "add --accept-proxy-protocol"),
        (["forward", "--listen", "192.0.2.1:3128"], "cannot listen at 192.0.2.1:3128"),
    ],
)
def test_nobody_who_mistypes_sees_a_traceback(words, told, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["proxy", *words])
    assert caught.value.code == 2
    assert told in capsys.readouterr().err

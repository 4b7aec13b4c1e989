"""Real products before and behind a proxy in the foreground: the address that one tells is the one that arrives."""

from __future__ import annotations

import http.client
import socket
from contextlib import ExitStack
from string import Template

import pytest

import sim
from sim.lab import product_run
from sim.products import program
from sim.products.draft import Configuration
from sim.products.program import PROGRAMS, product
from tests.support.foreground import curl, proxy, site

CLIENT_IP = "127.0.0.77"

IN_FRONT = Template("""
defaults
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
listen front
    bind $ip:$port
    server next 127.0.0.1:$next $send
""")

HAPROXY_BEHIND = Template("""
defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
frontend behind
    bind $ip:$port accept-proxy
    http-request return status 200 content-type text/plain lf-string "%[src]:%[src_port]"
""")

NGINX_BEHIND = Template("""
daemon off;
error_log $run/error.log;
pid $run/nginx.pid;
events {}
http {
    access_log off;
    client_body_temp_path $run/a;
    proxy_temp_path $run/b;
    fastcgi_temp_path $run/c;
    uwsgi_temp_path $run/d;
    scgi_temp_path $run/e;
    server {
        listen $ip:$port proxy_protocol;
        return 200 "$${proxy_protocol_addr}:$${proxy_protocol_port}";
    }
}
""")

BEHIND = [
    pytest.param("haproxy", HAPROXY_BEHIND, marks=pytest.mark.needs("haproxy")),
    pytest.param("nginx", NGINX_BEHIND, marks=pytest.mark.needs("nginx")),
]


@pytest.fixture
def running(monkeypatch):
    """Run a product with a configuration of our own; gives its port."""
    with ExitStack() as stack:

        def run(name, text, **words):
            def write(task):
                ip, port = task.listen
                return Configuration(text.substitute(words, ip=ip, port=port, run=task.run), ())

            monkeypatch.setattr(program, "PROGRAMS", {name: PROGRAMS[name]._replace(write=write)})
            gateway = product(name, sim.load("reverse-proxy"), "gateway")
            return stack.enter_context(product_run.running(gateway, {}))[1]

        yield run


def asked(port):
    """Ask from an address of one's own: the port asked from, and the answer with its content."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10, source_address=(CLIENT_IP, 0))
    try:
        connection.request("GET", "/x")
        own_port = connection.sock.getsockname()[1]
        answer = connection.getresponse()
        return own_port, answer, answer.read().decode()
    finally:
        connection.close()


@pytest.mark.needs("haproxy")
@pytest.mark.parametrize("send", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options unique-id,crc32c"])
def test_haproxy_in_front_tells_for_whom_it_asks(running, send):
    with site() as server:
        options = ("--accept-proxy-protocol", "--backend", f"127.0.0.1:{server.server_port}")
        with proxy("reverse", *options) as proxysim:
            front = running("haproxy", IN_FRONT, next=proxysim.port, send=send)
            _, answer, _ = asked(front)
    assert answer.status == 200
    assert answer.headers["Got-X-Forwarded-For"] == CLIENT_IP
    assert any(f" {CLIENT_IP} GET " in line for line in proxysim.lines)


@pytest.mark.needs("haproxy")
def test_haproxys_checks_speak_for_itself(running):
    """With ``check-send-proxy`` a check begins with LOCAL; one that is not understood would take the server down."""
    with site() as server:
        options = ("--accept-proxy-protocol", "--backend", f"127.0.0.1:{server.server_port}")
        with proxy("reverse", *options) as proxysim:
            send = "send-proxy-v2 check-send-proxy check inter 50ms fall 1\n    option httpchk GET /health"
            front = running("haproxy", IN_FRONT, next=proxysim.port, send=send)
            answers = [asked(front)[1].status for _ in range(3)]
    assert answers == [200, 200, 200]
    assert any(" 127.0.0.1 GET " in line and "/health" in line for line in proxysim.lines)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(("name", "text"), BEHIND)
def test_who_stands_behind_believes_what_it_is_told(running, name, text, version):
    behind = running(name, text)
    with proxy("reverse", "--send-proxy-protocol", version, "--backend", f"127.0.0.1:{behind}") as proxysim:
        own_port, answer, said = asked(proxysim.port)
    assert answer.status == 200
    assert said == f"{CLIENT_IP}:{own_port}"


@pytest.mark.parametrize(("name", "text"), BEHIND)
def test_what_is_told_is_told_on(running, name, text):
    behind = running(name, text)
    options = ("--accept-proxy-protocol", "--send-proxy-protocol", "v2", "--allow-from", "2001:db8::/32")
    with (
        proxy("reverse", *options, "--backend", f"127.0.0.1:{behind}") as proxysim,
        socket.create_connection(("127.0.0.1", proxysim.port), 5) as sock,
    ):
        sock.sendall(b"PROXY TCP6 2001:db8::7 2001:db8::1 4711 80\r\n")
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        said = b"".join(iter(lambda: sock.recv(10_000), b""))
    assert said.endswith(b"2001:db8::7:4711")


@pytest.mark.needs("curl")
def test_curl_tells_it_and_who_was_told_is_judged(tmp_path):
    """The address told is the one that may ask or may not, as where HAProxy or nginx judge it."""
    with site() as server:
        options = ("--accept-proxy-protocol", "--allow-from", "192.0.2.0/24")
        with proxy("reverse", *options, "--backend", f"127.0.0.1:{server.server_port}") as proxysim:
            said = curl("--haproxy-protocol", "-i", f"{proxysim.url}/x")
            with socket.create_connection(("127.0.0.1", proxysim.port), 5) as sock:
                sock.sendall(b"PROXY TCP4 198.51.100.1 203.0.113.1 1 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
                refused = sock.recv(1000)
            with socket.create_connection(("127.0.0.1", proxysim.port), 5) as sock:
                sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                try:
                    unsupported = sock.recv(1000)
                except ConnectionResetError:
                    unsupported = b""
    assert "got-x-forwarded-for: 127.0.0.1" in said.lower()
    assert refused.startswith(b"HTTP/1.1 403")
    assert unsupported == b""
    assert any(" 127.0.0.1 - 0 0 B" in line for line in proxysim.lines)


@pytest.mark.needs("curl")
def test_a_forward_proxy_tells_it_at_both_ends(running):
    with (
        proxy("forward", "--accept-proxy-protocol", "--name", "outer") as outer,
        proxy(
            "forward", "--upstream", f"127.0.0.1:{outer.port}", "--send-proxy-protocol", "v2", "--name", "inner"
        ) as inner,
        site() as server,
    ):
        said = curl("-x", inner.url, "--interface", CLIENT_IP, "-i", f"http://127.0.0.1:{server.server_port}/x")
    assert "got-via: 1.1 inner, 1.1 outer" in said.lower()
    assert any(f" {CLIENT_IP} GET " in line for line in outer.lines)

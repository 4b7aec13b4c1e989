"""Real products between a client and backends of our own, and what the simulator's nodes say in their place.

Every address of a scenario gets its own of 127.0.0.0/8, so that what the parties see of each other is what the kernel
says; `Stage.seen` puts the scenario's addresses back.
"""

from __future__ import annotations

import http.client
import re
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from sim.lab.product_run import running
from sim.nodes.build import build
from sim.products import product
from sim.scenario import topology
from sim.scenario.schema import Backend, Client, Proxy
from tests.support.scripted_world import Conversation

HOST = "www.example.org"
CLIENT = "10.1.0.1"
TOLD = ("via", "x-forwarded-for", "x-real-ip", "x-forwarded-proto", "x-forwarded-host", "forwarded")
"""Fields that tell of somebody; products add others, which tell of nobody (X-Cache, Cache-Control: max-age, …)."""

ANSWERED = ("via", "server")
CONTENT = (("server", "app"), ("cache-control", "max-age=60"))


class Seen(NamedTuple):
    """What a backend sees of a request, and the client of its answer."""

    peer_ip: str
    host: str
    request: dict[str, str]
    answer: dict[str, str]


def combined(pairs, names):
    """The fields of those names, several lines joined by commas."""
    lines = {}
    for name, value in pairs:
        lines.setdefault(name.lower(), []).append(value)
    return {name: ", ".join(lines[name]) for name in names if name in lines}


class Page(BaseHTTPRequestHandler):
    """Answers everything, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    timeout = 5

    def do_GET(self):
        self.server.asked.append((self.client_address[0], self.path, self.headers.items()))
        self.send_response_only(200)
        for name, value in (*CONTENT, ("content-length", "4"), ("date", self.date_time_string())):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"page")

    def log_message(self, *said):
        pass


class Listening(ThreadingHTTPServer):
    """A backend; closing it waits for its threads."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, ip):
        self.asked = []
        super().__init__((ip, 0), Page)


@contextmanager
def backend(ip):
    """A backend that listens at a free port."""
    with Listening(ip) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Stage:
    """A scenario whose proxies are real products."""

    def __init__(self, scenario, products):
        self.scenario, self.products = scenario, products
        self.ips = {address: f"127.77.0.{number + 1}" for number, address in enumerate(self._addresses())}
        self.way = self._way()
        self.backends = []

    def _addresses(self):
        yield CLIENT
        for node in self.scenario.nodes.values():
            if isinstance(node, Proxy | Backend):
                yield node.address
            if isinstance(node, Proxy) and node.outbound_address:
                yield node.outbound_address

    def _way(self):
        """The proxies from the client to the backends."""
        (client,) = [node for node in self.scenario.nodes.values() if isinstance(node, Client)]
        roles = {name: node.role for name, node in self.scenario.nodes.items()}
        return [*filter(None, [client.proxy]), *(name for name, role in roles.items() if role == "reverse_proxy")]

    @contextmanager
    def up(self):
        """Start the backends, then the proxies from the far end to the near one."""
        with ExitStack() as stack:
            places = {address: (ip, 0) for address, ip in self.ips.items()}
            for node in self.scenario.nodes.values():
                if isinstance(node, Backend):
                    server = stack.enter_context(backend(self.ips[node.address]))
                    self.backends.append(server)
                    places[node.address] = server.server_address
            self.first = self.backends[0].server_address
            for name in reversed(self.way):
                real = product(self.products[name], self.scenario, name)
                self.first = stack.enter_context(running(real, places))
                places[self.scenario.nodes[name].address] = self.first
            yield self

    def ask(self, path="/a", fields=()):
        """Ask as the client would; give the status, and what the backend and the client saw."""
        near = self.way and self.scenario.nodes[self.way[0]].role == "forward_proxy"
        connection = http.client.HTTPConnection(*self.first, timeout=10, source_address=(self.ips[CLIENT], 0))
        try:
            target = f"http://{HOST}{path}" if near else path
            connection.request("GET", target, headers={"Host": HOST, **dict(fields)})
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status == 200, body
        return self._seen(answer)

    def _seen(self, answer):
        asked = [one for server in self.backends for one in server.asked]
        for server in self.backends:
            server.asked.clear()
        if not asked:
            return Seen("", "", {}, self._ours(combined(answer.getheaders(), (*ANSWERED, "age"))))
        ((peer_ip, _, fields),) = asked
        told = self._ours(combined(fields, TOLD))
        host = combined(fields, ("host",))["host"]
        back = self._ours(combined(answer.getheaders(), ANSWERED))
        return Seen(self._ours({"": peer_ip})[""], host, told, back)

    def _ours(self, fields):
        scenario_ip = {ip: address for address, ip in self.ips.items()}
        return {
            name: re.sub(r"127\.77\.0\.\d+", lambda ip: scenario_ip[ip.group()], value)
            for name, value in fields.items()
        }

    def expected(self, path="/a", fields=()):
        """What the simulator's nodes say in the same place."""
        nodes = build(self.scenario, topology.build(self.scenario))
        outbound = {
            name: self.scenario.nodes[name].outbound_address or self.scenario.nodes[name].address for name in self.way
        }
        said = Conversation(*(nodes[name] for name in self.way), addresses=outbound).ask(
            path, host=HOST, peer_ip=CLIENT, fields=tuple((name.lower(), value) for name, value in fields)
        )
        _, message = said.sent[-1]
        said.answer(fields=CONTENT)
        peer_ip = outbound[self.way[-1]] if self.way else CLIENT
        answer = combined(said.got.fields, ANSWERED)
        return Seen(peer_ip, message.host, combined(message.fields, TOLD), answer)

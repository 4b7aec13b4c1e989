"""What the RFCs ask and the released suite does not yet, over real sockets through ``proxysim proxy reverse``."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.suite import proxies

pytestmark = pytest.mark.slow
CASES = yaml.safe_load(Path(__file__).with_name("younger.yaml").read_text(encoding="utf-8"))
PATIENCE_S = 10.0


class Origin(socketserver.ThreadingTCPServer):
    """An origin that answers the requests for a path with what the case of that name says, one after the other."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Conversation)
        self.answers = {case["id"]: [] for case in CASES}
        self.asked = dict.fromkeys(self.answers, 0)


class Conversation(socketserver.StreamRequestHandler):
    """One connection, one request."""

    timeout = PATIENCE_S

    def handle(self):
        case = self.rfile.readline().decode("latin-1").split(" ")[1].strip("/")
        while self.rfile.readline().strip():
            pass
        answers = self.server.answers[case]
        answer = answers.pop() if answers else {}
        if answer != "close":
            self.server.asked[case] += 1
            self.wfile.write(_head(answer, self.server.asked[case]))


def _head(answer, number):
    fields = [(name, one) for name, said in answer.items() for one in (said if isinstance(said, list) else [said])]
    lines = [f"{name}: {value}" for name, value in fields if not name.startswith(":")]
    interim = f"HTTP/1.1 {answer[':interim']} Interim\r\nlink: </a.css>\r\n\r\n" if ":interim" in answer else ""
    status = f"HTTP/1.1 {answer.get(':status', '200')} Said"
    head = [status, f"x-answer: {number}", "content-length: 2", "connection: close", *lines]
    return (interim + "\r\n".join(head) + "\r\n\r\nhi").encode("latin-1")


def _converse(case, origin, port):
    """Hold a conversation; give status, number of the origin's answer, and interim status of each exchange."""
    said = []
    for exchange in case["exchanges"]:
        origin.answers[case["id"]] = [exchange["origin"]] if "origin" in exchange else []
        said.append(_get(port, case["id"]))
        time.sleep(exchange.get("pause_s", 0))
    return said


def _get(port, path):
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as client:
        client.sendall(f"GET /{path} HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n".encode())
        parts = []
        while part := client.recv(65536):
            parts.append(part)
    heads = b"".join(parts).decode("latin-1").split("\r\n\r\n")
    interim = [int(head.split(" ")[1]) for head in heads if head.startswith("HTTP/1.1 1")]
    final = next(head for head in heads if not head.startswith("HTTP/1.1 1"))
    fields = dict(line.lower().split(": ", 1) for line in final.split("\r\n")[1:])
    return int(final.split(" ")[1]), int(fields.get("x-answer", 0)), interim


@pytest.fixture(scope="module")
def conversations():
    """All conversations, held at the same time: most of them wait."""
    with Origin() as origin:
        threading.Thread(target=origin.serve_forever, daemon=True).start()
        try:
            with (
                proxies.running(proxies.PROXIES["ours"], origin.server_address[1]) as base,
                ThreadPoolExecutor(32) as pool,
            ):
                port = int(base.rpartition(":")[2])
                held = {case["id"]: pool.submit(_converse, case, origin, port) for case in CASES}
                yield {case: future.result(60) for case, future in held.items()}
        finally:
            origin.shutdown()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_conversation(case, conversations):
    expected = [
        (exchange.get("status", 200), exchange["from"], [exchange["interim"]] if "interim" in exchange else [])
        for exchange in case["exchanges"]
    ]
    assert conversations[case["id"]] == expected, case["section"]

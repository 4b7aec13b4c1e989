from __future__ import annotations

import pytest

from sim.errors import EndpointError
from sim.http1.endpoints import LOOPBACK, Endpoint, is_within, parse_endpoint, parse_networks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:80", Endpoint("http", "127.0.0.1", 80)),
        ("http://localhost:0/", Endpoint("http", "localhost", 0)),
        ("https://[::1]:8443", Endpoint("https", "::1", 8443)),
    ],
)
def test_places(text, expected):
    assert parse_endpoint(text, "--backend") == expected
    assert parse_endpoint(str(expected), "--backend") == expected


@pytest.mark.parametrize(
    "text", ["", "80", "a", "a:b", "a:70000", "ftp://a:1", "http://u@a:1", "a:1/x", "a b:1", "::1:80"]
)
def test_what_is_no_place(text):
    with pytest.raises(EndpointError, match=r"--backend: .* is not HOST:PORT"):
        parse_endpoint(text, "--backend")


def test_blocks():
    (block,) = parse_networks(["10.0.0.0/8"], "--allow-to")
    assert is_within("10.1.2.3", (block,))
    assert not is_within("11.1.2.3", (block,))
    with pytest.raises(EndpointError, match="--allow-to"):
        parse_networks(["10.0.0.1/8"], "--allow-to")


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [("127.0.0.1", True), ("127.255.0.9", True), ("::1", True), ("::ffff:127.0.0.1", True), ("::ffff:8.8.8.8", False),
     ("10.0.0.1", False), ("0.0.0.0", False), ("::", False), ("fe80::1%lo", False), ("169.254.169.254", False)],
)  # fmt: skip
def test_loopback(address, is_ours):
    assert is_within(address, LOOPBACK) == is_ours

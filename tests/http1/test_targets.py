from __future__ import annotations

import pytest

from sim.http1 import targets
from sim.http1.errors import RefusedError


@pytest.mark.parametrize(
    ("method", "target", "host", "scheme", "expected"),
    [
        ("GET", "/", "a.example", "http", ("http://a.example/", "a.example")),
        ("GET", "/x?y", "a.example:81", "https", ("https://a.example:81/x?y", "a.example:81")),
        ("GET", "http://a.example/x", "a.example", "http", ("http://a.example/x", "a.example")),
        ("GET", "HTTP://A.example/x", "a.example", "http", ("http://A.example/x", "A.example")),
        ("GET", "http://a.example", "a.example", "http", ("http://a.example/", "a.example")),
        ("GET", "http://a.example?q", "a.example:80", "http", ("http://a.example/?q", "a.example")),
        ("GET", "https://a.example/x", None, "http", ("https://a.example/x", "a.example")),
        ("OPTIONS", "*", "a.example", "http", ("http://a.example", "a.example")),
        ("OPTIONS", "http://a.example", "a.example", "http", ("http://a.example", "a.example")),
        ("CONNECT", "a.example:443", "a.example:443", "http", ("a.example:443", "a.example:443")),
        ("CONNECT", "a.example:443", "a.example", "http", ("a.example:443", "a.example:443")),
        ("CONNECT", "[::1]:8443", "[::1]:8443", "http", ("[::1]:8443", "[::1]:8443")),
    ],
)
def test_received(method, target, host, scheme, expected):
    assert targets.received(method, target, host, scheme) == expected


@pytest.mark.parametrize(
    ("method", "target", "host"),
    [
        ("GET", "/x", None),
        ("GET", "/x#y", "a.example"),
        ("GET", "*", "a.example"),
        ("GET", "a.example:80", "a.example"),
        ("GET", "ftp://a.example/", "a.example"),
        ("GET", "http://user@a.example/", "a.example"),
        ("GET", "http:///x", "a.example"),
        ("GET", "http://a.example/x", "b.example"),
        ("GET", "http://a.example:8080/x", "a.example:81"),
        ("GET", "/x", "a b"),
        ("GET", "/x", "a.example:99999"),
        ("GET", "/x", "a.example/b"),
        ("GET", "/x", ""),
        ("CONNECT", "a.example", "a.example"),
        ("CONNECT", "/x", "a.example"),
        ("CONNECT", "a.example:0", "a.example:0"),
        ("CONNECT", "a.example:443", "b.example:443"),
    ],
)
def test_refused(method, target, host):
    with pytest.raises(RefusedError) as caught:
        targets.received(method, target, host, "http")
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("method", "target", "origin_form"),
    [
        ("GET", "http://a.example/x?y", "/x?y"),
        ("GET", "http://a.example", "/"),
        ("GET", "http://a.example?q=/", "/?q=/"),
        ("OPTIONS", "http://a.example", "*"),
        ("CONNECT", "a.example:443", "a.example:443"),
    ],
)
def test_to_send(method, target, origin_form):
    assert targets.to_send(method, target, absolute_form=False) == origin_form
    assert targets.to_send(method, target, absolute_form=True) == target

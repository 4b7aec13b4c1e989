from __future__ import annotations

import ssl
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.rules.client_hello import ClientHello, ClientHelloError, read_client_hello


def hello(name="a.example", protocols=("http/1.1",), **settings):
    """What the standard library's client says first."""
    context = ssl.create_default_context()
    for setting, value in settings.items():
        setattr(context, setting, value)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


REAL = hello()


def refused(data):
    with pytest.raises(ClientHelloError):
        read_client_hello(data)


def test_what_a_real_client_says():
    read = read_client_hello(REAL)
    assert (read.server_name, read.protocols) == ("a.example", ("http/1.1",))
    assert 0x0304 in read.versions
    assert read_client_hello(hello("A.Example", ())).server_name == "a.example"
    assert read_client_hello(hello(None)).server_name == ""
    old = read_client_hello(hello(maximum_version=ssl.TLSVersion.TLSv1_2))
    assert old == ClientHello("a.example", ("http/1.1",), (0x0303,))


def test_more_is_wanted_until_all_is_there_and_what_follows_is_left_alone():
    assert all(read_client_hello(REAL[:end]) is None for end in range(len(REAL)))
    assert read_client_hello(REAL + b"more") == read_client_hello(REAL)


def test_a_message_spread_over_records():
    message = REAL[5:]
    parts = [message[start : start + 50] for start in range(0, len(message), 50)]
    spread = b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part for part in parts)
    assert read_client_hello(spread) == read_client_hello(REAL)
    assert read_client_hello(spread[:-1]) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x17\x03\x01\x00\x05",
        b"\x16\x02\x01\x00\x05",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x16\x03\x01\x00\x05\x01\xff\xff\xff\x00" + b"\x16\x03\x01\x40\x00" * 5 + bytes(2**17),
    ],
)
def test_what_is_none(data):
    refused(data)


def with_extensions(*extensions):
    listed = b"".join(kind.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data for kind, data in extensions)
    body = (
        b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00" + len(listed).to_bytes(2, "big") + listed
    )
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


def named(name, kind=0):
    entry = bytes([kind]) + len(name).to_bytes(2, "big") + name
    return (0, len(entry).to_bytes(2, "big") + entry)


def test_extensions():
    assert read_client_hello(with_extensions(named(b"b.example"))).server_name == "b.example"
    assert read_client_hello(with_extensions()).versions == (0x0303,)
    body = b"\x03\x01" + bytes(32) + b"\x00" + b"\x00\x02\x13\x01" + b"\x01\x00"
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    bare = b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message
    assert read_client_hello(bare) == ClientHello("", (), (0x0301,))


@pytest.mark.parametrize("name", [b"", b"a b", b"a\x00.example", b"\xff", b"a/../b", b"-", b"x" * 300])
def test_names_that_are_none(name):
    refused(with_extensions(named(name)))


def test_odd_extensions():
    refused(with_extensions(named(b"a"), named(b"b")))
    refused(with_extensions(named(b"a", kind=1)))
    refused(with_extensions((0, b"\x00\x09\x00\x00\x01a")))
    refused(with_extensions((16, b"\x00\x05\x09x")))
    refused(with_extensions((43, b"\x03\x03\x04")))


@given(st.binary(max_size=300))
def test_nothing_raises_anything_but_our_own_error(data):
    for beginning in (b"", b"\x16\x03\x01", REAL[:9], REAL[:60]):
        with suppress(ClientHelloError):
            read_client_hello(beginning + data)


@given(st.integers(0, len(REAL) - 1), st.integers(0, 255))
def test_one_byte_changed(at, byte):
    with suppress(ClientHelloError):
        read_client_hello(REAL[:at] + bytes([byte]) + REAL[at + 1 :])

"""The PROXY protocol: bytes to data and back, as few or as many bytes as have come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import MessageError
from sim.rules import proxy_protocol
from sim.rules.proxy_protocol import SIGNATURE, Header, ProxiedAddresses
from tests.rules.cases import cases

ports = st.integers(0, 65535)
four = st.ip_addresses(v=4).map(str)
six = st.ip_addresses(v=6).map(str).filter(lambda text: "%" not in text)
ends = st.builds(ProxiedAddresses, four, four, ports, ports) | st.builds(ProxiedAddresses, six, six, ports, ports)
versions = st.sampled_from([1, 2])


def octets(text):
    """The bytes that a case writes as in Python."""
    signature = SIGNATURE.decode("latin-1")
    return text.encode("ascii").decode("unicode_escape").replace("<sig>", signature).encode("latin-1")


@cases("proxy_parse")
def test_parse(exchange, expected):
    if expected == "refused":
        with pytest.raises(MessageError):
            proxy_protocol.parse(octets(exchange))
    elif expected == "more":
        assert proxy_protocol.parse(octets(exchange)) is None
    elif isinstance(expected, str):
        assert proxy_protocol.parse(octets(exchange)) == Header(None, int(expected.removeprefix("local ")))
    else:
        *said, length_bytes = expected
        assert proxy_protocol.parse(octets(exchange)) == Header(ProxiedAddresses(*said), length_bytes)


@given(ends | st.none(), versions, st.binary(max_size=8))
def test_what_is_written_is_read_again_and_needs_all_of_its_bytes(said, version, content):
    header = proxy_protocol.write(said, version)
    assert proxy_protocol.parse(header + content) == Header(said, len(header))
    assert all(proxy_protocol.parse(header[:count]) is None for count in range(len(header)))


@pytest.mark.parametrize(
    "wrong",
    [
        ProxiedAddresses("192.0.2.1", "2001:db8::1", 1, 2),
        ProxiedAddresses("a", "b", 1, 2),
        ProxiedAddresses("192.0.2.1", "192.0.2.2", 65536, 2),
        ProxiedAddresses("192.0.2.1", "192.0.2.2", 1, -2),
    ],
)
def test_what_is_no_connection_cannot_be_written(wrong):
    with pytest.raises(MessageError):
        proxy_protocol.write(wrong)


@given(st.binary(max_size=60), st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11"]))
def test_nothing_raises_but_our_own_error(data, beginning):
    try:
        found = proxy_protocol.parse(beginning + data)
    except MessageError:
        return
    assert found is None or found.length_bytes <= len(beginning + data)


def test_the_zone_of_an_address_is_neither_told_nor_believed():
    ends = ProxiedAddresses("fe80::1%eth0", "fe80::2%eth0", 1, 2)
    bare = ProxiedAddresses("fe80::1", "fe80::2", 1, 2)
    assert [proxy_protocol.write(ends, version) for version in (1, 2)] == [
        proxy_protocol.write(bare, version) for version in (1, 2)
    ]
    with pytest.raises(MessageError):
        proxy_protocol.parse(b"PROXY TCP6 fe80::1%eth0 fe80::2 1 2\r\n")

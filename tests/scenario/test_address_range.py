"""Addresses on demand."""

import ipaddress

import pytest

from sim.scenario.address_range import AddressRange, host_addresses, one_address


@pytest.mark.parametrize("block", ["192.0.2.0/28", "192.0.2.4/31", "192.0.2.4/32", "2001:db8::/124", "10.1.0.0/24"])
def test_same_hosts_as_the_standard_library(block):
    hosts = [str(host) for host in ipaddress.ip_network(block).hosts()]
    assert list(host_addresses(block)) == hosts
    assert host_addresses(block)[-1] == hosts[-1]


def test_huge_blocks_cost_nothing():
    addresses = host_addresses("10.0.0.0/8", 10_000_000)
    assert len(addresses) == 10_000_000
    assert addresses[9_999_999] == "10.152.150.128"
    assert len(host_addresses("2001:db8::/32")) == 2**62


def test_behaves_as_a_sequence():
    addresses = host_addresses("10.1.0.0/16", 5)
    assert addresses[1:3] == AddressRange(addresses.first + 1, 2, 4)
    assert hash(addresses) == hash(host_addresses("10.1.0.0/16", 5))
    assert addresses[::2] == ["10.1.0.1", "10.1.0.3", "10.1.0.5"]
    assert addresses.index("10.1.0.3") == 2
    assert addresses != ["10.1.0.1"]
    with pytest.raises(IndexError):
        addresses[5]


def test_contains_only_what_is_inside():
    addresses = host_addresses("10.1.0.0/16", 5)
    assert "10.1.0.5" in addresses
    for outside in ("10.1.0.0", "10.1.0.6", "::ffff:10.1.0.1", "nonsense", 7):
        assert outside not in addresses


def test_overlap_names_the_lowest_common_address():
    assert host_addresses("10.1.0.0/16", 20).overlap(one_address("10.1.0.20")) == "10.1.0.20"
    assert host_addresses("10.1.0.0/16", 20).overlap(one_address("10.1.0.21")) is None
    assert one_address("0.0.0.1").overlap(one_address("::1")) is None


def test_shows_itself():
    assert repr(host_addresses("10.1.0.0/16", 2)) == "AddressRange('10.1.0.1' to '10.1.0.2')"
    assert repr(host_addresses("10.1.0.0/16", 0)) == "AddressRange(empty)"

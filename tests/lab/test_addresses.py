"""Addresses: everybody has one of their own on this machine, and nobody is taken for another."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import pytest

from sim.errors import SimError
from sim.lab.addresses import MOST, Addresses
from sim.scenario.address_range import host_addresses

NODES = ["203.0.113.1", "10.3.0.1", "2001:db8::1"]


def test_all_are_different_loopback_addresses_and_lead_back():
    clients = host_addresses("198.18.0.0/15", 3000)
    known = Addresses(NODES, clients)
    here = [*map(known.here, NODES), *map(known.client, range(3000))]
    assert len(set(here)) == len(known) == 3003
    assert all(ip_address(ip).is_loopback for ip in here)
    assert [known.there(ip) for ip in here] == [*NODES, *clients]


def test_none_looks_like_a_network_or_like_another_program():
    known = Addresses([], host_addresses("10.0.0.0/8", MOST))
    for number in (0, 1, 253, 254, 255, 70_000, MOST - 1):
        _, second, _, last = known.client(number).split(".")
        assert second != "0"
        assert last not in {"0", "255"}


def test_one_that_is_there_twice_counts_once():
    assert len(Addresses(["10.3.0.1", "10.3.0.1"])) == 1


@pytest.mark.parametrize("ip", ["127.0.0.1", "127.1.0.2", "127.1.0.0", "127.1.0.255", "192.0.2.1", "::1", "unknown"])
def test_what_is_nobodys_stays_as_it_is(ip):
    assert Addresses(["203.0.113.1"]).there(ip) == ip


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("127.1.0.1, 127.1.0.2", "203.0.113.1, 10.1.0.1"),
        ("for=127.1.0.1;by=127.9.9.9", "for=203.0.113.1;by=127.9.9.9"),
        ("127.1.0.12", "127.1.0.12"),
        ("1.127.1.0.1.5", "1.127.1.0.1.5"),
        ("1.1 gateway", "1.1 gateway"),
    ],
)
def test_addresses_in_fields_are_put_back(said, meant):
    assert Addresses(["203.0.113.1"], ["10.1.0.1"]).in_words(said) == meant


def test_some_clients_can_be_looked_up_by_their_addresses():
    known = Addresses(["203.0.113.1"], host_addresses("10.1.0.0/16"))
    assert known.of_clients([0, 7]) == {"10.1.0.1": "127.1.0.2", "10.1.0.8": "127.1.0.9"}


def test_more_than_loopback_has_are_refused():
    with pytest.raises(SimError, match="has only 16,"):
        Addresses([], host_addresses("10.0.0.0/7"))


def test_the_kernel_lets_a_program_speak_from_any_of_them():
    ip = Addresses([], host_addresses("10.0.0.0/9")).client(123_456)
    with socket.create_server((ip, 0)) as server, socket.socket() as client:
        client.bind((ip, 0))
        client.connect(server.getsockname())
        with server.accept()[0] as accepted:
            assert accepted.getpeername()[0] == ip

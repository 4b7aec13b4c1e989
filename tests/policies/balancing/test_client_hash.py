from collections import Counter
from zlib import crc32

from sim.policies.balancing.client_hash import ClientHash
from tests.support.policies import visit

MEMBERS = ("b0", "b1", "b2")


def test_a_client_stays_where_it_was():
    balancer = ClientHash()
    addresses = [f"192.0.2.{number}" for number in range(200)]
    chosen = {address: balancer.choose(visit(peer_ip=address), MEMBERS) for address in addresses}
    again = {address: balancer.choose(visit(peer_ip=address, balance_draw=0.9), MEMBERS) for address in addresses[::-1]}
    assert chosen == again
    assert min(Counter(chosen.values()).values()) > 40


def test_it_is_the_same_in_every_run():
    # CRC-32's check value: its result for "123456789" is the same everywhere, unlike hash().
    assert crc32(b"123456789") == 0xCBF43926
    assert ClientHash().choose(visit(peer_ip="123456789"), MEMBERS) == 0xCBF43926 % 3

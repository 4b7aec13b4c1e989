"""Each balancer by what is its own; the laws for all are in tests/contracts."""

from collections import Counter
from zlib import crc32

import pytest

from sim.messages import Draws, Request
from sim.policies import balancing

BACKENDS = ("b0", "b1", "b2")


def request(draw: float = 0.0) -> Request:
    return Request(0, "GET", "http://a.example/", "a.example", (), draws=Draws(balance_draw=draw))


def test_round_robin_takes_turns():
    balancer = balancing.registry.make("round_robin", BACKENDS)
    assert [balancer.choose(request(), "192.0.2.1") for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_least_connections_follows_what_is_in_flight():
    balancer = balancing.registry.make("least_connections", BACKENDS)
    assert [balancer.choose(request(), "192.0.2.1") for _ in range(4)] == [0, 1, 2, 0]
    balancer.done(2)
    assert balancer.choose(request(), "192.0.2.1") == 2
    balancer.done(0)
    balancer.done(0)
    assert balancer.choose(request(), "192.0.2.1") == 0


def test_least_connections_refuses_an_answer_that_nobody_waits_for():
    balancer = balancing.registry.make("least_connections", BACKENDS)
    with pytest.raises(ValueError, match="'b1' has no request in flight"):
        balancer.done(1)


@pytest.mark.parametrize(("draw", "index"), [(0.0, 0), (0.333, 0), (0.334, 1), (0.667, 2), (1 - 2**-53, 2)])
def test_random_is_the_requests_own_draw(draw, index):
    assert balancing.registry.make("random", BACKENDS).choose(request(draw), "192.0.2.1") == index


def test_client_hash_keeps_a_client_where_it_was():
    balancer = balancing.registry.make("client_hash", BACKENDS)
    addresses = [f"192.0.2.{number}" for number in range(200)]
    chosen = {address: balancer.choose(request(), address) for address in addresses}
    again = {address: balancer.choose(request(0.9), address) for address in reversed(addresses)}
    assert chosen == again
    assert min(Counter(chosen.values()).values()) > 40


def test_client_hash_is_the_same_in_every_run():
    # CRC-32's check value: its result for "123456789" is the same everywhere, unlike hash().
    assert crc32(b"123456789") == 0xCBF43926
    assert balancing.registry.make("client_hash", BACKENDS).choose(request(), "123456789") == 0xCBF43926 % 3


def test_no_backend_is_refused():
    with pytest.raises(ValueError, match="at least one backend"):
        balancing.registry.make("random", ())

"""The laws of balancing: every registered policy must hold them, a student's too."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.messages import Draws, Request
from sim.policies import balancing

every_policy = pytest.mark.parametrize("policy", balancing.registry.names)
CALLS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.ip_addresses().map(str), st.booleans()), min_size=1, max_size=80
)
BACKENDS = st.integers(1, 6).map(lambda count: tuple(f"b{number}" for number in range(count)))


def run(policy: str, backends: tuple[str, ...], calls: list[tuple[float, str, bool]]) -> list[int]:
    """Make the calls; after each marked one, the oldest open request is answered; in the end all are."""
    balancer = balancing.registry.make(policy, backends)
    chosen, open_requests = [], []
    for number, (draw, address, answers) in enumerate(calls):
        request = Request(number, "GET", "http://a.example/", "a.example", (), draws=Draws(balance_draw=draw))
        chosen.append(balancer.choose(request, address))
        open_requests.append(chosen[-1])
        if answers:
            balancer.done(open_requests.pop(0))
    for index in open_requests:
        balancer.done(index)
    return chosen


@every_policy
@given(backends=BACKENDS, calls=CALLS)
def test_the_choice_is_a_backend_and_every_choice_can_be_answered(policy, backends, calls):
    chosen = run(policy, backends, calls)
    assert all(isinstance(index, int) and 0 <= index < len(backends) for index in chosen)


@every_policy
@given(backends=BACKENDS, calls=CALLS)
def test_same_calls_same_choices(policy, backends, calls):
    assert run(policy, backends, calls) == run(policy, backends, calls)


@every_policy
@pytest.mark.parametrize("count", [1, 2, 5])
def test_many_clients_give_every_backend_its_share(policy, count):
    """Of 4,000 requests of 4,000 clients all in flight, each backend gets its share within a fifth."""
    dice = random.Random(7)
    calls = [(dice.random(), f"10.0.{number // 250}.{number % 250 + 1}", False) for number in range(4_000)]
    chosen = run(policy, tuple(f"b{number}" for number in range(count)), calls)
    shares = [chosen.count(index) for index in range(count)]
    assert min(shares) > 0.8 * 4_000 / count
    assert max(shares) < 1.2 * 4_000 / count


@pytest.mark.parametrize("policy", ["least_connections", "round_robin"])
@given(calls=CALLS, backends=BACKENDS)
def test_counts_differ_by_one_at_most_while_nothing_is_answered(policy, calls, backends):
    chosen = run(policy, backends, [(draw, address, False) for draw, address, _ in calls])
    counts = [chosen.count(index) for index in range(len(backends))]
    assert max(counts) - min(counts) <= 1


@given(calls=CALLS, backends=BACKENDS)
def test_least_connections_picks_the_least_busy_and_of_equals_the_first(calls, backends):
    balancer = balancing.registry.make("least_connections", backends)
    in_flight = [0] * len(backends)
    waiting = []
    for draw, address, answers in calls:
        request = Request(0, "GET", "http://a.example/", "a.example", (), draws=Draws(balance_draw=draw))
        index = balancer.choose(request, address)
        assert index == in_flight.index(min(in_flight))
        in_flight[index] += 1
        waiting.append(index)
        if answers:
            done = waiting.pop(int(draw * len(waiting)))
            balancer.done(done)
            in_flight[done] -= 1

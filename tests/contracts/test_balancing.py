"""The laws of balancing: every registered policy must hold them, a student's too."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.policies import balancing
from sim.policies.stage import Attempt
from tests.support.policies import visit

every_policy = pytest.mark.parametrize("policy", balancing.registry.names)
CALLS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.ip_addresses().map(str), st.booleans()), min_size=1, max_size=80
)
MEMBERS = st.integers(1, 6).map(lambda count: tuple(f"b{number}" for number in range(count)))


def asked(draw: float, address: str):
    return visit(peer_ip=address, balance_draw=draw)


def ended(member: str, status: int = 200) -> Attempt:
    return Attempt(0, member, status, "", 0.0, 1.0)


def run(policy: str, members: tuple[str, ...], calls: list[tuple[float, str, bool]]) -> list[int]:
    """Make the calls; after each marked one, the oldest open request is answered; in the end all are."""
    balancer = balancing.registry.make(policy)
    chosen, open_requests = [], []
    for draw, address, answers in calls:
        chosen.append(balancer.choose(asked(draw, address), members))
        open_requests.append(members[chosen[-1]])
        if answers:
            balancer.done(ended(open_requests.pop(0)))
    for member in open_requests:
        balancer.done(ended(member, 504))
    return chosen


@every_policy
@given(members=MEMBERS, calls=CALLS)
def test_the_choice_is_a_member_and_every_choice_can_be_answered(policy, members, calls):
    chosen = run(policy, members, calls)
    assert all(isinstance(index, int) and 0 <= index < len(members) for index in chosen)


@every_policy
@given(members=MEMBERS, calls=CALLS)
def test_same_calls_same_choices(policy, members, calls):
    assert run(policy, members, calls) == run(policy, members, calls)


@every_policy
@given(calls=CALLS, kept_out=st.lists(st.sets(st.integers(0, 4), max_size=4), min_size=80, max_size=80))
def test_only_candidates_are_chosen_though_they_change(policy, calls, kept_out):
    balancer = balancing.registry.make(policy)
    for (draw, address, _), out in zip(calls, kept_out, strict=False):
        candidates = tuple(f"b{number}" for number in range(5) if number not in out)
        member = candidates[balancer.choose(asked(draw, address), candidates)]
        balancer.done(ended(member))


@every_policy
@pytest.mark.parametrize("count", [1, 2, 5])
def test_many_clients_give_every_member_its_share(policy, count):
    """Of 4,000 requests of 4,000 clients all in flight, each member gets its share within a fifth."""
    dice = random.Random(7)
    calls = [(dice.random(), f"10.0.{number // 250}.{number % 250 + 1}", False) for number in range(4_000)]
    chosen = run(policy, tuple(f"b{number}" for number in range(count)), calls)
    shares = [chosen.count(index) for index in range(count)]
    assert min(shares) > 0.8 * 4_000 / count
    assert max(shares) < 1.2 * 4_000 / count


@pytest.mark.parametrize("policy", ["least_connections", "round_robin"])
@given(calls=CALLS, members=MEMBERS)
def test_counts_differ_by_one_at_most_while_nothing_is_answered(policy, calls, members):
    chosen = run(policy, members, [(draw, address, False) for draw, address, _ in calls])
    counts = [chosen.count(index) for index in range(len(members))]
    assert max(counts) - min(counts) <= 1


@given(weights=st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_weighted_turns_give_each_member_exactly_its_weight_in_each_round(weights):
    members = tuple(f"b{number}" for number in range(len(weights)))
    balancer = balancing.registry.make("round_robin", weights=dict(zip(members, weights, strict=True)))
    chosen = [balancer.choose(visit(), members) for _ in range(2 * sum(weights))]
    assert [chosen.count(index) for index in range(len(members))] == [2 * weight for weight in weights]


@given(calls=CALLS, members=MEMBERS)
def test_least_connections_picks_the_least_busy_and_of_equals_the_first(calls, members):
    balancer = balancing.registry.make("least_connections")
    in_flight = [0] * len(members)
    waiting = []
    for draw, address, answers in calls:
        index = balancer.choose(asked(draw, address), members)
        assert index == in_flight.index(min(in_flight))
        in_flight[index] += 1
        waiting.append(index)
        if answers:
            done = waiting.pop(int(draw * len(waiting)))
            balancer.done(ended(members[done]))
            in_flight[done] -= 1

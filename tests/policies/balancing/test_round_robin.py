import pytest
from pydantic import ValidationError

from sim.policies.balancing.round_robin import RoundRobin
from tests.support.policies import visit

MEMBERS = ("a", "b", "c")


def chosen(balancer, count, members=MEMBERS):
    return "".join(members[balancer.choose(visit(), members)] for _ in range(count))


def test_it_takes_turns():
    assert chosen(RoundRobin(), 7) == "abcabca"


@pytest.mark.parametrize(
    ("weights", "order"),
    [
        # The example of nginx's commit "Upstream: smooth weighted round-robin balancing" (2012), which brought it.
        ({"a": 5, "b": 1, "c": 1}, "aabacaa"),
        ({"a": 1, "b": 1, "c": 1}, "abcabc"),
        ({"c": 2}, "cabc"),
    ],
)
def test_weights_are_smooth_as_in_nginx(weights, order):
    assert chosen(RoundRobin(weights=weights), len(order)) == order


def test_a_member_that_is_kept_out_for_a_while_is_passed_over():
    balancer = RoundRobin()
    assert chosen(balancer, 2) == "ab"
    assert chosen(balancer, 3, ("a", "c")) == "cac"
    assert chosen(balancer, 3) == "bac"


@pytest.mark.parametrize("weight", [0, -1, "heavy", float("nan")])
def test_a_weight_is_a_number_above_zero(weight):
    with pytest.raises(ValidationError):
        RoundRobin(weights={"a": weight})

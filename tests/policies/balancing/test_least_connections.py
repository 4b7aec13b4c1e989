import pytest

from sim.policies.balancing.least_connections import LeastConnections
from sim.policies.stage import Attempt
from tests.support.policies import visit

MEMBERS = ("b0", "b1", "b2")


def done(member):
    return Attempt(0, member, 200, "", 0.0, 1.0)


def test_it_follows_what_is_in_flight():
    balancer = LeastConnections()
    assert [balancer.choose(visit(), MEMBERS) for _ in range(4)] == [0, 1, 2, 0]
    balancer.done(done("b2"))
    assert balancer.choose(visit(), MEMBERS) == 2
    balancer.done(done("b0"))
    balancer.done(done("b0"))
    assert balancer.choose(visit(), MEMBERS) == 0


def test_it_remembers_who_is_busy_while_others_are_kept_out():
    balancer = LeastConnections()
    assert [balancer.choose(visit(), ("b1", "b2")) for _ in range(2)] == [0, 1]
    assert balancer.choose(visit(), MEMBERS) == 0


def test_an_answer_that_nobody_waits_for_is_refused():
    with pytest.raises(ValueError, match="'b1' has no request in flight"):
        LeastConnections().done(done("b1"))

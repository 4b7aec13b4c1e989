import pytest

from sim.policies.balancing.random import Random
from tests.support.policies import visit


@pytest.mark.parametrize(("draw", "index"), [(0.0, 0), (0.333, 0), (0.334, 1), (0.667, 2), (1 - 2**-53, 2)])
def test_the_choice_is_the_requests_own_draw(draw, index):
    assert Random().choose(visit(balance_draw=draw), ("b0", "b1", "b2")) == index

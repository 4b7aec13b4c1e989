"""Which responses a shared cache may store."""

from hypothesis import given

from sim.messages import Response
from sim.rules.freshness import lifetime_s
from sim.rules.storing import storable_for_s
from tests.rules.cases import cases, fields
from tests.rules.strategies import any_fields
from tests.support.scripted_world import request


@cases("storable")
def test_storable(exchange, expected):
    response = Response(exchange["status"], fields(exchange["fields"]), 100)
    assert storable_for_s(request(method=exchange["method"]), response) == expected


@given(any_fields)
def test_no_field_value_raises_and_nothing_is_kept_longer_than_it_is_fresh(said):
    assert storable_for_s(request(), Response(200, said, 100)) in (0.0, lifetime_s(said))

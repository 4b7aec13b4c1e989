"""Whether a stored response answers a request."""

from hypothesis import given

from sim.messages import CacheStatus, Response
from sim.rules.reuse import StoredResponse, decide, make_stored
from tests.rules.cases import cases
from tests.rules.strategies import any_fields, any_time_s
from tests.support.scripted_world import request


def stored(since_s, age_s, lifetime_s):
    return StoredResponse(Response(200, (), 100, age_s=age_s), since_s, lifetime_s)


@cases("reuse")
def test_reuse(exchange, expected):
    held = stored(**exchange["stored"]) if "stored" in exchange else None
    decision = decide(request(method=exchange["method"]), held, exchange["now_s"])
    assert decision.outcome.name == expected["outcome"]
    if "age_s" in expected:
        assert decision.response.age_s == expected["age_s"]
    else:
        assert decision.response is None


def test_a_hit_gives_what_was_stored_and_says_that_it_is_one():
    kept = Response(200, (("etag", '"1"'),), 123, CacheStatus.URI_MISS, age_s=5.0, error="")
    answer = decide(request(), StoredResponse(kept, 10.0, 60.0), 12.0).response
    assert answer == kept._replace(cache_status=CacheStatus.HIT, age_s=7.0)


def test_the_quick_constructor_makes_the_same():
    response = Response(200, (), 100)
    made = make_stored((response, 1.0, 60.0))
    assert made == StoredResponse(response, 1.0, 60.0)
    assert type(made) is StoredResponse


@given(any_fields, any_time_s, any_time_s, any_time_s)
def test_a_response_is_reused_only_while_it_is_fresh(said, age_s, stay_s, lifetime_s):
    held = StoredResponse(Response(200, said, 100, age_s=age_s), 0.0, lifetime_s)
    decision = decide(request(fields=said), held, stay_s)
    fresh = age_s + stay_s < lifetime_s
    assert decision.outcome is (CacheStatus.HIT if fresh else CacheStatus.STALE)
    assert (decision.response is not None) is fresh

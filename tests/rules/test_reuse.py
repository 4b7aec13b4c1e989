"""Whether a stored response answers a request."""

from dataclasses import replace

from hypothesis import given

from sim.messages import CacheStatus
from sim.rules.request_directives import PLAIN, asked
from sim.rules.reuse import decide, may_cover_error
from tests.rules.cases import cases, fields, stored
from tests.rules.strategies import any_fields, any_time_s


def decision(exchange):
    said = dict(exchange)
    wants = asked(said.get("method", "GET"), fields(said.get("fields", [])))
    held = dict(said.get("stored", {}))
    since_s = held.pop("since_s", 0)
    kept = [stored(held.pop("fields"), asked_s=since_s, received_s=since_s, **held)] if held else None
    return wants, decide(wants, fields(said.get("fields", [])), kept, said["now_s"])


@cases("reuse")
def test_reuse(exchange, expected):
    _, found = decision(exchange)
    assert (found.outcome.name, found.refresh) == (expected["outcome"], expected.get("refresh", False))
    if "age_s" in expected:
        assert found.age_s == expected["age_s"]


@cases("cover")
def test_cover(exchange, expected):
    assert may_cover_error(*decision(exchange), exchange["now_s"]) is expected


def test_of_several_that_fit_the_most_recent_is_chosen():
    older = stored(["date: Thu, 01 Jan 1970 00:00:10 GMT", "cache-control: max-age=60", "x: old"])
    newer = stored(["date: Thu, 01 Jan 1970 00:00:20 GMT", "cache-control: max-age=60", "x: new"])
    for variants in ([older, newer], [newer, older]):
        assert decide(PLAIN, (), variants, 25.0).stored is newer


@given(any_fields, any_time_s, any_time_s, any_time_s)
def test_a_plain_response_is_reused_only_while_it_is_fresh(said, age_s, stay_s, lifetime_s):
    kept = stored(["etag: x"])._replace(age_s=age_s, lifetime_s=lifetime_s)
    found = decide(PLAIN, said, [kept], stay_s)
    fresh = age_s + stay_s < lifetime_s
    assert found.outcome is (CacheStatus.HIT if fresh else CacheStatus.STALE)


@given(any_fields, any_fields, any_time_s)
def test_the_short_way_and_the_long_one_come_to_the_same(said, request, now_s):
    kept = stored(["etag: x", *(f"{name}: {value}" for name, value in said)])
    short, long = (decide(wants, request, [kept], now_s) for wants in (PLAIN, replace(PLAIN, plain=False)))
    assert short == long


@given(any_fields, any_fields, any_time_s)
def test_no_field_value_raises(said, request, now_s):
    kept = stored([f"{name}: {value}" for name, value in said])
    wants = asked("GET", request)
    found = decide(wants, request, [kept], now_s)
    assert found.outcome is not CacheStatus.NONE
    assert not (found.refresh and kept.terms.never_stale)
    may_cover_error(wants, found, now_s)

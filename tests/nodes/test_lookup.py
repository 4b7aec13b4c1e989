"""What a next node is asked for when the cache has no answer."""

import pytest

from sim.messages import CacheStatus, Response
from sim.nodes.lookup import Lookup, NoCache, Plan, asks_for_the_rest, completing, make_lookup
from sim.rules.request_directives import asked
from sim.rules.reuse import Reuse
from tests.nodes.cases import PART, REST, SOON, TAGGED, asked_with, stored_detail, two_languages
from tests.rules.cases import stored
from tests.support.scripted_world import request

HIT, REVALIDATED = CacheStatus.HIT, CacheStatus.REVALIDATED


def test_without_an_entity_tag_it_is_validated_by_its_date(talk):
    changed = ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT")
    talk.at(0).ask().answer(fields=(("cache-control", "max-age=60"), changed))
    said = talk.at(60).ask()
    assert asked_with(said, "if-modified-since") == changed[1]
    assert said.answer(304, fields=(changed,)).got.cache_status is REVALIDATED


def test_a_condition_for_the_origin_goes_there_as_it_is(talk):
    talk.ask().answer(fields=TAGGED)
    said = talk.ask(fields=(("if-match", '"1"'),))
    assert (asked_with(said, "if-match"), asked_with(said, "if-none-match")) == ('"1"', None)
    assert said.answer(412).got.cache_status is CacheStatus.REQUEST


def test_a_validation_in_the_background_asks_for_the_cache_and_not_for_the_client(talk):
    talk.at(0).ask().answer(fields=SOON)
    said = talk.at(70).ask(method="HEAD", fields=(("if-none-match", '"0"'), ("range", "bytes=0-1"), ("x", "1")))
    ((_, message),) = said.tasks[0].sent
    assert (message.method, dict(message.fields)["if-none-match"]) == ("GET", '"1"')
    assert "range" not in dict(message.fields)
    said.tasks[0].answer(fields=SOON, size_bytes=77)
    assert talk.ask().got.size_bytes == 77


@pytest.mark.parametrize(("status", "fields"), [(206, (*REST[:1], ("etag", '"2"'), REST[2])), (206, PART), (416, ())])
def test_what_is_not_the_rest_is_not_passed_on_but_the_whole_asked_for(talk, status, fields):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask().answer(status, fields=fields, size_bytes=500)
    assert said.got is None
    assert dict(said.sent[-1][1].fields).keys().isdisjoint({"range", "if-range"})
    said.answer(fields=TAGGED, size_bytes=1000)
    assert (said.got.status, said.got.size_bytes) == (200, 1000)
    assert talk.ask().got.cache_status is HIT


def test_a_stale_part_is_validated_for_a_smaller_range(talk):
    talk.at(0).ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.at(60).ask(fields=(("range", "bytes=0-9"),))
    assert asked_with(said, "if-none-match") == '"1"'
    said.answer(304, fields=(("etag", '"1"'),))
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (206, REVALIDATED, 10)


def test_after_a_304_that_names_nothing_the_request_is_sent_as_it_came(talk):
    two_languages(talk)
    said = talk.at(1).ask(fields=(("accept-language", "fr"),))
    assert asked_with(said, "if-none-match") == '"de", "en"'
    said.answer(304, fields=(("etag", '"it"'),))
    assert "if-none-match" not in dict(said.sent[-1][1].fields)
    said.answer(fields=(("cache-control", "max-age=60"), ("etag", '"it"'), ("vary", "accept-language")))
    assert (said.got.status, stored_detail(said)) == (200, "stored")


def test_to_ask_again_without_the_caches_own_condition_is_a_second_attempt(talk):
    for language in ("de", "fr"):
        page = (("cache-control", "max-age=60"), ("etag", f'"{language}"'), ("vary", "x"))
        talk.ask(fields=(("x", language),)).answer(fields=page)
    said = talk.ask(fields=(("x", "it"),)).answer(304, fields=(("etag", '"0"'),)).answer()
    assert (said.got.status, said.attempts) == (200, [0, 1])


def test_without_a_cache_nothing_is_found_nothing_waits_and_no_step_is_announced():
    found = NoCache.look_up(request(), None)
    assert (found.outcome, found.response, found.plan, NoCache.collapses) == (CacheStatus.NONE, None, None, False)
    answer = Response(200, (("x", "1"),), 1234, HIT, age_s=7.0)
    assert NoCache.settle(request(), found, answer, None) == (answer._replace(cache_status=CacheStatus.NONE), "")


def test_a_lookup_from_a_plain_tuple_is_the_same():
    assert make_lookup((HIT, None, 1.0, None)) == Lookup(HIT, None, 1.0, None)


@pytest.mark.parametrize(("body", "is_completed"), [(None, True), (b"whole", True), (object(), False)])
def test_the_rest_is_asked_for_only_with_a_request_that_could_be_sent_again(body, is_completed):
    part = stored(["cache-control: max-age=60", 'etag: "1"', "content-range: bytes 0-499/1000"], status=206)
    asking = request()._replace(body=body)
    plan = Plan(asking, asking, asked("GET", ()), Reuse(CacheStatus.PARTIAL, part))
    assert asks_for_the_rest(completing(plan, part)) is is_completed

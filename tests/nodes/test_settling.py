"""What becomes of a response: stored, compared with stored ones, or invalidating."""

import pytest

from sim.messages import CacheStatus
from tests.nodes.cases import PART, REST, TAGGED, asked_with, stored_detail, two_languages
from tests.support.parties import forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation

HIT, MISS, STALE, REVALIDATED, STALE_HIT = (
    CacheStatus.HIT,
    CacheStatus.URI_MISS,
    CacheStatus.STALE,
    CacheStatus.REVALIDATED,
    CacheStatus.STALE_HIT,
)


def test_a_stale_response_is_validated_and_found_good(talk):
    talk.at(0).ask().answer(fields=TAGGED)
    said = talk.at(60).ask()
    assert asked_with(said, "if-none-match") == '"1"'
    said.answer(304, fields=(("etag", '"1"'), ("x", "new")), size_bytes=150)
    assert stored_detail(said) == "freshened"
    assert said.got.status == 200
    assert said.got.cache_status is REVALIDATED
    assert (said.got.size_bytes, said.got.age_s) == (1000, 0.0)
    assert said.got_fields() == {**dict(TAGGED), "x": "new"}
    again = talk.at(119).ask()
    assert (again.got.cache_status, again.got.age_s) == (HIT, 59.0)


def test_a_stale_response_is_validated_and_found_changed(talk):
    talk.at(0).ask().answer(fields=TAGGED)
    said = talk.at(60).ask().answer(fields=(("cache-control", "max-age=9"), ("etag", '"2"')), size_bytes=77)
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (200, STALE, 77)
    assert stored_detail(said) == "stored"
    assert talk.ask().got.size_bytes == 77


def test_a_client_that_has_it_already_gets_304_after_validation(talk):
    talk.at(0).ask().answer(fields=TAGGED)
    said = talk.at(60).ask(fields=(("if-none-match", '"0", "1"'),))
    assert asked_with(said, "if-none-match") == '"0", "1"'
    said.answer(304, fields=(("etag", '"1"'),))
    assert (said.got.status, said.got.cache_status) == (304, REVALIDATED)


def test_a_client_that_has_an_older_one_gets_the_whole_after_validation(talk):
    talk.at(0).ask().answer(fields=TAGGED)
    said = talk.at(60).ask(fields=(("if-none-match", '"0"'),)).answer(304, fields=(("etag", '"1"'),))
    assert (said.got.status, said.got.size_bytes) == (200, 1000)


def test_a_304_for_the_clients_own_condition_is_passed_on(talk):
    said = talk.ask(fields=(("if-none-match", '"0"'),)).answer(304, fields=(("etag", '"0"'),))
    assert (said.got.status, said.got.cache_status) == (304, MISS)
    assert stored_detail(said) == "not stored"
    assert talk.ask().sent


def test_a_304_that_confirms_none_of_several_is_passed_on(talk):
    for language in ("de", "fr"):
        page = (("cache-control", "max-age=60"), ("etag", f'"{language}"'), ("vary", "x"))
        talk.ask(fields=(("x", language),)).answer(fields=page)
    said = talk.ask(fields=(("x", "it"), ("if-none-match", '"0"')))
    assert asked_with(said, "if-none-match") == '"0", "fr", "de"'
    assert said.answer(304, fields=(("etag", '"0"'),)).got.status == 304


def test_another_requests_variant_may_turn_out_to_be_good(talk):
    talk.ask(fields=(("x", "de"),)).answer(fields=(*TAGGED, ("vary", "x")))
    said = talk.ask(fields=(("x", "de-ch"),)).answer(304, fields=(("etag", '"1"'),))
    assert (said.got.status, said.got.cache_status) == (200, REVALIDATED)
    assert [talk.ask(fields=(("x", language),)).got.cache_status for language in ("de", "de-ch")] == [HIT, HIT]


def test_an_answer_to_head_is_not_stored_but_freshens(talk):
    assert stored_detail(talk.ask(method="HEAD").answer(fields=TAGGED)) == "not stored"
    talk.at(0).ask().answer(fields=(("cache-control", "max-age=60"), ("x", "1")))
    said = talk.at(60).ask(method="HEAD").answer(fields=(("cache-control", "max-age=90"),))
    assert stored_detail(said) == "freshened"
    got = talk.at(149).ask().got
    assert (got.cache_status, got.age_s, dict(got.fields)["x"]) == (HIT, 89.0, "1")
    assert dict(got.fields)["cache-control"] == "max-age=90"


def test_an_answer_to_head_that_is_about_something_else_makes_what_is_stored_stale(talk):
    talk.at(0).ask().answer(fields=(*TAGGED, ("vary", "x")))
    said = talk.ask(method="HEAD", fields=(("cache-control", "no-cache"),)).answer(fields=(("etag", '"2"'),))
    assert stored_detail(said) == "not stored"
    assert asked_with(talk.ask(), "if-none-match") == '"1"'


def test_an_error_answered_to_head_changes_nothing(talk):
    talk.at(0).ask().answer(fresh_for_s=60)
    said = talk.at(60).ask(method="HEAD").answer(404)
    assert (stored_detail(said), said.got.status) == ("not stored", 404)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_stale_response_covers_an_error_where_that_is_allowed(talk, status):
    talk.at(0).ask().answer(fields=(("cache-control", "max-age=60, stale-if-error=10"),))
    said = talk.at(65).ask().answer(status)
    assert (said.got.status, said.got.cache_status, said.got.age_s) == (200, STALE_HIT, 65.0)
    assert talk.at(71).ask().answer(status).got.status == status


def test_an_error_that_no_cache_may_cover_is_passed_on(talk):
    talk.at(0).ask().answer(fresh_for_s=60)
    assert talk.at(65).ask().answer(503).got.status == 503
    talk.at(70).ask("/b").answer(fields=(("cache-control", "max-age=60, stale-if-error=10"),))
    assert talk.at(131).ask("/b").answer(404).got.status == 404, "that is an answer"


def test_a_server_that_takes_too_long_is_covered_too():
    talk = Conversation(reverse_proxy(cache="1 MiB", response_timeout="3 s"))
    talk.at(0).ask().answer(fields=(("cache-control", "max-age=60, stale-if-error=10"),))
    said = talk.at(61).ask()
    talk.at(64)
    assert (said.got.status, said.got.cache_status, said.got.age_s, said.got.error) == (200, STALE_HIT, 64.0, "")


def test_an_unsafe_request_invalidates_what_it_changes(talk):
    for path in ("/a", "/b", "/c", "/d"):
        talk.ask(path).answer(fresh_for_s=60)
    said = talk.ask("/a", method="POST").answer(
        201, fields=(("location", "/b"), ("content-location", "http://a.example/c"))
    )
    assert stored_detail(said) == "invalidated"
    assert [bool(talk.ask(path).sent) for path in ("/a", "/b", "/c", "/d")] == [True, True, True, False]


def test_an_unsafe_request_that_fails_invalidates_nothing(talk):
    talk.ask().answer(fresh_for_s=60)
    said = talk.ask(method="PUT").answer(500, fields=(("cache-control", "max-age=60"),))
    assert (stored_detail(said), said.got.cache_status) == ("not stored", CacheStatus.METHOD)
    assert talk.ask().got.cache_status is HIT


def test_a_response_to_post_may_be_stored_for_get(talk):
    talk.ask().answer(fields=(("cache-control", "max-age=60"), ("vary", "x")))
    page = (("cache-control", "max-age=60"), ("content-location", "/a"))
    said = talk.ask(method="POST").answer(fields=page, size_bytes=77)
    assert (stored_detail(said), said.got.cache_status) == ("stored", CacheStatus.METHOD)
    assert (talk.ask().got.cache_status, talk.ask().got.size_bytes) == (HIT, 77)
    private = talk.ask(method="POST", fields=(("authorization", "x"),)).answer(fields=page)
    assert stored_detail(private) == "not stored"
    assert talk.ask().sent, "the stored response is invalidated all the same"


def test_credentials_keep_a_response_out_of_a_shared_cache(talk):
    said = talk.ask(fields=(("authorization", "x"),)).answer(fresh_for_s=60)
    assert stored_detail(said) == "not stored"


def test_what_is_too_large_is_not_stored():
    talk = Conversation(forward_proxy(cache="500 B"))
    assert stored_detail(talk.ask().answer(fresh_for_s=60)) == "not stored"


def test_the_time_that_an_answer_took_counts_as_age(talk):
    said = talk.at(0).ask()
    talk.at(5)
    said.answer(fresh_for_s=60)
    assert talk.at(10).ask().got.age_s == 10.0
    assert talk.at(60).ask().sent


def test_a_private_cache_keeps_what_is_private():
    private = {"capacity": "1 MiB", "shared": False}
    talk = Conversation(forward_proxy(cache=private))
    talk.ask().answer(fields=(("cache-control", "private, max-age=60"),))
    assert talk.ask().got.cache_status is HIT


def test_a_cache_that_opts_in_obeys_the_field_meant_for_it():
    page = (("cache-control", "no-store"), ("cdn-cache-control", "max-age=60"))
    for targeted in (True, False):
        talk = Conversation(reverse_proxy(cache={"capacity": "1 MiB", "targeted": targeted}))
        talk.ask().answer(fields=page)
        assert bool(talk.ask().sent) is not targeted


def test_parts_become_a_whole(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    rest = (*PART[:2], ("content-range", "bytes 500-999/1000"))
    talk.ask(fields=(("range", "bytes=500-999"),)).answer(206, fields=rest, size_bytes=500)
    said = talk.ask()
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (200, HIT, 1000)


def test_of_a_stored_part_only_the_rest_is_asked_for(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask()
    assert (asked_with(said, "range"), asked_with(said, "if-range")) == ("bytes=500-", '"1"')
    said.answer(206, fields=REST, size_bytes=500)
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (200, CacheStatus.PARTIAL, 1000)
    assert stored_detail(said) == "stored"
    assert said.got_fields() == dict(TAGGED)
    again = talk.ask()
    assert (again.got.status, again.got.cache_status, again.got.size_bytes) == (200, HIT, 1000)


def test_a_rest_that_has_changed_comes_whole(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask().answer(200, fields=(TAGGED[0], ("etag", '"2"')), size_bytes=900)
    assert (said.got.status, said.got.size_bytes) == (200, 900)
    assert (talk.ask().got.cache_status, talk.ask().got.size_bytes) == (HIT, 900)


def test_an_error_in_place_of_the_rest_is_passed_on_and_the_part_stays(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask().answer(503, size_bytes=50)
    assert (said.got.status, len(said.sent)) == (503, 1)
    assert talk.ask(fields=(("range", "bytes=0-9"),)).got.cache_status is HIT


def test_no_store_gets_the_completed_response_all_the_same(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask(fields=(("cache-control", "no-store"),)).answer(206, fields=REST, size_bytes=500)
    assert (said.got.status, said.got.size_bytes, stored_detail(said)) == (200, 1000, "not stored")


def test_a_304_with_a_tag_that_was_not_sent_freshens_nothing(talk):
    talk.at(0).ask().answer(fields=TAGGED)
    said = talk.at(70).ask().answer(304, fields=(("etag", '"2"'), ("cache-control", "max-age=60"), ("x", "new")))
    assert (said.got.status, said.got.cache_status, said.got.age_s) == (200, REVALIDATED, 70.0)
    assert (said.got_fields(), stored_detail(said)) == (dict(TAGGED), "not stored")
    assert talk.at(71).ask().asks == "app"


def test_a_304_without_a_condition_is_an_error_of_the_next_node(talk):
    two_languages(talk)
    said = talk.at(1).ask(fields=(("accept-language", "fr"),)).answer(304).answer(304)
    assert (said.got.status, said.got.error) == (502, "http_protocol_error")
    assert talk.ask(fields=(("accept-language", "de"),)).got.cache_status is HIT


def test_a_304_that_names_what_the_client_has_is_passed_on(talk):
    two_languages(talk)
    said = talk.at(1).ask(fields=(("accept-language", "fr"), ("if-none-match", '"fr"')))
    said.answer(304, fields=(("etag", '"fr"'),))
    assert (said.got.status, said.got_fields()["etag"]) == (304, '"fr"')

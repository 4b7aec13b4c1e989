"""A proxy's cache in conversation: what it stores, validates, freshens, covers and throws away."""

import pytest

from sim.messages import CacheStatus
from tests.support.parties import client, forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation

HIT, MISS, STALE = CacheStatus.HIT, CacheStatus.URI_MISS, CacheStatus.STALE
REVALIDATED, STALE_HIT, VARY_MISS = CacheStatus.REVALIDATED, CacheStatus.STALE_HIT, CacheStatus.VARY_MISS

TAGGED = (("cache-control", "max-age=60"), ("etag", '"1"'))


@pytest.fixture(params=["forward", "reverse"])
def talk(request):
    """One proxy with a cache; both kinds do everything here alike."""
    make = {"forward": forward_proxy, "reverse": reverse_proxy}[request.param]
    return Conversation(make("proxy", cache="1 MiB"))


def stored_detail(said):
    return next(detail for _, _, step, detail in said.steps if step.name == "STORE")


def asked_with(said, name):
    ((_, message),) = said.sent
    return dict(message.fields).get(name)


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


def test_without_an_entity_tag_it_is_validated_by_its_date(talk):
    changed = ("last-modified", "Thu, 01 Jan 1970 00:00:00 GMT")
    talk.at(0).ask().answer(fields=(("cache-control", "max-age=60"), changed))
    said = talk.at(60).ask()
    assert asked_with(said, "if-modified-since") == changed[1]
    assert said.answer(304, fields=(changed,)).got.cache_status is REVALIDATED


def test_no_cache_is_stored_and_validated_each_time(talk):
    talk.ask().answer(fields=(("cache-control", "no-cache"), ("etag", '"1"')))
    for _ in range(2):
        said = talk.ask()
        assert asked_with(said, "if-none-match") == '"1"'
        assert said.answer(304, fields=(("etag", '"1"'),)).got.status == 200


def test_a_client_that_has_it_already_is_told_so_by_the_cache(talk):
    talk.ask().answer(fields=TAGGED)
    said = talk.ask(fields=(("if-none-match", '"1"'),))
    assert (said.got.status, said.got.cache_status, said.sent) == (304, HIT, [])
    assert dict(said.got.fields)["etag"] == '"1"'
    assert talk.ask(fields=(("if-none-match", '"0"'),)).got.status == 200


def test_a_client_that_has_it_already_is_told_so_after_validation(talk):
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


def test_variants_are_kept_side_by_side(talk):
    for language in ("de", "fr"):
        said = talk.ask(fields=(("x", language),))
        said.answer(fields=(("cache-control", "max-age=60"), ("vary", "X"), ("language", language)))
    for language in ("de", "fr"):
        got = talk.ask(fields=(("x", language),)).got
        assert (got.cache_status, dict(got.fields)["language"]) == (HIT, language)
    said = talk.ask(fields=(("x", "it"),)).answer()
    assert said.got.cache_status is VARY_MISS


def test_another_requests_variant_may_turn_out_to_be_good(talk):
    talk.ask(fields=(("x", "de"),)).answer(fields=(*TAGGED, ("vary", "x")))
    said = talk.ask(fields=(("x", "de-ch"),)).answer(304, fields=(("etag", '"1"'),))
    assert (said.got.status, said.got.cache_status) == (200, REVALIDATED)
    assert [talk.ask(fields=(("x", language),)).got.cache_status for language in ("de", "de-ch")] == [HIT, HIT]


def test_head_is_answered_by_what_is_stored_for_get(talk):
    talk.ask().answer(fields=TAGGED)
    said = talk.ask(method="HEAD")
    assert (said.got.status, said.got.cache_status, said.got_fields(), said.sent) == (200, HIT, dict(TAGGED), [])
    assert said.got.size_bytes < 1000


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


def test_the_client_may_allow_stale_responses(talk):
    talk.at(0).ask().answer(fresh_for_s=60)
    said = talk.at(65).ask(fields=(("cache-control", "max-stale=10"),))
    assert (said.got.cache_status, said.got.age_s, said.sent) == (STALE_HIT, 65.0, [])


def test_who_wants_only_what_is_stored(talk):
    only = (("cache-control", "only-if-cached"),)
    said = talk.at(0).ask(fields=only)
    assert (said.got.status, said.got.cache_status, said.sent) == (504, MISS, [])
    talk.ask().answer(fresh_for_s=60)
    assert talk.ask(fields=only).got.cache_status is HIT
    assert talk.at(60).ask(fields=only).got.status == 504
    assert talk.ask(fields=only, method="POST").sent, "it is for reading alone"


def test_an_unsafe_request_throws_away_what_it_changes(talk):
    for path in ("/a", "/b", "/c", "/d"):
        talk.ask(path).answer(fresh_for_s=60)
    said = talk.ask("/a", method="POST").answer(
        201, fields=(("location", "/b"), ("content-location", "http://a.example/c"))
    )
    assert stored_detail(said) == "invalidated"
    assert [bool(talk.ask(path).sent) for path in ("/a", "/b", "/c", "/d")] == [True, True, True, False]


def test_an_unsafe_request_that_fails_throws_nothing_away(talk):
    talk.ask().answer(fresh_for_s=60)
    said = talk.ask(method="PUT").answer(500, fields=(("cache-control", "max-age=60"),))
    assert (stored_detail(said), said.got.cache_status) == ("not stored", CacheStatus.METHOD)
    assert talk.ask().got.cache_status is HIT


def test_an_answer_to_post_may_be_what_a_get_would_give(talk):
    talk.ask().answer(fields=(("cache-control", "max-age=60"), ("vary", "x")))
    page = (("cache-control", "max-age=60"), ("content-location", "/a"))
    said = talk.ask(method="POST").answer(fields=page, size_bytes=77)
    assert (stored_detail(said), said.got.cache_status) == ("stored", CacheStatus.METHOD)
    assert (talk.ask().got.cache_status, talk.ask().got.size_bytes) == (HIT, 77)
    private = talk.ask(method="POST", fields=(("authorization", "x"),)).answer(fields=page)
    assert stored_detail(private) == "not stored"
    assert talk.ask().sent, "what was stored is thrown away all the same"


def test_credentials_keep_a_response_out_of_a_shared_cache(talk):
    said = talk.ask(fields=(("authorization", "x"),)).answer(fresh_for_s=60)
    assert stored_detail(said) == "not stored"


def test_a_condition_for_the_origin_goes_there_as_it_is(talk):
    talk.ask().answer(fields=TAGGED)
    said = talk.ask(fields=(("if-match", '"1"'),))
    assert (asked_with(said, "if-match"), asked_with(said, "if-none-match")) == ('"1"', None)
    assert said.answer(412).got.cache_status is CacheStatus.REQUEST


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


@pytest.fixture(params=[forward_proxy, reverse_proxy])
def crowd(request):
    """One proxy that lets requests wait for another one of the same target."""
    return Conversation(
        request.param("proxy", cache={"capacity": "1 MiB", "collapse": True, "collapse_timeout": "5 s"})
    )


def look_up_detail(said):
    return next(detail for _, _, step, detail in said.steps if step.name in {"LOOK_UP", "CHOOSE"})


def test_a_crowd_asks_once(crowd):
    first, *others = [crowd.at(0).ask() for _ in range(4)]
    assert first.asks == "app"
    assert all(said.waits and not said.sent for said in others)
    crowd.at(2)
    first.answer(fresh_for_s=60)
    assert first.got.cache_status is MISS
    for said in others:
        assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (200, CacheStatus.COLLAPSED, 1000)
        assert (said.sent, said.got.age_s, look_up_detail(said)) == ([], 2.0, "collapsed")
    assert crowd.ask().got.cache_status is HIT


def test_a_crowd_validates_once(crowd):
    crowd.at(0).ask().answer(fields=TAGGED)
    first, second = crowd.at(60).ask(), crowd.ask()
    first.answer(304, fields=(("etag", '"1"'),))
    assert (first.got.cache_status, second.got.cache_status) == (REVALIDATED, CacheStatus.COLLAPSED)


def test_what_may_not_be_shared_is_asked_for_by_each(crowd):
    first, *others = [crowd.ask() for _ in range(3)]
    first.answer(fields=(("cache-control", "no-store"),))
    assert [said.asks for said in others] == ["app", "app"], "and all at once, not one after the other"
    for said in others:
        assert said.answer(fields=(("cache-control", "no-store"),)).got.cache_status is MISS


def test_an_error_is_everybodys_own(crowd):
    first, second = crowd.ask(), crowd.ask()
    first.answer(503)
    assert second.asks == "app"


def test_who_waits_too_long_asks_for_itself(crowd):
    first, second = crowd.at(0).ask(), crowd.ask()
    crowd.at(5)
    assert (first.asks, second.asks) == ("app", "app")
    third = crowd.ask()
    assert third.asks == "app", "it is the first of a new crowd"
    fourth = crowd.ask()
    assert fourth.waits
    first.answer(fresh_for_s=60)
    assert fourth.waits, "its own has not been answered yet"
    third.answer(fresh_for_s=60)
    assert fourth.got.cache_status is CacheStatus.COLLAPSED


def test_only_who_selects_the_same_is_content_with_it(crowd):
    first, second, third = (crowd.ask(fields=(("x", language),)) for language in ("de", "de", "fr"))
    first.answer(fields=(("cache-control", "max-age=60"), ("vary", "x")))
    assert (second.got.cache_status, third.asks) == (CacheStatus.COLLAPSED, "app")


@pytest.mark.parametrize(
    "said",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"fields": (("authorization", "x"),)},
        {"fields": (("range", "bytes=0-1"),)},
        {"fields": (("cache-control", "no-store"),)},
    ],
    ids=str,
)
def test_some_go_their_own_way(crowd, said):
    crowd.ask()
    assert crowd.ask(**said).asks == "app"


def test_other_targets_do_not_wait(crowd):
    crowd.ask("/a")
    assert crowd.ask("/b").asks == "app"


def test_who_gives_up_does_not_leave_the_others_waiting():
    gateway = reverse_proxy("proxy", cache={"capacity": "1 MiB", "collapse": True, "collapse_timeout": "60 s"})
    talk = Conversation(client(asks="proxy", response_timeout="2 s"), gateway)
    first = talk.at(0).ask()
    second = talk.at(1).ask()
    talk.at(2)
    assert (first.got.status, second.asks) == (0, "app")


def test_without_the_setting_nobody_waits(talk):
    assert [talk.ask().asks for _ in range(3)] == ["app"] * 3


SOON = (("cache-control", "max-age=60, stale-while-revalidate=30"), ("etag", '"1"'))


def test_a_stale_response_is_answered_at_once_and_validated_on_the_side(talk):
    talk.at(0).ask().answer(fields=SOON)
    said = talk.at(70).ask()
    assert (said.got.cache_status, said.got.age_s, said.sent) == (STALE_HIT, 70.0, [])
    (aside,) = said.tasks
    assert asked_with(aside, "if-none-match") == '"1"'
    again = talk.at(71).ask()
    assert (again.got.cache_status, again.tasks) == (STALE_HIT, []), "once is enough"
    aside.answer(304, fields=(("etag", '"1"'),))
    assert "RESPOND" not in {step.name for _, _, step, _ in aside.steps}
    assert talk.at(80).ask().got.cache_status is HIT
    assert talk.at(150).ask().tasks, "and once more when it has become stale again"


def test_the_side_way_asks_for_the_cache_and_not_for_the_client(talk):
    talk.at(0).ask().answer(fields=SOON)
    said = talk.at(70).ask(method="HEAD", fields=(("if-none-match", '"0"'), ("range", "bytes=0-1"), ("x", "1")))
    ((_, message),) = said.tasks[0].sent
    assert (message.method, dict(message.fields)["if-none-match"]) == ("GET", '"1"')
    assert "range" not in dict(message.fields)
    said.tasks[0].answer(fields=SOON, size_bytes=77)
    assert talk.ask().got.size_bytes == 77


def test_a_side_way_that_fails_leaves_what_is_stored(talk):
    talk.at(0).ask().answer(fields=SOON)
    said = talk.at(70).ask()
    said.tasks[0].answer(503)
    again = talk.ask()
    assert (again.got.cache_status, len(again.tasks)) == (STALE_HIT, 1)


def test_a_crowd_at_a_stale_response_does_not_wait(crowd):
    crowd.at(0).ask().answer(fields=SOON)
    assert [crowd.at(70).ask().got.cache_status for _ in range(3)] == [STALE_HIT] * 3


PART = (("cache-control", "max-age=60"), ("etag", '"1"'), ("content-range", "bytes 0-499/1000"))


def test_a_part_is_cut_out_of_what_is_stored_whole(talk):
    talk.ask().answer(fields=TAGGED, size_bytes=1000)
    said = talk.ask(fields=(("range", "bytes=100-199"),))
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (206, HIT, 100)
    assert dict(said.got.fields)["content-range"] == "bytes 100-199/1000"
    said = talk.ask(fields=(("range", "bytes=1000-"),))
    assert (said.got.status, dict(said.got.fields)) == (416, {"content-range": "bytes */1000"})


def test_a_part_is_stored_and_serves_smaller_ones(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask(fields=(("range", "bytes=100-199"),))
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (206, HIT, 100)
    said = talk.ask(fields=(("range", "bytes=400-599"),))
    assert (said.asks, asked_with(said, "if-none-match")) == ("app", None)
    said.answer(206, fields=(*PART[:2], ("content-range", "bytes 400-599/1000")), size_bytes=200)
    assert said.got.cache_status is CacheStatus.PARTIAL
    said = talk.ask(fields=(("range", "bytes=0-599"),))
    assert (said.got.cache_status, said.got.size_bytes) == (HIT, 600), "two parts have become one"


def test_parts_become_a_whole(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    rest = (*PART[:2], ("content-range", "bytes 500-999/1000"))
    talk.ask(fields=(("range", "bytes=500-999"),)).answer(206, fields=rest, size_bytes=500)
    said = talk.ask()
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (200, HIT, 1000)


REST = (*PART[:2], ("content-range", "bytes 500-999/1000"))


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


@pytest.mark.parametrize(("status", "fields"), [(206, (*REST[:1], ("etag", '"2"'), REST[2])), (206, PART), (416, ())])
def test_what_is_not_the_rest_is_not_passed_on_but_the_whole_asked_for(talk, status, fields):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask().answer(status, fields=fields, size_bytes=500)
    assert said.got is None
    assert dict(said.sent[-1][1].fields).keys().isdisjoint({"range", "if-range"})
    said.answer(fields=TAGGED, size_bytes=1000)
    assert (said.got.status, said.got.size_bytes) == (200, 1000)
    assert talk.ask().got.cache_status is HIT


def test_an_error_in_place_of_the_rest_is_passed_on_and_the_part_stays(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask().answer(503, size_bytes=50)
    assert (said.got.status, len(said.sent)) == (503, 1)
    assert talk.ask(fields=(("range", "bytes=0-9"),)).got.cache_status is HIT


def test_who_forbids_storing_gets_the_whole_all_the_same(talk):
    talk.ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.ask(fields=(("cache-control", "no-store"),)).answer(206, fields=REST, size_bytes=500)
    assert (said.got.status, said.got.size_bytes, stored_detail(said)) == (200, 1000, "not stored")


def test_a_stale_part_is_validated_by_who_wants_no_more_of_it(talk):
    talk.at(0).ask(fields=(("range", "bytes=0-499"),)).answer(206, fields=PART, size_bytes=500)
    said = talk.at(60).ask(fields=(("range", "bytes=0-9"),))
    assert asked_with(said, "if-none-match") == '"1"'
    said.answer(304, fields=(("etag", '"1"'),))
    assert (said.got.status, said.got.cache_status, said.got.size_bytes) == (206, REVALIDATED, 10)


def two_languages(talk):
    for language in ("en", "de"):
        tagged = (("cache-control", "max-age=60"), ("vary", "accept-language"), ("etag", f'"{language}"'))
        talk.at(0).ask(fields=(("accept-language", language),)).answer(fields=tagged)


def test_a_304_that_names_nothing_is_no_answer(talk):
    two_languages(talk)
    said = talk.at(1).ask(fields=(("accept-language", "fr"),))
    assert asked_with(said, "if-none-match") == '"de", "en"'
    said.answer(304, fields=(("etag", '"it"'),))
    assert "if-none-match" not in dict(said.sent[-1][1].fields)
    said.answer(fields=(("cache-control", "max-age=60"), ("etag", '"it"'), ("vary", "accept-language")))
    assert (said.got.status, stored_detail(said)) == (200, "stored")


def test_a_304_with_a_tag_that_nobody_asked_about_freshens_nothing(talk):
    talk.at(0).ask().answer(fields=TAGGED)
    said = talk.at(70).ask().answer(304, fields=(("etag", '"2"'), ("cache-control", "max-age=60"), ("x", "new")))
    assert (said.got.status, said.got.cache_status, said.got.age_s) == (200, REVALIDATED, 70.0)
    assert (said.got_fields(), stored_detail(said)) == (dict(TAGGED), "not stored")
    assert talk.at(71).ask().asks == "app"


def test_who_answers_304_to_no_condition_gives_no_answer(talk):
    two_languages(talk)
    said = talk.at(1).ask(fields=(("accept-language", "fr"),)).answer(304).answer(304)
    assert (said.got.status, said.got.error) == (502, "http_protocol_error")
    assert talk.ask(fields=(("accept-language", "de"),)).got.cache_status is HIT


def test_a_304_that_names_what_the_client_has_is_passed_on(talk):
    two_languages(talk)
    said = talk.at(1).ask(fields=(("accept-language", "fr"), ("if-none-match", '"fr"')))
    said.answer(304, fields=(("etag", '"fr"'),))
    assert (said.got.status, said.got_fields()["etag"]) == (304, '"fr"')


def test_to_ask_again_without_the_caches_own_condition_is_a_second_attempt(talk):
    for language in ("de", "fr"):
        page = (("cache-control", "max-age=60"), ("etag", f'"{language}"'), ("vary", "x"))
        talk.ask(fields=(("x", language),)).answer(fields=page)
    said = talk.ask(fields=(("x", "it"),)).answer(304, fields=(("etag", '"0"'),)).answer()
    assert (said.got.status, said.attempts) == (200, [0, 1])

"""A proxy's cache in conversation: which stored response answers, and which requests wait for another one."""

import pytest

from sim.messages import CacheStatus
from tests.nodes.cases import PART, SOON, TAGGED, asked_with
from tests.support.parties import client, forward_proxy, reverse_proxy
from tests.support.scripted_world import Conversation

HIT, MISS, REVALIDATED, STALE_HIT, VARY_MISS = (
    CacheStatus.HIT,
    CacheStatus.URI_MISS,
    CacheStatus.REVALIDATED,
    CacheStatus.STALE_HIT,
    CacheStatus.VARY_MISS,
)


def test_no_cache_is_stored_and_validated_each_time(talk):
    talk.ask().answer(fields=(("cache-control", "no-cache"), ("etag", '"1"')))
    for _ in range(2):
        said = talk.ask()
        assert asked_with(said, "if-none-match") == '"1"'
        assert said.answer(304, fields=(("etag", '"1"'),)).got.status == 200


def test_a_client_that_has_it_already_gets_304_from_the_cache(talk):
    talk.ask().answer(fields=TAGGED)
    said = talk.ask(fields=(("if-none-match", '"1"'),))
    assert (said.got.status, said.got.cache_status, said.sent) == (304, HIT, [])
    assert dict(said.got.fields)["etag"] == '"1"'
    assert talk.ask(fields=(("if-none-match", '"0"'),)).got.status == 200


def test_variants_are_kept_side_by_side(talk):
    for language in ("de", "fr"):
        said = talk.ask(fields=(("x", language),))
        said.answer(fields=(("cache-control", "max-age=60"), ("vary", "X"), ("language", language)))
    for language in ("de", "fr"):
        got = talk.ask(fields=(("x", language),)).got
        assert (got.cache_status, dict(got.fields)["language"]) == (HIT, language)
    said = talk.ask(fields=(("x", "it"),)).answer()
    assert said.got.cache_status is VARY_MISS


def test_head_is_answered_by_what_is_stored_for_get(talk):
    talk.ask().answer(fields=TAGGED)
    said = talk.ask(method="HEAD")
    assert (said.got.status, said.got.cache_status, said.got_fields(), said.sent) == (200, HIT, dict(TAGGED), [])
    assert said.got.size_bytes < 1000


def test_the_client_may_allow_stale_responses(talk):
    talk.at(0).ask().answer(fresh_for_s=60)
    said = talk.at(65).ask(fields=(("cache-control", "max-stale=10"),))
    assert (said.got.cache_status, said.got.age_s, said.sent) == (STALE_HIT, 65.0, [])


def test_only_if_cached_is_never_forwarded(talk):
    only = (("cache-control", "only-if-cached"),)
    said = talk.at(0).ask(fields=only)
    assert (said.got.status, said.got.cache_status, said.sent) == (504, MISS, [])
    talk.ask().answer(fresh_for_s=60)
    assert talk.ask(fields=only).got.cache_status is HIT
    assert talk.at(60).ask(fields=only).got.status == 504
    assert talk.ask(fields=only, method="POST").sent, "it is for reading alone"


@pytest.fixture(params=[forward_proxy, reverse_proxy])
def crowd(request):
    """One proxy that lets requests wait for another one of the same target."""
    return Conversation(
        request.param("proxy", cache={"capacity": "1 MiB", "collapse": True, "collapse_timeout": "5 s"})
    )


def look_up_detail(said):
    return next(detail for _, _, step, detail in said.steps if step.name in {"LOOK_UP", "CHOOSE"})


def test_requests_for_one_target_are_collapsed(crowd):
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


def test_a_stale_response_is_validated_once_for_all(crowd):
    crowd.at(0).ask().answer(fields=TAGGED)
    first, second = crowd.at(60).ask(), crowd.ask()
    first.answer(304, fields=(("etag", '"1"'),))
    assert (first.got.cache_status, second.got.cache_status) == (REVALIDATED, CacheStatus.COLLAPSED)


def test_what_may_not_be_shared_is_asked_for_by_each_request(crowd):
    first, *others = [crowd.ask() for _ in range(3)]
    first.answer(fields=(("cache-control", "no-store"),))
    assert [said.asks for said in others] == ["app", "app"], "and all at once, not one after the other"
    for said in others:
        assert said.answer(fields=(("cache-control", "no-store"),)).got.cache_status is MISS


def test_an_error_is_not_shared(crowd):
    first, second = crowd.ask(), crowd.ask()
    first.answer(503)
    assert second.asks == "app"


def test_a_request_that_waits_too_long_is_forwarded(crowd):
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


def test_only_requests_that_select_the_same_variant_share_it(crowd):
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
def test_some_requests_are_never_collapsed(crowd, said):
    crowd.ask()
    assert crowd.ask(**said).asks == "app"


def test_other_targets_do_not_wait(crowd):
    crowd.ask("/a")
    assert crowd.ask("/b").asks == "app"


def test_a_request_that_is_abandoned_releases_the_waiters():
    gateway = reverse_proxy("proxy", cache={"capacity": "1 MiB", "collapse": True, "collapse_timeout": "60 s"})
    talk = Conversation(client(asks="proxy", response_timeout="2 s"), gateway)
    first = talk.at(0).ask()
    second = talk.at(1).ask()
    talk.at(2)
    assert (first.got.status, second.asks) == (0, "app")


def test_without_the_setting_no_request_waits(talk):
    assert [talk.ask().asks for _ in range(3)] == ["app"] * 3


def test_a_stale_response_is_answered_at_once_and_validated_in_the_background(talk):
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


def test_a_validation_in_the_background_that_fails_leaves_the_stored_response(talk):
    talk.at(0).ask().answer(fields=SOON)
    said = talk.at(70).ask()
    said.tasks[0].answer(503)
    again = talk.ask()
    assert (again.got.cache_status, len(again.tasks)) == (STALE_HIT, 1)


def test_no_request_waits_for_a_validation_in_the_background(crowd):
    crowd.at(0).ask().answer(fields=SOON)
    assert [crowd.at(70).ask().got.cache_status for _ in range(3)] == [STALE_HIT] * 3


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

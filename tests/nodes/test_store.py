"""What a proxy's cache holds: stored responses by target, and who leaves when room is needed."""

from sim.nodes.store import MOST_VARIANTS, ResponseStore
from sim.scenario.schema import Cache
from tests.rules.cases import stored


def store(capacity="2 objects", **said):
    return ResponseStore(Cache.model_validate({"capacity": capacity, **said}))


def page(*lines, request=(), **said):
    return stored(["cache-control: max-age=60", *lines], request=request, **said)


def of_size(kept, size_bytes):
    return kept._replace(response=kept.response._replace(size_bytes=size_bytes))


def held(store, *targets):
    return "".join(target for target in targets if store.find(target))


def test_what_is_kept_is_found():
    cache, kept = store(), page()
    assert cache.keep("a", kept)
    assert cache.find("a") == (kept,)
    assert cache.find("b") is None


def test_the_least_recently_used_makes_room():
    cache = store()
    for target in "ab":
        cache.keep(target, page())
    cache.find("a")
    cache.keep("c", page())
    assert held(cache, *"abc") == "ac"


def test_first_in_first_out_makes_room_in_order():
    cache = store(replacement="fifo")
    for target in "ab":
        cache.keep(target, page())
    cache.find("a")
    cache.keep("c", page())
    assert held(cache, *"abc") == "bc"


def test_bytes_count_where_the_capacity_is_in_bytes():
    cache = store("2500 B")
    for target in "abc":
        assert cache.keep(target, page())
    assert held(cache, *"abc") == "bc"
    assert not cache.keep("huge", of_size(page(), 2501))
    assert held(cache, "b", "c", "huge") == "bc"


def test_a_newer_one_takes_the_place_of_the_older_one():
    cache, newer = store(), page("x: new")
    cache.keep("a", page())
    cache.keep("a", newer)
    assert cache.find("a") == (newer,)


def test_variants_of_one_target_take_room_together():
    cache = store("2500 B")
    german, french = (page("vary: x", request=[f"x: {language}"]) for language in ("de", "fr"))
    assert cache.keep("a", german)
    assert cache.keep("a", french)
    assert cache.find("a") == (french, german)
    assert cache.keep("b", page())
    assert held(cache, *"ab") == "b", "2,000 bytes had to go for 1,000 more"
    assert cache.keep("b", of_size(page("vary: x"), 1500))
    assert held(cache, *"ab") == "b"


def test_there_are_only_so_many_variants():
    cache = store()
    for number in range(MOST_VARIANTS + 5):
        cache.keep("a", page("vary: x", request=[f"x: {number}"]))
    assert len(cache.find("a")) == MOST_VARIANTS


def test_what_was_invalidated_is_gone():
    cache = store()
    cache.keep("a", page())
    cache.forget("a")
    cache.forget("a")
    assert cache.find("a") is None


def test_what_was_validated_takes_its_own_place_among_the_variants():
    cache = store()
    german, french = (page("vary: x", request=[f"x: {language}"]) for language in ("de", "fr"))
    cache.keep("a", german)
    cache.keep("a", french)
    newer = german._replace(received_s=9.0)
    cache.freshen("a", german, newer)
    assert cache.find("a") == (french, newer)


def test_what_has_gone_meanwhile_does_not_come_back_by_being_validated():
    cache, kept = store(), page()
    cache.freshen("a", kept, kept)
    assert cache.find("a") is None
    cache.keep("a", kept)
    cache.freshen("a", page(), page("x: new"))
    assert cache.find("a")[0] is kept

"""A proxy's cache: HTTP's rules decide, a replacement policy makes room."""

import pytest

from sim.messages import CacheStatus, Response
from sim.nodes.store import ResponseStore
from sim.scenario.schema import Cache
from tests.support.scripted_world import fresh, request


def store(capacity="2 objects", **said):
    return ResponseStore(Cache.model_validate({"capacity": capacity, **said}))


def page(size_bytes=1000, seconds=60):
    return Response(200, fresh(seconds), size_bytes)


def outcomes(held, *paths, now_s=1.0):
    return [held.look_up(request(path), now_s).outcome for path in paths]


HIT, MISS, STALE = CacheStatus.HIT, CacheStatus.URI_MISS, CacheStatus.STALE


def test_what_is_kept_is_found_while_it_is_fresh():
    held = store()
    assert held.keep(request("/a"), page(), 0.0)
    assert [outcomes(held, "/a", now_s=now_s)[0] for now_s in (0.0, 59.9, 60.0)] == [HIT, HIT, STALE]
    assert outcomes(held, "/b") == [MISS]


def test_the_least_recently_used_makes_room():
    held = store()
    for path in ("/a", "/b"):
        held.keep(request(path), page(), 0.0)
    assert outcomes(held, "/a") == [HIT]
    held.keep(request("/c"), page(), 1.0)
    assert outcomes(held, "/b", "/a", "/c") == [MISS, HIT, HIT]


def test_first_in_first_out_makes_room_in_order():
    held = store(replacement="fifo")
    for path in ("/a", "/b"):
        held.keep(request(path), page(), 0.0)
    assert outcomes(held, "/a") == [HIT]
    held.keep(request("/c"), page(), 1.0)
    assert outcomes(held, "/a", "/b", "/c") == [MISS, HIT, HIT]


def test_bytes_count_where_the_capacity_is_in_bytes():
    held = store("2500 B")
    for path in ("/a", "/b", "/c"):
        assert held.keep(request(path), page(1000), 0.0)
    assert outcomes(held, "/a", "/b", "/c") == [MISS, HIT, HIT]
    assert not held.keep(request("/huge"), page(2501), 0.0)
    assert outcomes(held, "/b", "/c", "/huge") == [HIT, HIT, MISS]


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (request(), Response(200, (), 100)),
        (request(), Response(503, fresh(60), 100)),
        (request(method="POST"), page()),
        (request(), Response(200, (("cache-control", "private, max-age=60"),), 100)),
    ],
    ids=["no lifetime", "error", "post", "private"],
)
def test_what_may_not_be_stored_is_not(asked, answered):
    held = store()
    assert not held.keep(asked, answered, 0.0)
    assert outcomes(held, "/a") == [MISS]


def test_a_newer_answer_takes_the_place_of_the_stale_one():
    held = store()
    held.keep(request("/a"), page(seconds=60), 0.0)
    held.keep(request("/a"), page(seconds=10), 100.0)
    assert [outcomes(held, "/a", now_s=now_s)[0] for now_s in (105.0, 110.0)] == [HIT, STALE]
